import Foundation
import StewardMetrics
import Testing

/// Pages as programs read them that nobody here wrote.
@Suite("Metrics page, read by others")
struct ForeignParserTests {
    private static let pages: [(name: String, snapshot: MetricsSnapshot, limit: Int)] = [
        ("full", Snapshots.full, 100), ("overflowing", Snapshots.wide(count: 50), 10),
        ("empty", MetricsSnapshot(process: Snapshots.process), 10),
    ]

    @Test("promtool has nothing to say of the Prometheus page", arguments: pages.map(\.name))
    func promtool(name: String) throws {
        let promtool = try #require(
            Tool.path(of: "promtool"), "promtool is missing: apt-get install prometheus")
        let page = try #require(Self.pages.first { $0.name == name })
        let bytes = MetricsPage.render(page.snapshot, format: .prometheus, seriesLimit: page.limit)
        #expect(try Tool.run(promtool, ["check", "metrics"], input: bytes) == Tool.Answer(status: 0, output: ""))
    }

    /// Needs a Python with `prometheus_client`, named by `STEWARD_TEST_PYTHON`; without one the tests of
    /// ``MetricsPageTests`` that read the page back still hold.
    @Test(
        "the reference parser of OpenMetrics reads every sample",
        .enabled(if: ProcessInfo.processInfo.environment["STEWARD_TEST_PYTHON"] != nil), arguments: pages.map(\.name))
    func openMetricsParser(name: String) throws {
        let python = try #require(ProcessInfo.processInfo.environment["STEWARD_TEST_PYTHON"])
        let page = try #require(Self.pages.first { $0.name == name })
        let bytes = MetricsPage.render(page.snapshot, format: .openMetrics, seriesLimit: page.limit)
        let script = """
            import sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
            text = sys.stdin.buffer.read().decode()
            print(sum(len(family.samples) for family in text_string_to_metric_families(text)))
            """
        let expected = try Exposition(bytes).samples.count
        #expect(
            try Tool.run(python, ["-c", script], input: bytes) == Tool.Answer(status: 0, output: "\(expected)\n"))
    }
}
