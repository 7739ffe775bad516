import Foundation
import StewardJSON
import StewardModel
import Testing

/// A finding's life in the real program, from events alone: it opens, explains itself, shows in metrics, and resolves.
/// The minutes lie in the past and are read at a start, so that nobody has to wait for them.
@Suite struct FindingTests {
    @Test func errorsThatRiseAreAFindingUntilTheyFall() async throws {
        try await Daemon.run { daemon in
            let start = Timestamp(minute: Traffic.now.minute - 170)
            try await send(0..<120, of: start, failing: 100, to: daemon)
            try await send(120..<140, of: start, failing: 4, to: daemon)
            try await restart(daemon)

            let finding = try await eventually("the finding opens") { try await findings(daemon).first }
            #expect(finding["kind"] == "anomaly" && finding["signal"] == "error_rate")
            #expect(finding["status"] == "open" && finding["severity"] == "critical")
            let since = try #require(finding["since"]?.string.flatMap { Timestamp(rfc3339: $0) })
            #expect((118...123).contains(since.minute - start.minute), "\(finding)")
            let (before, after) = (try #require(finding["before"]), try #require(finding["after"]))
            #expect(try #require(before["upper"]?.double) < 0.02)
            #expect(try #require(after["lower"]?.double) < 0.25 && 0.25 < #require(after["upper"]?.double))
            #expect(finding["title"]?.string?.hasPrefix("error rate of v1 25") == true, "\(finding)")

            let id = try #require(finding["id"]?.string)
            let explained = try await daemon.steward("findings", "--explain", id)
            #expect(explained.status == 0 && explained.output.contains("Before"), "\(explained)")
            #expect(explained.output.contains("one false alarm per version in 30 days"), "\(explained)")
            let whole = try await daemon.client.json("/v1/findings/\(id)")
            #expect(whole["distributions"]?["categories"]?.array?.isEmpty == false)
            var metrics = try await daemon.client.get("/metrics").text
            #expect(
                MetricsPage.value(
                    of: "steward_anomaly_state", ["signal=\"error_rate\"", "state=\"alarm\""], in: metrics) == 1)
            #expect(MetricsPage.value(of: "steward_findings", ["severity=\"critical\""], in: metrics) == 1)

            try await send(140..<168, of: start, failing: 100, to: daemon)
            try await restart(daemon)
            let resolved = try await eventually("the finding resolves") {
                try await findings(daemon).first { $0["status"] == "resolved" }
            }
            #expect(resolved["id"]?.string == id)
            #expect(resolved["resolution"]?.string?.hasPrefix("error rate is back at what is usual") == true)
            metrics = try await daemon.client.get("/metrics").text
            #expect(
                MetricsPage.value(
                    of: "steward_anomaly_state", ["signal=\"error_rate\"", "state=\"usual\""], in: metrics) == 1)
            #expect(MetricsPage.value(of: "steward_findings", ["severity=\"critical\""], in: metrics) ?? 0 == 0)
            for action in ["finding.open", "finding.resolve"] {
                let page = try await daemon.client.json("/v1/audit/records?action=\(action)")
                #expect(page["records"]?.array?.count == 1, "\(action)")
            }
        }
    }

    private func restart(_ daemon: Daemon) async throws {
        #expect(try await daemon.stop() == 0)
        try await daemon.restart()
    }

    private func findings(_ daemon: Daemon) async throws -> [JSONValue] {
        try await daemon.client.json("/v1/findings?deployment=support-bot")["findings"]?.array ?? []
    }

    /// Twenty events a minute, of which every `failing`-th fails.
    private func send(_ minutes: Range<Int64>, of start: Timestamp, failing: Int64, to daemon: Daemon) async throws {
        let lines = minutes.flatMap { minute in
            (0..<20 as Range<Int64>).map { index in
                Traffic.event(
                    id: "e-\(minute)-\(index)", time: start + .seconds(minute * 60 + index),
                    failed: (minute * 20 + index) % failing == 0)
            }
        }
        let answer = try await daemon.client.postEvents(lines)
        #expect(try answer.json()["accepted"]?.int64 == Int64(lines.count), "\(answer)")
    }
}
