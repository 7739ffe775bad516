import Foundation
import StewardJSON
import Testing

/// The story that Steward is for: a version that fails goes live, is caught by its numbers, is rolled back, and all of
/// it is on record.
@Suite struct BadVersionTests {
    @Test func aBadVersionIsRolledBackAndEveryRecordAgrees() async throws {
        try await Daemon.run { daemon in
            let bot = "/v1/deployments/support-bot"
            for version in ["v1", "v2"] {
                let spec = "{\"provider\":\"openai\",\"model\":\"gpt-4o-mini\",\"prompt\":\"\(version)\"}"
                let made = try await daemon.client.posted(
                    "\(bot)/versions", "{\"name\":\"\(version)\",\"spec\":\(spec)}", status: 201)
                #expect(made["digest"]?.string?.hasPrefix("sha256:") == true)
                let again = try await daemon.client.posted(
                    "\(bot)/versions", "{\"name\":\"\(version)\",\"spec\":\(spec)}", status: 200)
                #expect(again["digest"] == made["digest"])
            }
            _ = try await daemon.client.posted("\(bot)/promote", "{\"version\":\"v1\"}", status: 200)
            try await send(100, version: "v1", failing: 0, to: daemon)
            let promoted = try await daemon.client.posted(
                "\(bot)/promote", "{\"version\":\"v2\",\"reason\":\"new prompt\"}", status: 200)
            #expect(promoted["previous"] == "v1")
            try await send(100, version: "v2", failing: 5, to: daemon)

            let history = try await eventually("the policy rolls back", within: .seconds(10)) {
                let rows = try await daemon.client.json("\(bot)/history?environment=production")["history"]?.array ?? []
                return rows.first?["action"] == "rollback" ? rows : nil
            }
            let rollback = history[0]
            #expect(rollback["version"] == "v1")
            #expect(rollback["previous"] == "v2")
            #expect(rollback["actor"]?["kind"] == "policy")
            let decision = try #require(rollback["decision"])
            #expect(decision["metric"] == "error_rate")
            #expect(decision["value"]?.double == 0.2)
            #expect(decision["sample_size"] == 100)
            #expect(decision["threshold"]?.double == 0.05)
            #expect(decision["comparison"] == "above")

            try await expectAgreement(daemon, rollback: rollback, decision: decision)
            try await expectEvidence(daemon)
        }
    }

    /// `/metrics`, the audit log, the findings, the policy's state and the command line say the same as the history.
    private func expectAgreement(_ daemon: Daemon, rollback: JSONValue, decision: JSONValue) async throws {
        let sequence = try #require(rollback["record"]?.int64)
        let page = try await daemon.client.json("/v1/audit/records?after=\(sequence - 1)&limit=1")
        let record = page["records"]?.array?.first
        #expect(record?["seq"]?.int64 == sequence)
        #expect(record?["record"]?["action"] == "route.rollback")
        #expect(record?["record"]?["actor"]?["kind"] == "policy")
        #expect(record?["record"]?["time"] == rollback["time"])

        let metrics = try await daemon.client.get("/metrics").text
        #expect(
            MetricsPage.value(
                of: "steward_decisions_total", ["action=\"rollback\"", "actor_kind=\"policy\""], in: metrics) == 1)
        #expect(MetricsPage.value(of: "steward_route_weight", ["version=\"v2\""], in: metrics) ?? 0 == 0)
        #expect(MetricsPage.value(of: "steward_route_weight", ["version=\"v1\""], in: metrics) ?? 0 > 0)
        #expect(
            MetricsPage.value(of: "steward_requests_total", ["version=\"v2\"", "status=\"error\""], in: metrics) == 20)

        let findings = try await daemon.client.json("/v1/findings?deployment=support-bot")["findings"]?.array ?? []
        let finding = try #require(findings.first { $0["version"] == "v2" && $0["metric"] == "error_rate" })
        #expect(finding["value"] == decision["value"])
        #expect(finding["sample_size"] == decision["sample_size"])

        let route = try await daemon.client.json("/v1/deployments/support-bot")["routes"]?.array?.first
        #expect(route?["targets"]?.array?.map { $0["version"] } == ["v1"])

        let shown = try await daemon.steward("history", "support-bot")
        #expect(shown.status == 0 && shown.output.contains("rollback"), "\(shown)")
    }

    /// The exported bundle verifies with Steward and with `sha256sum`, and one flipped byte is caught.
    private func expectEvidence(_ daemon: Daemon) async throws {
        try await withTemporaryFolder { folder in
            let bundle = folder.appendingPathComponent("bundle")
            let exported = try await daemon.steward("audit", "export", bundle.path)
            #expect(exported.status == 0, "\(exported)")
            let good = try await daemon.steward("audit", "verify", bundle.path)
            #expect(good.status == 0, "\(good)")
            let sums = try await Program.run(
                try Program.find("sha256sum", package: "coreutils"), ["--check", "--strict", "MANIFEST.sha256"],
                directory: bundle)
            #expect(sums.status == 0, "\(sums)")

            let entries = bundle.appendingPathComponent("entries.ndjson")
            var bytes = Array(try Data(contentsOf: entries))
            bytes[bytes.count / 2] ^= 1
            try Data(bytes).write(to: entries)
            let bad = try await daemon.steward("audit", "verify", bundle.path)
            #expect(bad.status == 1, "\(bad)")
            #expect((bad.output + bad.error).contains("entries.ndjson"), "\(bad)")
        }
    }

    /// Sends events of a version; every `failing`-th is an error, none when it is 0.
    private func send(_ count: Int, version: String, failing: Int, to daemon: Daemon) async throws {
        let lines = (0..<count).map { number in
            Traffic.event(id: "\(version)-\(number)", version: version, failed: failing > 0 && number % failing == 0)
        }
        let answer = try await daemon.client.postEvents(lines)
        #expect(try answer.json()["accepted"]?.int64 == Int64(count), "\(answer)")
    }
}
