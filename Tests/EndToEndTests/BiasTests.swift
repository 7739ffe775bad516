import Foundation
import StewardJSON
import Testing

/// Decisions come in, audits say what they show, promotions wait for them, and all of it is on record.
@Suite struct BiasTests {
    private static let policy = """
        kind: bias
        name: hiring
        applies_to: {deployments: [screening]}
        attributes: [sex]
        unknown_values: [unknown]
        outcome: {favourable: [advance]}
        ground_truth: {favourable: ["1"]}
        rules: [{measure: impact_ratio, bound: 0.8}]
        gate: {}
        """

    @Test func promotionsWaitForAuditsThatPass() async throws {
        try await withTemporaryFolder { folder in
            try Self.policy.write(to: folder.appending(path: "hiring.yaml"), atomically: true, encoding: .utf8)
            try await Daemon.run(settings: ["STEWARD_POLICIES": folder.path]) { daemon in
                let screening = "/v1/deployments/screening"
                for version in ["fair", "unfair", "new"] {
                    let spec = "{\"provider\":\"openai\",\"model\":\"\(version)\"}"
                    _ = try await daemon.client.posted(
                        "\(screening)/versions", "{\"name\":\"\(version)\",\"spec\":\(spec)}", status: 201)
                }
                // Of 10 women and 10 men, this many are advanced.
                try await send(to: daemon, version: "fair", women: 5, men: 5, rounds: 120)
                try await send(to: daemon, version: "unfair", women: 2, men: 6, rounds: 40)
                try await send(to: daemon, version: "new", women: 5, men: 5, rounds: 1)

                let promoted = try await daemon.client.posted(
                    "\(screening)/promote", "{\"version\":\"fair\"}", status: 200)
                #expect(promoted["version"] == "fair")
                for (version, verdict) in [("unfair", "fail"), ("new", "inconclusive")] {
                    let refused = try await daemon.client.posted(
                        "\(screening)/promote", "{\"version\":\"\(version)\"}", status: 409)
                    #expect(refused["gates"]?.array?.first?["verdict"]?.string == verdict)
                    let route = try await daemon.client.send(
                        "PUT", "\(screening)/routes/production",
                        body: Array("{\"targets\":[{\"version\":\"\(version)\",\"weight\":1}]}".utf8))
                    #expect(route.status == 409, "a route is no way around the gate")
                }
                try await expectOverride(daemon)
                let canary = try await daemon.client.send(
                    "PUT", "\(screening)/routes/production",
                    body: Array(
                        "{\"targets\":[{\"version\":\"fair\",\"weight\":9},{\"version\":\"new\",\"weight\":1}]}".utf8))
                #expect(canary.status == 200, "a canary is how the evidence comes about")
                try await expectRecords(daemon, folder)
            }
        }
    }

    /// Decisions, and the truth about them, that came before anybody declared what is audited.
    @Test func decisionsFromBeforeThePolicyAreCounted() async throws {
        try await withTemporaryFolder { folder in
            let policies = folder.appending(path: "policies")
            try FileManager.default.createDirectory(at: policies, withIntermediateDirectories: true)
            try await Daemon.run(settings: ["STEWARD_POLICIES": policies.path]) { daemon in
                try await send(to: daemon, version: "old", women: 2, men: 6, rounds: 40)
                let truths = (0..<880).map { "{\"event_id\":\"old-\($0)\",\"ground_truth\":\"\($0 % 2)\"}" }
                let told = try await daemon.client.send(
                    "POST", "/v1/feedback", body: Array(truths.joined(separator: "\n").utf8),
                    headers: ["Content-Type": "application/x-ndjson"])
                #expect(told.status == 202)
                #expect(try await daemon.stop() == 0)
                let file = policies.appending(path: "hiring.yaml")
                try Self.policy.write(to: file, atomically: true, encoding: .utf8)
                for round in 1...2 {
                    try await daemon.restart()
                    let audit = try await eventually("the stored decisions are counted") { () -> JSONValue? in
                        let answer = try await daemon.client.post("/v1/deployments/screening/bias-audits", "{}")
                        let audit = try answer.json()["audits"]?.array?.first
                        return audit?["decisions"] == 880 ? audit : nil
                    }
                    #expect(audit["verdict"] == "fail", "round \(round)")
                    let report = try await daemon.client.json(
                        "/v1/deployments/screening/bias-audits/\(audit["id"]?.string ?? "")")["report"]
                    let groups = report?["attributes"]?.array?.first?["groups"]?.array ?? []
                    #expect(groups.map { $0["labelled"]?.int64 } == [400, 400])
                    #expect(try await daemon.stop() == 0)
                    let fsck = try await Program.run(try Program.steward(), ["fsck", "--data", daemon.data.path])
                    #expect(fsck.status == 0, "\(fsck)")
                }
            }
        }
    }

    /// Answers that are there already need no model; what they show becomes a record that names their digests.
    @Test func aProbeIsPutOnRecord() async throws {
        let suite = """
            kind: probes
            name: names
            templates: [{id: greet, text: "Greet {person}."}]
            swaps:
              person: {pairs: [[Ann, Bob], [Eve, Tom], [Ada, Max], [Mia, Jon], [Zoe, Leo], [Amy, Ian], [Joy, Sam]]}
            scores: {warm: {rule: regex, pattern: "^dear\\\\b", margin: 0.1}}
            """
        try await withTemporaryFolder { folder in
            let (file, state) = (folder.appending(path: "names.yaml"), folder.appending(path: "answers"))
            try suite.write(to: file, atomically: true, encoding: .utf8)
            let head = "{\"endpoint\":\"http://127.0.0.1:1/v1\",\"model\":\"m\",\"questions\":7,\"suite\":\"names\"}"
            let answers = (1...7).flatMap { pair in
                ["first", "second"].map { side in
                    "{\"answer\":\"\(side == "first" ? "Dear" : "Hello") you\",\"id\":\"greet/person/\(pair) \(side)\"}"
                }
            }
            try ([head] + answers).joined(separator: "\n").write(to: state, atomically: true, encoding: .utf8)
            try await Daemon.run { daemon in
                let probe = try await daemon.steward(
                    "bias-audit", "probe", "bot", "--suite", file.path, "--state", state.path, "--model", "m",
                    "--endpoint", "http://127.0.0.1:1/v1", "--record")
                #expect(probe.status == 1 && probe.output.contains("On record as entry"), "\(probe)")
                let listed = try await daemon.client.json("/v1/deployments/bot/bias-probes")
                let kept = try #require(listed["probes"]?.array?.first)
                #expect(kept["verdict"] == "fail" && kept["suite"] == "names" && kept["answered"] == 14)
                let log = try await daemon.client.json("/v1/audit/records?action=bias.probe")
                #expect(log["records"]?.array?.count == 1)
                let viewer = try await daemon.client(role: "viewer")
                #expect(try await viewer.post("/v1/deployments/bot/bias-probes", "{}").status == 403)
                #expect(try await daemon.client.post("/v1/deployments/bot/bias-probes", "{}").status == 400)
                #expect(try await daemon.stop() == 0)
            }
        }
    }

    /// It takes two different people, each with a reason.
    private func expectOverride(_ daemon: Daemon) async throws {
        let screening = "/v1/deployments/screening"
        let promotion = "{\"version\":\"new\"}"
        let word = "{\"version\":\"new\",\"reason\":\"a pilot with review by hand\"}"
        let (ada, eve) = (try await daemon.client(role: "operator"), try await daemon.client(role: "operator"))
        #expect(try await ada.post("\(screening)/bias-overrides", promotion).status == 400, "without a reason")
        for (person, count) in [(ada, 1), (ada, 1)] {
            let answer = try await person.posted("\(screening)/bias-overrides", word, status: 201)
            #expect(answer["approvers"]?.array?.count == count)
            #expect(try await ada.post("\(screening)/promote", promotion).status == 409)
        }
        let second = try await eve.posted("\(screening)/bias-overrides", word, status: 201)
        #expect(second["approvers"]?.array?.count == 2)
        let promoted = try await ada.posted("\(screening)/promote", promotion, status: 200)
        #expect(promoted["version"] == "new")
        _ = try await daemon.client.posted("\(screening)/rollback", "{}", status: 200)
        let log = try await daemon.client.json("/v1/audit/records?action=bias.override&limit=10")
        #expect(log["records"]?.array?.count == 3)
    }

    private func expectRecords(_ daemon: Daemon, _ folder: URL) async throws {
        let run = try await daemon.steward("bias-audit", "run", "screening", "--version", "unfair")
        #expect(run.status == 1, "a failed audit is a no")
        #expect(run.output.contains("✗ fail screening unfair by hiring, 880 decisions"))
        let listed = try await daemon.client.json("/v1/deployments/screening/bias-audits?version=unfair")
        let audits = listed["audits"]?.array ?? []
        #expect(audits.map { $0["trigger"]?.string } == ["demand", "promotion", "promotion"])
        let ratio = try #require(audits.first?["measures"]?.array?.first?["value"]?.double)
        #expect(abs(ratio - 1.0 / 3) < 1e-12)

        let page = folder.appending(path: "audit.html")
        let report = try await daemon.steward(
            "report", "screening", "--version", "unfair", "--html", page.path, "--pdf-ready")
        #expect(report.status == 0, "\(report)")
        let html = try String(contentsOf: page, encoding: .utf8)
        #expect(html.contains("screening, version unfair") && html.contains("<html lang=\"en\" class=\"paper\">"))
        #expect(html.contains("80 decisions of unknown group"))
        #expect(!html.contains("<script") && !html.contains("http"), "nothing from elsewhere")

        let metrics = try await daemon.client.get("/metrics").text
        #expect(
            metrics.contains(
                "steward_bias_verdict{policy=\"hiring\",deployment=\"screening\",version=\"unfair\",verdict=\"fail\"} 1"
            ))
        let viewer = try await daemon.client(role: "viewer")
        #expect(try await viewer.post("/v1/deployments/screening/bias-audits", "{}").status == 403)
        let scoped = try await daemon.client(role: "auditor", deployment: "other")
        #expect(try await scoped.get("/v1/deployments/screening/bias-audits").status == 403)
        #expect(try await daemon.client.get("/v1/deployments/screening/bias-audits/ba-0").status == 404)
        _ = try await daemon.stop()
        let fsck = try await Program.run(try Program.steward(), ["fsck", "--data", daemon.data.path])
        #expect(fsck.status == 0, "\(fsck)")
    }

    private func send(to daemon: Daemon, version: String, women: Int, men: Int, rounds: Int) async throws {
        let now = Int(Date().timeIntervalSince1970)
        let lines = (0..<rounds * 22).map { index -> String in
            let place = index % 22
            let (sex, advanced) =
                place < 10
                ? ("f", place < women) : place < 20 ? ("m", place - 10 < men) : ("unknown", true)
            return "{\"id\":\"\(version)-\(index)\",\"time\":\(now),\"deployment\":\"screening\",\"version\":"
                + "\"\(version)\",\"outcome\":\"\(advanced ? "advance" : "stop")\",\"segments\":{\"sex\":\"\(sex)\"}}"
        }
        let answer = try await daemon.client.postEvents(lines).json()
        #expect(answer["accepted"]?.int64 == Int64(lines.count))
    }
}
