import StewardMetrics
import Testing

@Suite("Metric catalogue")
struct MetricCatalogueTests {
    @Test("names are unique and no sample of one family can be taken for another's")
    func uniqueNames() {
        #expect(Set(MetricCatalogue.all.map(\.familyName)).count == MetricCatalogue.all.count)
        #expect(Set(MetricCatalogue.sampleNames).count == MetricCatalogue.sampleNames.count)
    }

    @Test("names follow the conventions", arguments: MetricCatalogue.all.map(\.name))
    func conventions(name: String) throws {
        let metric = try #require(MetricCatalogue.all.first { $0.name == name })
        let allowed = Set("abcdefghijklmnopqrstuvwxyz_")
        #expect(name.allSatisfy(allowed.contains), "\(name)")
        #expect(["steward_", "gen_ai_", "process_"].contains { name.hasPrefix($0) })
        #expect((metric.kind == .counter) == name.hasSuffix("_total"))
        #expect((metric.kind == .info) == name.hasSuffix("_info"))
        #expect(metric.labels.allSatisfy { $0.name.allSatisfy(allowed.contains) && $0.name != "le" })
        #expect(Set(metric.labels.map(\.name)).count == metric.labels.count)
        if case .histogram(let edges) = metric.kind {
            #expect(edges == Array(Set(edges)).sorted())
            #expect(edges.allSatisfy { $0 > 0 })
        }
        for unit in ["seconds", "bytes", "dollars"] where metric.unit == unit {
            #expect(metric.familyName.hasSuffix("_" + unit))
        }
    }

    @Test("helps are sentences that need no escaping", arguments: MetricCatalogue.all.map(\.help))
    func helps(help: String) {
        #expect(help.hasSuffix(".") && help.count > 20)
        #expect(!help.contains { $0 == "\\" || $0 == "\"" || $0 == "\n" })
    }

    @Test("the Markdown table has a row per metric and as many cells as its head")
    func markdown() {
        let rows = MetricCatalogue.markdown.split(separator: "\n")
        #expect(rows.count == MetricCatalogue.all.count + 2)
        #expect(rows.allSatisfy { $0.split(separator: "|", omittingEmptySubsequences: false).count == 7 })
        #expect(
            rows.contains {
                $0.hasPrefix(
                    "| `steward_requests_total` | counter | requests | "
                        + "`deployment`; `environment`; `version`; `status`: ok, error | ")
            })
    }
}
