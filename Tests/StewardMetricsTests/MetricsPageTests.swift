import Foundation
import StewardMetrics
import StewardModel
import Testing

@Suite("Metrics page")
struct MetricsPageTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    /// `STEWARD_RECORD=1 swift test` writes the files anew; read the difference before committing it.
    @Test(
        "the page is, byte for byte, the recorded one",
        arguments: [(MetricsFormat.prometheus, "full.prometheus.txt"), (.openMetrics, "full.openmetrics.txt")])
    func golden(format: MetricsFormat, file: String) throws {
        let url = Self.fixtures.appendingPathComponent(file)
        let page = MetricsPage.render(Snapshots.full, format: format, seriesLimit: 100)
        if ProcessInfo.processInfo.environment["STEWARD_RECORD"] == "1" {
            try Data(page).write(to: url)
            Issue.record("\(file) is recorded; run again without STEWARD_RECORD")
            return
        }
        let lines = String(decoding: page, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let recorded = try String(contentsOf: url, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (index, (line, expected)) in zip(lines, recorded).enumerated() where line != expected {
            Issue.record("\(file):\(index + 1): expected \(expected), got \(line)")
            return
        }
        #expect(lines.count == recorded.count)
    }

    @Test("the full snapshot shows every metric of the catalogue, in its order")
    func everyMetric() throws {
        let page = try Exposition(MetricsPage.render(Snapshots.full, format: .prometheus, seriesLimit: 100))
        #expect(page.families.map(\.name) == MetricCatalogue.all.map(\.name))
        #expect(Set(page.samples.map(\.name)) == Set(MetricCatalogue.sampleNames))
        #expect(!page.endsWithMark)
        for metric in MetricCatalogue.all {
            let expected = Set(metric.labels.map(\.name))
            for sample in page.samples where metric.sampleNames.contains(sample.name) {
                #expect(Set(sample.labels.keys).subtracting(["le"]) == expected, "\(sample)")
            }
        }
    }

    @Test("label values with known lists stay within them")
    func knownValues() throws {
        let page = try Exposition(MetricsPage.render(Snapshots.full, format: .prometheus, seriesLimit: 100))
        for metric in MetricCatalogue.all {
            for label in metric.labels where !label.values.isEmpty {
                for value in page.samples(named: metric.name).compactMap({ $0.labels[label.name] }) {
                    #expect(label.values.contains(value), "\(metric.name){\(label.name)}")
                }
            }
        }
    }

    @Test("OpenMetrics names families without the suffixes of samples, and units where they are suffixes")
    func openMetricsFamilies() throws {
        let page = try Exposition(MetricsPage.render(Snapshots.full, format: .openMetrics, seriesLimit: 100))
        #expect(page.endsWithMark)
        #expect(page.families.map(\.name) == MetricCatalogue.all.map(\.familyName))
        for (name, type) in page.families {
            #expect(!name.hasSuffix("_total") && !name.hasSuffix("_info"))
            #expect(["counter", "gauge", "histogram", "info"].contains(type))
        }
        #expect(page.units["steward_cost_dollars"] == "dollars")
        #expect(page.units["gen_ai_client_operation_duration_seconds"] == "seconds")
        #expect(page.units["gen_ai_client_token_usage"] == nil)
    }

    @Test("a daemon that has seen nothing shows itself and no series")
    func empty() throws {
        let snapshot = MetricsSnapshot(process: .init(version: "1", started: Timestamp(seconds: 0)))
        let page = try Exposition(MetricsPage.render(snapshot, format: .prometheus, seriesLimit: 10))
        #expect(page.samples(named: "steward_requests_total").isEmpty)
        #expect(page.samples(named: "steward_store_bytes").isEmpty)
        #expect(page.value("steward_build_info", ["version": "1"]) == "1")
        #expect(page.value("steward_intake_events_total", ["result": "accepted"]) == "0")
        #expect(page.value("steward_commit_duration_seconds_count", [:]) == "0")
    }

    @Test("what nobody priced, measured or reported is left out, not shown as zero")
    func absentIsNotZero() throws {
        var totals = MetricsSnapshot.SeriesTotals(series: SeriesKey(deployment: "d", version: "v"))
        totals.usage.outputTokens = 0
        totals.unpricedEvents = 1
        var snapshot = MetricsSnapshot(process: Snapshots.process)
        snapshot.series = [totals]
        let page = try Exposition(MetricsPage.render(snapshot, format: .prometheus, seriesLimit: 10))
        #expect(page.samples(named: "steward_cost_dollars_total").isEmpty)
        #expect(page.samples(named: "gen_ai_client_operation_duration_seconds_count").isEmpty)
        let tokens = page.samples(named: "gen_ai_client_token_usage_total")
        #expect(tokens.map { $0.labels["token_type"] } == ["output"])
        #expect(tokens.map(\.value) == ["0"])
    }

    @Test(
        "money is the ledger's, to the last digit",
        arguments: [
            (0, "0"), (1, "0.000000001"), (-1, "-0.000000001"), (1_000_000_000, "1"), (1_500_000_000, "1.5"),
            (9_007_199_254_740_993, "9007199.254740993"), (.max, "9223372036.854775807"),
            (.min, "-9223372036.854775808"),
        ] as [(Int64, String)])
    func exactMoney(nanodollars: Int64, text: String) throws {
        var totals = MetricsSnapshot.SeriesTotals(series: SeriesKey(deployment: "d", version: "v"))
        totals.cost = Nanodollars(nanodollars)
        var snapshot = MetricsSnapshot(process: Snapshots.process)
        snapshot.series = [totals]
        let page = try Exposition(MetricsPage.render(snapshot, format: .openMetrics, seriesLimit: 10))
        #expect(page.samples(named: "steward_cost_dollars_total").map(\.value) == [text])
        #expect(Nanodollars.fixedPoint(text, places: 9) == nanodollars || nanodollars == .min)
    }

    @Test(
        "label values survive writing and reading",
        arguments: [
            "plain", "quo\"te", "back\\slash", "line\nfeed", "\\n", "\\\"\n\\", "a,b=\"c\"} 1", "{}", " ", "größe",
            "日本語 🙂", "tab\tcr\r",
        ])
    func escaping(value: String) throws {
        var snapshot = MetricsSnapshot(process: Snapshots.process)
        snapshot.findings = [.init(deployment: value, severity: "warning", count: 3)]
        for format in MetricsFormat.allCases {
            let page = try Exposition(MetricsPage.render(snapshot, format: format, seriesLimit: 10))
            #expect(page.value("steward_findings", ["deployment": value, "severity": "warning"]) == "3")
        }
    }

    @Test("buckets are cumulative, ordered, and end with the count", arguments: MetricsFormat.allCases)
    func buckets(format: MetricsFormat) throws {
        let page = try Exposition(MetricsPage.render(Snapshots.full, format: format, seriesLimit: 100))
        var checked = 0
        for (family, type) in page.families where type == "histogram" {
            let groups = Dictionary(grouping: page.samples(named: family + "_bucket")) { sample in
                sample.labels.filter { $0.key != "le" }
            }
            for (labels, buckets) in groups {
                let edges = buckets.compactMap { Double($0.labels["le"] == "+Inf" ? "inf" : $0.labels["le"] ?? "") }
                let counts = buckets.compactMap { Int64($0.value) }
                #expect(edges.count == buckets.count && counts.count == buckets.count)
                #expect(edges == edges.sorted() && Set(edges).count == edges.count && edges.last == .infinity)
                #expect(counts == counts.sorted())
                #expect(counts.last.map(String.init) == page.value(family + "_count", labels))
                #expect(page.value(family + "_sum", labels) != nil)
                checked += 1
            }
        }
        #expect(checked == 5)
    }
}
