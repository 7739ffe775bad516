import Foundation
import StewardJSON
import Testing

/// Policy files that change while the daemon runs.
@Suite struct PolicyReloadTests {
    private static func policy(_ name: String, above: String) -> String {
        """
        kind: rollback
        name: \(name)
        when: {metric: error_rate, window: 5m, above: \(above)}
        minimum_sample: 10
        action: alert
        """
    }

    @Test func whatIsInForceIsListedWhateverItsKind() async throws {
        let policies = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("policies")
        try await Daemon.run(settings: ["STEWARD_POLICIES": policies.path]) { daemon in
            let listed = try await daemon.client.json("/v1/policies")["policies"]?.array ?? []
            let kinds = Set(listed.compactMap { $0["kind"]?.string })
            #expect(kinds.isSuperset(of: ["rollback", "rollout", "promotion", "bias", "probes", "energy"]), "\(kinds)")
            let rollout = listed.first { $0["name"] == "canary" }
            #expect(rollout?["mode"] == "enforce" && rollout?["states"]?.array == [])
            let shown = try await daemon.steward("policy", "list")
            #expect(shown.output.contains("canary (rollout, enforce, "), "\(shown)")
            #expect(try await daemon.client.json("/v1/status")["policies"]?["loaded"]?.int64 == Int64(listed.count))
        }
    }

    @Test func aChangeIsInForceSoonWholeOrNotAtAllAndOnRecord() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("rule.yaml")
            try Data(Self.policy("first", above: "0.5").utf8).write(to: file)
            try await Daemon.run(settings: ["STEWARD_POLICIES": folder.path]) { daemon in
                let before = try await daemon.client.json("/v1/policies")
                #expect(before["policies"]?.array?.map { $0["name"] } == ["first"])
                try Data(Self.policy("second", above: "0.25").utf8).write(to: file)
                let after = try await eventually("the change is in force", within: .seconds(20)) { () -> JSONValue? in
                    let now = try await daemon.client.json("/v1/policies")
                    return now["policies"]?.array?.first?["name"] == "second" ? .some(now) : .none
                }
                #expect(after["digest"] != before["digest"])

                try Data(Self.policy("third", above: "lots").utf8).write(to: file)
                let refused = try await daemon.steward("policy", "reload")
                #expect(refused.status == 1)
                #expect(refused.error.contains("rule.yaml:3:47: `above` must be a number"), "\(refused)")
                let kept = try await daemon.client.json("/v1/policies")
                #expect(kept["policies"]?.array?.first?["name"] == "second", "what was in force still is")
                #expect(kept["refused"]?["problems"]?.string?.contains("rule.yaml:3:47") == true)
                let metrics = try await daemon.client.get("/metrics").text
                #expect(metrics.contains("\nsteward_policy_files_in_force 0\n"))
                let shown = try await daemon.steward("policy", "list")
                #expect(shown.output.contains("is not in force"), "\(shown)")

                try Data(Self.policy("fourth", above: "0.1").utf8).write(to: file)
                _ = try await daemon.steward("policy", "reload")
                let now = try await daemon.client.json("/v1/policies")
                #expect(now["refused"] == nil)
                #expect(try await daemon.client.get("/metrics").text.contains("\nsteward_policy_files_in_force 1\n"))
                let records = try await daemon.client.json("/v1/audit/records?action=policy.load&limit=10")
                let loads = (records["records"]?.array ?? []).compactMap { $0["record"]?["data"] }
                #expect(loads.compactMap { $0["policies"]?.members?.first?.name } == ["first", "second", "fourth"])
                #expect(loads.last?["digest"] == now["digest"])
            }
        }
    }
}
