import Foundation
import StewardJSON
import Testing

/// Rollouts on the real program: through every step, killed in each of them, and gates that refuse.
@Suite struct RolloutTests {
    static let policy = """
        kind: rollout
        name: quick
        applies_to: {deployments: ["*"], environments: [production]}
        steps:
          - {weight: 10, minimum_sample: 20, minimum_time: 0s}
          - {weight: 50, minimum_sample: 20, minimum_time: 0s}
        guards:
          - {metric: error_rate, above_stable: {difference: 0.05}}
        """
    private static let gates = """
        kind: promotion
        name: checked
        applies_to: {deployments: ["*"], environments: [production]}
        gates:
          - {evaluation: weekly, at_least: 0.9}
        """

    func withDaemon(
        _ files: [String: String], settings: [String: String] = [:], _ body: (Daemon) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            for (name, text) in files {
                try Data(text.utf8).write(to: folder.appendingPathComponent(name))
            }
            try await Daemon.run(settings: settings.merging(["STEWARD_POLICIES": folder.path]) { $1 }, body)
        }
    }

    func prepare(_ daemon: Daemon) async throws {
        for version in ["v1", "v2"] {
            let spec = "{\"provider\":\"openai\",\"model\":\"gpt-4o-mini\",\"prompt\":\"\(version)\"}"
            _ = try await daemon.client.posted(
                "/v1/deployments/support-bot/versions", "{\"name\":\"\(version)\",\"spec\":\(spec)}", status: 201)
        }
    }

    func send(_ count: Int, _ version: String, _ label: String, failed: Int = 0, to daemon: Daemon) async throws {
        let lines = (0..<count).map { number in
            Traffic.event(id: "\(label)-\(version)-\(number)", version: version, failed: number < failed)
        }
        #expect(try await daemon.client.postEvents(lines).status == 202)
    }

    func rollout(_ daemon: Daemon, _ id: String) async throws -> JSONValue {
        try await daemon.client.json("/v1/deployments/support-bot/rollouts/\(id)")
    }

    @Test func aRolloutThatIsKilledInEveryStepGoesOnWhereItWas() async throws {
        try await withDaemon(["rollout.yaml": Self.policy]) { daemon in
            try await prepare(daemon)
            let bot = "/v1/deployments/support-bot"
            _ = try await daemon.client.posted("\(bot)/promote", #"{"version":"v1"}"#, status: 200)
            let started = try await daemon.client.posted("\(bot)/rollouts", #"{"version":"v2"}"#, status: 201)
            let id = try #require(started["id"]?.string)
            #expect(started["phase"] == "waiting")
            for (step, weight) in [(1, 10), (2, 50)] {
                let before = try await rollout(daemon, id)
                #expect(before["step"]?.int64 == Int64(step))
                daemon.kill()
                try await daemon.restart()
                let after = try await rollout(daemon, id)
                for name in ["phase", "step", "record", "attempt"] { #expect(after[name] == before[name], "\(name)") }
                let shown = try await daemon.client.json(bot)["routes"]?.array?.first?["targets"]?.array ?? []
                #expect(shown.map { $0["version"] } == ["v2", "v1"])
                #expect(shown.first?["weight"]?.int64 == Int64(weight))
                try await send(40, "v2", "step\(step)", to: daemon)
                try await send(60, "v1", "step\(step)", to: daemon)
                _ = try await eventually("step \(step) passes", within: .seconds(20)) {
                    let now = try await rollout(daemon, id)
                    return now["step"]?.int64 != Int64(step) || now["phase"] == "completed" ? true : nil
                }
            }
            let done = try await rollout(daemon, id)
            #expect(done["phase"] == "completed")
            let route = try await daemon.client.json(bot)["routes"]?.array?.first
            #expect(route?["targets"]?.array?.map { $0["version"] } == ["v2"])
            let records = try await daemon.client.json("/v1/audit/records?limit=100")["records"]?.array ?? []
            let actions = records.compactMap { $0["record"]?["action"]?.string }
            #expect(actions.count { $0 == "rollout.advance" } == 1)
            #expect(actions.count { $0 == "rollout.complete" } == 1)
            #expect(try await daemon.stop() == 0)
            let fsck = try await daemon.steward("fsck", "--data", daemon.data.path)
            #expect(fsck.status == 0, "\(fsck)")
        }
    }

    /// What stands after a kill is what stood before, and rollout, route and audit log say the same.
    func kill(_ daemon: Daemon, in phase: String, _ id: String) async throws {
        let bot = "/v1/deployments/support-bot"
        let before = try await eventually("it is \(phase)", within: .seconds(20)) { () -> JSONValue? in
            let now = try await rollout(daemon, id)
            return now["phase"]?.string == phase ? .some(now) : .none
        }
        let route = try await daemon.client.json(bot)["routes"]
        daemon.kill()
        try await daemon.restart()
        let after = try await rollout(daemon, id)
        for name in ["phase", "step", "record", "attempt", "version", "stable"] {
            #expect(after[name] == before[name], "\(phase): \(name)")
        }
        #expect(try await daemon.client.json(bot)["routes"] == route, "\(phase)")
        let records = try await daemon.client.json("/v1/audit/records?deployment=support-bot&limit=1000")
        let log = (records["records"]?.array ?? []).compactMap { $0["record"] }
        let move = log.last { $0["action"]?.string?.hasPrefix("rollout.") == true && $0["data"]?["id"]?.string == id }
        let last = log.last { $0["data"]?["targets"] != nil && $0["action"]?.string?.hasPrefix("route.") == true }
        // What ends it from outside is the change of the route.
        #expect((phase == "superseded" ? last : move)?["seq"] == before["record"], "\(phase)")
        #expect(last?["data"]?["targets"] == route?.array?.first?["targets"], "\(phase)")
    }

    @Test func aKillInEveryPhaseLeavesStateRouteAndAuditAgreeing() async throws {
        let policy = Self.policy.replacing("weight: 50,", with: "weight: 50, approval: true,")
            .replacing("above_stable: {difference: 0.05}", with: "above: 0.2")
        try await withDaemon(["rollout.yaml": policy]) { daemon in
            try await prepare(daemon)
            let bot = "/v1/deployments/support-bot"
            _ = try await daemon.client.posted("\(bot)/promote", #"{"version":"v1"}"#, status: 200)
            func start() async throws -> String {
                let started = try await daemon.client.posted(
                    "\(bot)/rollouts", #"{"version":"v2","retry":true}"#, status: 201)
                return try #require(started["id"]?.string)
            }
            func ask(_ request: String, _ id: String, _ client: Client) async throws {
                _ = try await client.posted("\(bot)/rollouts/\(id)/\(request)", "{}", status: 200)
            }
            let first = try await start()
            try await kill(daemon, in: "waiting", first)
            try await send(10, "v2", "few", to: daemon)
            try await kill(daemon, in: "progressing", first)
            // Killed between the traffic and what follows from it.
            try await send(20, "v2", "enough", to: daemon)
            daemon.kill()
            try await daemon.restart()
            try await kill(daemon, in: "awaiting_approval", first)
            try await ask("pause", first, daemon.client)
            try await kill(daemon, in: "paused", first)
            try await ask("resume", first, daemon.client)
            try await kill(daemon, in: "awaiting_approval", first)
            // A second token of the same person is no second person.
            let made = try await daemon.client.posted(
                "/v1/tokens", #"{"name":"mine, too","roles":["operator"]}"#, status: 201)
            let own = Client(base: daemon.client.base, token: made["token"]?.string)
            let refused = try await own.post("\(bot)/rollouts/\(first)/approve", "{}")
            #expect(refused.status == 409 && refused.text.contains("four eyes"), "\(refused)")
            try await ask("approve", first, try await daemon.client(role: "operator"))
            daemon.kill()
            try await daemon.restart()
            _ = try await eventually("the step begins", within: .seconds(20)) {
                try await rollout(daemon, first)["step"] == 2 ? true : nil
            }
            try await kill(daemon, in: "progressing", first)
            try await send(200, "v2", "bad", failed: 150, to: daemon)
            try await kill(daemon, in: "rolled_back", first)
            let second = try await start()
            try await ask("abort", second, daemon.client)
            try await kill(daemon, in: "aborted", second)
            let third = try await start()
            try await send(200, "v1", "worse", failed: 150, to: daemon)
            try await send(200, "v2", "worse", failed: 150, to: daemon)
            try await kill(daemon, in: "both_bad", third)
            #expect(try await daemon.stop() == 0)
            let fsck = try await daemon.steward("fsck", "--data", daemon.data.path)
            #expect(fsck.status == 0, "\(fsck)")
        }
    }

    @Test func aBadVersionIsRolledBackAndThePersonWhoAbortsLateIsTold() async throws {
        try await withDaemon(["rollout.yaml": Self.policy]) { daemon in
            try await prepare(daemon)
            let bot = "/v1/deployments/support-bot"
            _ = try await daemon.client.posted("\(bot)/promote", #"{"version":"v1"}"#, status: 200)
            let started = try await daemon.steward("rollout", "start", "support-bot", "v2", "--reason", "new prompt")
            #expect(started.status == 0, "\(started)")
            try await send(200, "v1", "bad", failed: 2, to: daemon)
            try await send(200, "v2", "bad", failed: 100, to: daemon)
            let rows = try await eventually("it is rolled back", within: .seconds(20)) {
                let rows = try await daemon.client.json("\(bot)/rollouts")["rollouts"]?.array ?? []
                return rows.first?["phase"] == "rolled_back" ? rows : nil
            }
            #expect(rows.first?["decision"]?["value"]?.double == 0.5)
            #expect(rows.first?["decision"]?["sample_size"] == 200)
            let id = try #require(rows.first?["id"]?.string)
            let late = try await daemon.client.posted("\(bot)/rollouts/\(id)/abort", "{}", status: 200)
            #expect(late["changed"] == false)
            let again = try await daemon.client.post("\(bot)/rollouts", #"{"version":"v2"}"#)
            #expect(again.status == 409)
            let retried = try await daemon.client.posted(
                "\(bot)/rollouts", #"{"version":"v2","retry":true}"#, status: 201)
            #expect(retried["attempt"] == 2)
            let shown = try await daemon.steward("rollout", "support-bot")
            #expect(shown.output.contains("rolled back"), "\(shown)")
        }
    }

    @Test func aRefusalNamesEveryGateAndADryRunChangesNothing() async throws {
        try await withDaemon(["gates.yaml": Self.gates, "rollout.yaml": Self.policy]) { daemon in
            try await prepare(daemon)
            let bot = "/v1/deployments/support-bot"
            let dry = try await daemon.client.posted("\(bot)/promote", #"{"version":"v1","dry_run":true}"#, status: 200)
            #expect(dry["would_be"] == "refused")
            let refused = try await daemon.client.post("\(bot)/promote", #"{"version":"v1"}"#)
            #expect(refused.status == 409)
            let gate = try refused.json()["gates"]?.array?.first
            #expect(gate?["name"] == "evaluation weekly")
            #expect(gate?["verdict"] == "inconclusive")
            #expect(gate?["threshold"]?.double == 0.9)
            _ = try await daemon.client.posted(
                "\(bot)/versions/v1/evaluations", #"{"name":"weekly","score":0.95,"sample_size":400}"#, status: 200)
            let verb = try await daemon.steward("promote", "support-bot", "v1", "--dry-run")
            #expect(verb.status == 0 && verb.output.contains("evaluation weekly"), "\(verb)")
            let shown = try await daemon.steward("promote", "support-bot", "v1")
            #expect(shown.status == 0, "\(shown)")
            let other = try await daemon.steward("rollout", "start", "support-bot", "v2")
            #expect(other.status == 1, "a rollout passes the same gates: \(other)")
        }
    }
}
