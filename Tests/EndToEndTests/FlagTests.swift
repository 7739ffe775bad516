import Foundation
import StewardJSON
import Testing

/// Routes, asked through OpenFeature: with a client that other people wrote, and in bulk.
@Suite struct FlagTests {
    static let suits = ["clubs", "diamonds", "hearts", "spades"]

    @Test func aRealOpenFeatureClientAgreesWithTheRoute() async throws {
        try await Daemon.run { daemon in
            try await Self.prepare(daemon)
            let python = Repository.root.appendingPathComponent(".build/clients/bin/python")
            guard FileManager.default.isExecutableFile(atPath: python.path) else {
                throw Program.Missing(name: "openfeature-sdk", package: "python3-venv")
            }
            let script = Repository.root.appendingPathComponent("Tests/EndToEndTests/Clients/ofrep.py")
            let result = try await Program.run(
                python, [script.path, daemon.client.base.absoluteString, daemon.client.token ?? ""])
            #expect(result.status == 0, "\(result)")
            let answers = try JSONValue(parsing: Array(result.output.utf8))
            func expect(_ name: String, _ value: JSONValue, _ reason: String, _ error: JSONValue = .null) {
                let answer = answers[name]
                #expect(answer?["value"] == value, "\(name): \(answer ?? .null)")
                #expect(answer?["reason"]?.string == reason, "\(name): \(answer ?? .null)")
                #expect(answer?["error"] == error, "\(name): \(answer ?? .null)")
            }
            expect("static", "v1", "STATIC")
            // flagd's test bed: jack gets hearts.
            expect("split", "hearts", "SPLIT")
            expect("target", "spades", "TARGETING_MATCH")
            #expect(answers["target"]?["metadata"]?["rule"] == "beta")
            #expect(answers["static"]?["metadata"]?["digest"]?.string?.hasPrefix("sha256:") == true)
            #expect(answers["object"]?["value"]?["model"] == "gpt-4o-mini")
            expect("no_key", "built-in", "ERROR", "TARGETING_KEY_MISSING")
            expect("wrong_type", false, "ERROR", "TYPE_MISMATCH")
            expect("unknown", "built-in", "ERROR", "FLAG_NOT_FOUND")
            expect("staging", "built-in", "ERROR", "FLAG_NOT_FOUND")
            #expect(answers["disabled"]?["value"] == "built-in")
            #expect(answers["stranger"]?["reason"] == "ERROR")
        }
    }

    @Test func bulkAnswersOnceAndThenNotModifiedUntilARouteChanges() async throws {
        try await Daemon.run { daemon in
            try await Self.prepare(daemon)
            let body = Array(#"{"context":{"targetingKey":"jack"}}"#.utf8)
            func ask(_ tag: String?) async throws -> Client.Answer {
                var headers = ["Content-Type": "application/json"]
                headers["If-None-Match"] = tag
                return try await daemon.client.send(
                    "POST", "/ofrep/v1/evaluate/flags", body: body, headers: headers)
            }
            let first = try await ask(nil)
            #expect(first.status == 200)
            let flags = try first.json()["flags"]?.array ?? []
            #expect(flags.map { $0["key"]?.string } == ["fractional-flag", "one-version", "switched-off"])
            #expect(flags.map { $0["reason"]?.string } == ["SPLIT", "STATIC", "DISABLED"])
            #expect(flags[2]["value"] == nil)
            let tag = try #require(first.headers["etag"])
            let again = try await ask(tag)
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            _ = try await daemon.client.posted("/v1/deployments/switched-off/enable", "{}", status: 200)
            let changed = try await ask(tag)
            #expect(changed.status == 200)
            #expect(changed.headers["etag"] != tag)
        }
    }

    @Test(arguments: [
        ("not json", 400, "PARSE_ERROR"), ("[]", 400, "PARSE_ERROR"), (#"{"context":[]}"#, 400, "INVALID_CONTEXT"),
        (#"{"context":{"targetingKey":7}}"#, 400, "INVALID_CONTEXT"),
        (#"{"context":{"targetingKey":""}}"#, 400, "TARGETING_KEY_MISSING"),
    ])
    func badQuestionsSayWhatIsWrong(body: String, status: Int, code: String) async throws {
        try await Daemon.run { daemon in
            try await Self.prepare(daemon)
            let answer = try await daemon.client.post("/ofrep/v1/evaluate/flags/fractional-flag", body)
            #expect(answer.status == status)
            #expect(try answer.json()["errorCode"]?.string == code)
            let app = try await daemon.client(role: "ingest", deployment: "one-version")
            let other = try await app.post("/ofrep/v1/evaluate/flags/fractional-flag", "{}")
            #expect(other.status == 404)
            #expect(try await app.post("/ofrep/v1/evaluate/flags/one-version", "{}").status == 200)
            let auditor = try await daemon.client(role: "auditor")
            #expect(try await auditor.post("/ofrep/v1/evaluate/flags/one-version", "{}").status == 200)
        }
    }

    private static func prepare(_ daemon: Daemon) async throws {
        func register(_ deployment: String, _ versions: [String]) async throws {
            for version in versions {
                let spec = #"{"provider":"openai","model":"gpt-4o-mini","prompt":"\#(version)"}"#
                _ = try await daemon.client.posted(
                    "/v1/deployments/\(deployment)/versions", #"{"name":"\#(version)","spec":\#(spec)}"#, status: 201)
            }
        }
        try await register("one-version", ["v1"])
        try await register("switched-off", ["v1"])
        try await register("fractional-flag", suits)
        for name in ["one-version", "switched-off"] {
            _ = try await daemon.client.posted("/v1/deployments/\(name)/promote", #"{"version":"v1"}"#, status: 200)
        }
        _ = try await daemon.client.posted("/v1/deployments/switched-off/disable", "{}", status: 200)
        let targets = suits.map { #"{"version":"\#($0)","weight":25}"# }.joined(separator: ",")
        let rule = #"{"name":"beta","if":[{"attribute":"plan","in":["beta"]}],"version":"spades"}"#
        let set = try await daemon.client.send(
            "PUT", "/v1/deployments/fractional-flag/routes/production",
            body: Array(#"{"targets":[\#(targets)],"targeting":[\#(rule)]}"#.utf8),
            headers: ["Content-Type": "application/json"])
        #expect(set.status == 200, "\(set)")
    }
}
