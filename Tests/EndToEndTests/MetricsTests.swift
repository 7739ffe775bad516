import Foundation
import StewardJSON
import StewardMetrics
import Testing

@Suite struct MetricsTests {
    @Test func thePageIsCleanAndPrometheusScrapesIt() async throws {
        try await Daemon.run { daemon in
            let lines = (0..<40).map { Traffic.event(id: "m\($0)", failed: $0 % 4 == 0) }
            #expect(try await daemon.client.postEvents(lines).status == 202)

            let page = try await daemon.client.get("/metrics")
            let check = try await Program.run(
                try Program.find("promtool", package: "prometheus"), ["check", "metrics"], input: page.body)
            #expect(check.status == 0, "\(check)")
            #expect(check.output + check.error == "", "promtool has something to say")

            try await withPrometheus(scraping: daemon.client.base) { prometheus in
                #expect(try await sample("sum(steward_requests_total)", from: prometheus) == 40)
                #expect(try await sample("sum(steward_requests_total{status=\"error\"})", from: prometheus) == 10)
                let dollars = Double(40 * Traffic.costNanodollars) / 1e9
                let cost = try await sample("sum(steward_cost_dollars_total)", from: prometheus)
                #expect(abs(cost - dollars) < 1e-12)
            }
        }
    }

    @Test func dashboardsNameOnlyMetricsThatExist() throws {
        let known = Set(MetricCatalogue.all.map(\.name))
        #expect(
            unknownNames(in: "rate(steward_requests_total[5m]) / steward_reqests_total", known)
                == ["steward_reqests_total"])
        let folder = Repository.root.appendingPathComponent("dashboards")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var read = 0
        for case let file as URL in files where ["json", "js", "html"].contains(file.pathExtension) {
            guard !file.path.contains("/vendor/") else { continue }
            read += 1
            let names = unknownNames(in: try String(contentsOf: file, encoding: .utf8), known)
            #expect(names.isEmpty, "\(file.lastPathComponent) names metrics that /metrics does not have")
        }
        #expect(read > 0, "no dashboards in \(folder.path)")
    }

    /// Words of a text that look like metrics of the page and are none, without the suffixes of a histogram's series.
    private func unknownNames(in text: String, _ known: Set<String>) -> [String] {
        text.matches(of: /\b(?:steward|gen_ai)_[a-z0-9_]+\b/).map { String($0.output) }.filter { name in
            let bases = ["", "_bucket", "_sum", "_count"].filter { name.hasSuffix($0) }.map { name.dropLast($0.count) }
            return !bases.contains { known.contains(String($0)) }
        }
    }

    /// Runs a Prometheus server on loopback that scrapes the daemon every second.
    private func withPrometheus(scraping daemon: URL, _ body: (URL) async throws -> Void) async throws {
        let program = try Program.find("prometheus", package: "prometheus")
        try await withTemporaryFolder { folder in
            let config = folder.appendingPathComponent("prometheus.yml")
            let target = "\(daemon.host() ?? ""):\(daemon.port ?? 0)"
            try Data(
                """
                global: {scrape_interval: 1s}
                scrape_configs:
                  - job_name: steward
                    static_configs: [{targets: ["\(target)"]}]

                """.utf8
            ).write(to: config)
            let port = try LoopbackPort.free()
            let log = folder.appendingPathComponent("log")
            try Data().write(to: log)
            let process = Process()
            process.executableURL = program
            process.arguments = [
                "--config.file=\(config.path)", "--storage.tsdb.path=\(folder.path)/tsdb",
                "--web.listen-address=127.0.0.1:\(port)",
            ]
            process.standardOutput = try FileHandle(forWritingTo: log)
            process.standardError = process.standardOutput
            try process.run()
            defer {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            let url = try #require(URL(string: "http://127.0.0.1:\(port)"))
            _ = try await eventually("Prometheus is ready") { () throws -> Bool? in
                guard process.isRunning else {
                    throw Failure("Prometheus ended: \(try String(contentsOf: log, encoding: .utf8))")
                }
                return try String(contentsOf: log, encoding: .utf8).contains("ready to receive") ? true : nil
            }
            try await body(url)
        }
    }

    /// The value of a query with one result, once there is one.
    private func sample(_ query: String, from prometheus: URL) async throws -> Double {
        let client = Client(base: prometheus)
        let encoded = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? query
        return try await eventually("Prometheus has \(query)") {
            guard let answer = try? await client.json("/api/v1/query?query=\(encoded)"),
                let value = answer.value(at: "/data/result/0/value/1")?.string
            else { return nil }
            return Double(value)
        }
    }
}
