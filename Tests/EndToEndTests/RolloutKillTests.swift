import Foundation
import StewardJSON
import Synchronization
import Testing

/// `kill -9` where `RolloutTests` does not go: held, frozen, behind a webhook, at the end, and in the middle of a
/// decision.
extension RolloutTests {
    private static let bot = "/v1/deployments/support-bot"

    @Test func aKillOfWhatWaitsForAPersonOrAWebhookChangesNothing() async throws {
        let port = try LoopbackPort.free()
        let held =
            Self.policy.replacing("above_stable: {difference: 0.05}", with: "above: 0.2")
            + "\non_failure: freeze"
        let hook = """
            kind: webhook
            name: board
            role: confirm
            url: http://127.0.0.1:\(port)/
            secret_env: STEWARD_TEST_HOOK_KEY
            applies_to: {deployments: ["*"], environments: [production]}
            """
        try await withDaemon(
            ["held.yaml": held, "hook.yaml": hook], settings: ["STEWARD_TEST_HOOK_KEY": "k"]
        ) { daemon in
            try await prepare(daemon)
            _ = try await daemon.client.posted("\(Self.bot)/promote", #"{"version":"v1"}"#, status: 200)
            let started = try await daemon.client.posted("\(Self.bot)/rollouts", #"{"version":"v2"}"#, status: 201)
            let id = try #require(started["id"]?.string)
            try await send(40, "v2", "good", to: daemon)
            try await send(40, "v1", "good", to: daemon)
            for _ in 0..<2 {
                _ = try await eventually("the webhook is waited for", within: .seconds(20)) {
                    try await rollout(daemon, id)["reason"]?.string?.contains("webhook board") == true ? true : nil
                }
                try await kill(daemon, in: "progressing", id)
            }
            #expect(try await rollout(daemon, id)["step"] == 1, "nobody confirmed")
            _ = try await daemon.client.posted("\(Self.bot)/disable", "{}", status: 200)
            try await kill(daemon, in: "progressing", id)
            // Harm asks nobody, and this policy answers it with a freeze.
            try await send(200, "v2", "bad", failed: 150, to: daemon)
            try await kill(daemon, in: "held", id)
            let route = try await daemon.client.json(Self.bot)["routes"]?.array?.first
            #expect(route?["frozen"] == true && route?["disabled"] == true)
            _ = try await daemon.client.posted("\(Self.bot)/rollouts/\(id)/resume", "{}", status: 200)
            try await kill(daemon, in: "held", id)
            _ = try await daemon.client.posted("\(Self.bot)/rollback", "{}", status: 200)
            try await kill(daemon, in: "superseded", id)
            #expect(try await daemon.stop() == 0)
            let fsck = try await daemon.steward("fsck", "--data", daemon.data.path)
            #expect(fsck.status == 0, "\(fsck)")
        }
    }

    /// Between the transaction of a decision and its answer, or before, or after: whenever the daemon is killed, the
    /// route, the history and the audit log tell the same afterwards, and what was answered is there.
    @Test func aKillInTheMiddleOfADecisionLeavesAllOfItOrNothing() async throws {
        try await withDaemon(["rollout.yaml": Self.policy]) { daemon in
            try await prepare(daemon)
            _ = try await daemon.client.posted("\(Self.bot)/promote", #"{"version":"v1"}"#, status: 200)
            for (round, enough) in [1, 2, 7, 20, 33].enumerated() {
                let (client, bot) = (daemon.client, Self.bot)
                let acknowledged = Mutex<[Int64]>([])
                let promotions = Task {
                    for number in 0..<10_000 {
                        let version = number % 2 == 0 ? "v2" : "v1"
                        let answer = try? await client.post("\(bot)/promote", #"{"version":"\#(version)"}"#)
                        guard let record = try? answer?.json()["record"]?.int64 else { return }
                        acknowledged.withLock { $0.append(record) }
                    }
                }
                _ = try await eventually("some were answered") {
                    acknowledged.withLock { $0.count } >= enough ? true : nil
                }
                daemon.kill()
                await promotions.value
                try await daemon.restart()
                let answered = acknowledged.withLock { $0 }
                let first = max(0, (answered.last ?? 1) - 500)
                let page = try await daemon.client.json(
                    "/v1/audit/records?deployment=support-bot&limit=1000&after=\(first)")
                let log = (page["records"]?.array ?? []).compactMap { $0["record"] }
                let routes = log.filter { $0["action"]?.string?.hasPrefix("route.") == true }
                let last = try #require(routes.last, "round \(round)")
                let route = try await daemon.client.json(bot)["routes"]?.array?.first
                #expect(route?["targets"] == last["data"]?["targets"], "round \(round)")
                #expect(route?["record"] == last["seq"], "round \(round)")
                let history = try await daemon.client.json("\(bot)/history?limit=1")["history"]?.array?.first
                #expect(history?["record"] == last["seq"], "round \(round)")
                let known = Set(routes.compactMap { $0["seq"]?.int64 })
                #expect(answered.suffix(100).allSatisfy(known.contains), "round \(round): answered and lost")
            }
            #expect(try await daemon.stop() == 0)
            let fsck = try await daemon.steward("fsck", "--data", daemon.data.path)
            #expect(fsck.status == 0, "\(fsck)")
        }
    }
}
