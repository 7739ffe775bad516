import Foundation
import StewardJSON
import Testing

/// Webhooks of the real program against a live server, which checks them with code of its own.
@Suite struct WebhookTests {
    private static let key = "a-key-that-nobody-else-knows"
    private static let rollout = """
        kind: rollout
        name: quick
        applies_to: {deployments: ["*"], environments: [production]}
        steps:
          - {weight: 10, minimum_sample: 20, minimum_time: 0s}
          - {weight: 50, minimum_sample: 20, minimum_time: 0s}
        guards:
          - {metric: error_rate, above_stable: {difference: 0.05}}
        """

    private static func hook(_ role: String, _ name: String, _ receiver: Receiver, more: String = "") -> String {
        """
        kind: webhook
        name: \(name)
        role: \(role)
        url: \(receiver.client.base.absoluteString)/\(name)
        secret_env: STEWARD_HOOK_KEY
        \(more)
        """
    }

    /// Signed with the key, and fresh; a call whose answer came too late is made again, and known by its id.
    private static func isGenuine(_ call: JSONValue) -> Bool {
        call["verdict"] == "new" || call["verdict"] == "repeated"
    }

    /// A daemon with v1 in production, v2 beside it, and these hooks.
    private func withDaemon(
        _ hooks: (Receiver) -> [String], _ body: (Daemon, Receiver) async throws -> Void
    ) async throws {
        try await Receiver.run(key: Self.key) { receiver in
            try await withTemporaryFolder { folder in
                for (index, text) in ([Self.rollout] + hooks(receiver)).enumerated() {
                    try Data(text.utf8).write(to: folder.appendingPathComponent("\(index).yaml"))
                }
                let settings = ["STEWARD_POLICIES": folder.path, "STEWARD_HOOK_KEY": Self.key]
                try await Daemon.run(settings: settings) { daemon in
                    for version in ["v1", "v2"] {
                        let spec = "{\"provider\":\"openai\",\"model\":\"m\",\"prompt\":\"\(version)\"}"
                        _ = try await daemon.client.posted(
                            "/v1/deployments/support-bot/versions",
                            "{\"name\":\"\(version)\",\"spec\":\(spec)}",
                            status: 201)
                    }
                    _ = try await daemon.client.posted(
                        "/v1/deployments/support-bot/promote", #"{"version":"v1"}"#, status: 200)
                    try await body(daemon, receiver)
                }
            }
        }
    }

    private func start(_ daemon: Daemon) async throws -> String {
        let started = try await daemon.client.posted(
            "/v1/deployments/support-bot/rollouts", #"{"version":"v2"}"#, status: 201)
        return try #require(started["id"]?.string)
    }

    private func send(_ count: Int, _ version: String, _ label: String, failed: Int = 0, to daemon: Daemon) async throws
    {
        let lines = (0..<count).map {
            Traffic.event(id: "\(label)-\(version)-\($0)", version: version, failed: $0 < failed)
        }
        #expect(try await daemon.client.postEvents(lines).status == 202)
    }

    private func rollout(_ daemon: Daemon, _ id: String) async throws -> JSONValue {
        try await daemon.client.json("/v1/deployments/support-bot/rollouts/\(id)")
    }

    private func records(_ daemon: Daemon, _ action: String) async throws -> [JSONValue] {
        let page = try await daemon.client.json("/v1/audit/records?action=\(action)&limit=100")
        return (page["records"]?.array ?? []).compactMap { $0["record"] }
    }

    /// Down at first, asked again, and then on record, which a restart keeps.
    @Test func aStepBeginsOnceItIsConfirmedAndTheAnswerIsARecord() async throws {
        try await withDaemon({ [Self.hook("confirm", "board", $0)] }) { daemon, receiver in
            try await receiver.answer("/board", status: 503)
            let id = try await start(daemon)
            try await send(40, "v2", "a", to: daemon)
            try await send(60, "v1", "a", to: daemon)
            _ = try await eventually("it was asked again and again", within: .seconds(30)) {
                try await receiver.calls("/board").count >= 3 ? true : nil
            }
            let waiting = try await rollout(daemon, id)
            #expect(waiting["step"] == 1)
            #expect(waiting["reason"]?.string?.contains("webhook board") == true, "\(waiting)")
            try await receiver.answer("/board", status: 204)
            let moved = try await eventually("the step begins", within: .seconds(30)) { () -> JSONValue? in
                let now = try await rollout(daemon, id)
                return now["step"] == 2 ? .some(now) : .none
            }
            let asked = try await receiver.calls("/board").filter { $0["body"]?["data"]?["step"] == 2 }
            #expect(asked.allSatisfy(Self.isGenuine), "\(asked.map { $0["verdict"] })")
            #expect(Set(asked.compactMap { $0["id"]?.string }).count == 1, "one question, however often it is asked")
            #expect(asked.first?["body"]?["type"] == "rollout.confirm")
            #expect(asked.first?["body"]?["data"]?["version"] == "v2")
            let answer = try #require(try await records(daemon, "rollout.answer").first)
            #expect(answer["actor"]?["id"] == "board" || answer["actor"]?["name"] == "board", "\(answer)")
            #expect(answer["data"]?["answer"] == "yes")
            #expect(answer["data"]?["reply"] == "it answered 204")
            #expect(answer["data"]?["id"]?.string == id)
            let advance = try #require(try await records(daemon, "rollout.advance").first)
            #expect((answer["seq"]?.int64 ?? 0) < (advance["seq"]?.int64 ?? 0), "the answer comes before the step")
            daemon.kill()
            try await daemon.restart()
            let after = try await rollout(daemon, id)
            for name in ["phase", "step", "record", "answers"] { #expect(after[name] == moved[name], "\(name)") }
            #expect(after["answers"]?.array?.first?["hook"] == "board")
        }
    }

    @Test func aVetoPausesWithItsReasonAndWhoResumesHasItAskedAgain() async throws {
        try await withDaemon({ [Self.hook("veto", "risk", $0)] }) { daemon, receiver in
            try await receiver.answer("/risk", status: 409)
            let id = try await start(daemon)
            try await send(40, "v2", "a", to: daemon)
            try await send(60, "v1", "a", to: daemon)
            let paused = try await eventually("it is paused", within: .seconds(20)) { () -> JSONValue? in
                let now = try await rollout(daemon, id)
                return now["phase"] == "paused" ? .some(now) : .none
            }
            #expect(paused["step"] == 1)
            #expect(try await records(daemon, "rollout.answer").first?["data"]?["answer"] == "no")
            #expect(
                try await records(daemon, "rollout.pause").first?["data"]?["reason"]
                    == "The webhook risk refused: it answered 409.")
            // Silence is consent: it takes longer than its timeout.
            try await receiver.answer("/risk", status: 500)
            _ = try await daemon.client.posted("/v1/deployments/support-bot/rollouts/\(id)/resume", "{}", status: 200)
            _ = try await eventually("the step begins", within: .seconds(20)) {
                try await rollout(daemon, id)["step"] == 2 ? true : nil
            }
            #expect(try await records(daemon, "rollout.answer").last?["data"]?["answer"] == "silence")
            #expect(Set(try await receiver.calls("/risk").compactMap { $0["id"]?.string }).count == 2)
        }
    }

    /// The rollback is on record while the hook still hangs.
    @Test func aHookThatHangsDelaysNoRollback() async throws {
        try await withDaemon({ [Self.hook("confirm", "board", $0, more: "timeout: 30s")] }) { daemon, receiver in
            try await receiver.answer("/board", status: 200, seconds: 60)
            let id = try await start(daemon)
            try await send(40, "v2", "a", to: daemon)
            try await send(200, "v1", "a", to: daemon)
            _ = try await eventually("it is asked", within: .seconds(20)) {
                try await receiver.calls("/board").count == 1 ? true : nil
            }
            let clock = ContinuousClock()
            let began = clock.now
            try await send(200, "v2", "bad", failed: 150, to: daemon)
            _ = try await eventually("it is rolled back", within: .seconds(25)) {
                try await rollout(daemon, id)["phase"] == "rolled_back" ? true : nil
            }
            print("rolled back \(clock.now - began) after the errors came, while the webhook hung")
            #expect(try await receiver.calls("/board").map { $0["answered"] } == [false], "it still hangs")
            #expect(try await records(daemon, "rollout.answer").isEmpty)
        }
    }

    /// In order, signed, again while the other side is down, never at another address, and without the key anywhere.
    @Test func recordsAreToldSignedAndTheKeyStaysSecret() async throws {
        try await withDaemon({
            [Self.hook("notify", "log", $0, more: "actions: [\"*\"]"), Self.hook("notify", "moved", $0)]
        }) { daemon, receiver in
            try await receiver.answer("/log", status: 500)
            try await receiver.answer("/moved", status: 307, location: "\(receiver.client.base.absoluteString)/trap")
            let id = try await start(daemon)
            let tried = try await eventually("it is tried again", within: .seconds(20)) { () -> [JSONValue]? in
                let calls = try await receiver.calls("/log")
                return Dictionary(grouping: calls) { $0["id"]?.string }.values.first { $0.count > 1 }
            }
            #expect(Set(tried.compactMap { $0["body"]?.text }).count == 1)
            try await receiver.answer("/log", status: 200)
            let told = try await eventually("all is told", within: .seconds(20)) { () -> [JSONValue]? in
                let calls = try await receiver.calls("/log")
                return calls.contains { $0["body"]?["type"] == "rollout.start" } ? .some(calls) : .none
            }
            #expect(told.allSatisfy(Self.isGenuine), "\(told.map { $0["verdict"] })")
            let sequence = told.compactMap { $0["body"]?["data"]?["seq"]?.int64 }
            #expect(sequence == sequence.sorted() && sequence.count == told.count)
            _ = try await eventually("the other is told, too", within: .seconds(20)) {
                try await receiver.calls("/moved").count >= 1 ? true : nil
            }
            #expect(try await receiver.calls("/trap").isEmpty, "redirects are not followed")
            #expect(try await rollout(daemon, id)["phase"] == "waiting", "a failing hook changes nothing")

            for path in ["/v1/policies", "/v1/audit/records?limit=100", "/metrics", "/openapi.json"] {
                #expect(!(try await daemon.client.get(path).text.contains(Self.key)), "\(path)")
            }
            #expect(try await daemon.stop() == 0)
            let folder = daemon.data.deletingLastPathComponent()
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            for case let file as URL in files?.allObjects ?? [] {
                guard let bytes = try? Data(contentsOf: file) else { continue }
                #expect(bytes.firstRange(of: Data(Self.key.utf8)) == nil, "\(file.lastPathComponent)")
            }
        }
    }
}

/// The live other side, a program of its own.
struct Receiver {
    let client: Client

    static func run(key: String, _ body: (Receiver) async throws -> Void) async throws {
        let process = Process()
        process.executableURL = try Program.find("python3", package: "python3")
        let script = Repository.root.appendingPathComponent("Tests/EndToEndTests/Clients/webhooks.py")
        process.arguments = [script.path, key]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let port = line.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let url = URL(string: "http://127.0.0.1:\(port)"), UInt16(port) != nil else {
            throw Failure("the receiver did not start: \(line)")
        }
        try await body(Receiver(client: Client(base: url)))
    }

    func answer(_ path: String, status: Int, seconds: Int = 0, location: String? = nil) async throws {
        let address = location.map { ", \"\($0)\"" } ?? ""
        let answer = try await client.send(
            "PUT", "/answer", body: Array("[\"\(path)\", \(status), \(seconds)\(address)]".utf8))
        #expect(answer.status == 200)
    }

    func calls(_ path: String) async throws -> [JSONValue] {
        (try await client.json("/calls")["calls"]?.array ?? []).filter { $0["path"]?.string == path }
    }
}
