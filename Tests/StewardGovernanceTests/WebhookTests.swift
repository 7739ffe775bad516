import StewardModel
import StewardPolicy
import StewardStore
import StewardTransparency
import Synchronization
import Testing

@testable import StewardGovernance

/// A hook's other side: keeps what it was sent and answers as told.
private final class OtherSide: Sendable {
    private let calls = Mutex<[HookCall]>([])
    private let reply: Mutex<HookReply?>

    /// `nil`: never answers.
    init(_ reply: HookReply?) { self.reply = Mutex(reply) }

    var received: [HookCall] { calls.withLock { $0 } }
    func answer(_ reply: HookReply) { self.reply.withLock { $0 = reply } }

    func take(_ call: HookCall) async -> HookReply {
        calls.withLock { $0.append(call) }
        while true {
            if let reply = reply.withLock({ $0 }) { return reply }
            await Task.yield()
            if Task.isCancelled { return .silence("cancelled") }
        }
    }
}

struct WebhookTests {
    static func policies(_ role: String) throws -> PolicySet {
        let text = """
            kind: webhook
            name: board
            role: \(role)
            url: http://127.0.0.1:9/hook
            secret_env: STEWARD_HOOK_KEY
            timeout: 2s
            """
        return try PolicySet.load(files: [("hooks/board.yaml", text)]) { _ in "d" }.get()
    }

    private static func desk(
        _ role: String, _ other: OtherSide, now: @Sendable @escaping () -> Timestamp = { Timestamp(seconds: 50) }
    ) throws -> HookDesk {
        let policies = try policies(role)
        return HookDesk(policies: { policies }, key: { _ in Array("key".utf8) }, now: now, send: other.take)
    }

    /// Asks until the answer is no longer that somebody is waited for.
    private static func settled(_ desk: HookDesk, _ rollout: Rollout) async -> HookDesk.Answer {
        while true {
            let answer = desk.mayBegin(1, of: rollout)
            if answer != .wait("It waits for the webhook board.") { return answer }
            await Task.yield()
        }
    }

    private static func answered(_ role: WebhookPolicy.Role, _ verdict: HookAnswer.Verdict, _ reply: String)
        -> HookDesk.Answer
    {
        .answered(HookAnswer(hook: "board", role: role, step: 1, verdict: verdict, reply: reply))
    }

    @Test(arguments: [
        ("confirm", HookReply.status(204), answered(.confirm, .yes, "it answered 204")),
        ("confirm", .status(500), .wait("The webhook board has not confirmed: it answered 500.")),
        (
            "confirm", .status(302),
            .wait("The webhook board has not confirmed: it answered 302, and redirects are not followed.")
        ),
        ("confirm", .silence("no answer in 2s"), .wait("The webhook board has not confirmed: no answer in 2s.")),
        ("confirm", .status(403), answered(.confirm, .no, "it answered 403")),
        ("veto", .status(200), answered(.veto, .yes, "it answered 200")),
        ("veto", .status(500), answered(.veto, .silence, "it answered 500")),
        ("veto", .silence("no answer"), answered(.veto, .silence, "no answer")),
        ("veto", .status(409), answered(.veto, .no, "it answered 409")),
    ])
    func whatAnAnswerMeans(role: String, reply: HookReply, expected: HookDesk.Answer) async throws {
        let other = OtherSide(reply)
        let desk = try Self.desk(role, other)
        let rollout = try RolloutLane().rollout
        #expect(desk.mayBegin(1, of: rollout) == .wait("It waits for the webhook board."))
        #expect(await Self.settled(desk, rollout) == expected)
        #expect(other.received.count == 1, "asked once")
    }

    @Test func callsAreSignedAsStandardWebhooksAre() async throws {
        let other = OtherSide(.status(200))
        let desk = try Self.desk("confirm", other)
        _ = await Self.settled(desk, try RolloutLane().rollout)
        let call = try #require(other.received.first)
        let headers = Dictionary(uniqueKeysWithValues: call.headers.map { ($0.name, $0.value) })
        #expect(headers["webhook-timestamp"] == "50")
        let id = try #require(headers["webhook-id"])
        let signed = Array("\(id).50.".utf8) + call.body
        #expect(
            headers["webhook-signature"] == "v1," + MessageAuthentication.base64(signed, key: Array("key".utf8)))
        #expect(String(decoding: call.body, as: UTF8.self).contains(#""type":"rollout.confirm""#))
    }

    /// RFC 4231, test case 2.
    @Test func theMACIsHMACSHA256() {
        let mac = MessageAuthentication.base64(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(mac == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=")
    }

    @Test func aFailedConfirmationIsAskedForAgainLaterAndLater() async throws {
        let other = OtherSide(.status(503))
        let clock = Mutex(Timestamp(seconds: 50))
        let desk = try Self.desk("confirm", other, now: { clock.withLock { $0 } })
        let rollout = try RolloutLane().rollout
        _ = await Self.settled(desk, rollout)
        _ = desk.mayBegin(1, of: rollout)
        #expect(other.received.count == 1)
        for (pause, asked) in [(1, 2), (2, 3), (4, 4)] {
            clock.withLock { $0 = $0 + .seconds(pause) - Duration.milliseconds(1) }
            _ = desk.mayBegin(1, of: rollout)
            #expect(other.received.count == asked - 1, "too soon")
            clock.withLock { $0 = $0 + Duration.milliseconds(1) }
            if asked == 4 { other.answer(.status(200)) }
            #expect(
                await Self.settled(desk, rollout)
                    == (asked == 4
                        ? Self.answered(.confirm, .yes, "it answered 200")
                        : .wait("The webhook board has not confirmed: it answered 503.")))
            #expect(other.received.count == asked)
        }
        let ids = Set(other.received.flatMap(\.headers).filter { $0.name == "webhook-id" }.map(\.value))
        #expect(ids.count == 1, "the same question every time")
        #expect(HookPause.after(60) == HookPause.longest)
    }

    /// What is on record is asked for once, also after a restart; who resumes a refused rollout asks anew.
    @Test func answersAreRecordsAndARefusalPauses() throws {
        var lane = try RolloutLane()
        lane.serve(canary: (200, errors: 2), stable: (2000, errors: 20))
        try lane.tick()
        func take(_ verdict: HookAnswer.Verdict) throws -> [Change] {
            let answer = HookAnswer(hook: "board", role: .confirm, step: 1, verdict: verdict, reply: "it answered 200")
            return try lane.world.perform(
                .answerRollout(id: lane.id, answer, record: lane.rollout.record), by: Actor(.policy, "board"))
        }
        let other = OtherSide(nil)
        let desk = try Self.desk("confirm", other)
        #expect(try take(.yes).map(\.action) == ["rollout.answer"])
        #expect(lane.phase == .progressing)
        #expect(desk.mayBegin(1, of: lane.rollout) == .proceed)
        #expect(other.received.isEmpty)
        #expect(try take(.no).map(\.action) == ["rollout.answer", "rollout.pause"])
        #expect(lane.phase == .paused)
        #expect(lane.rollout.reason == "The webhook board refused: it answered 200.")
        var replayed = GovernanceState()
        for record in lane.world.records { replayed.apply(try Record(leaf: record.leaf)) }
        #expect(replayed.rollouts[lane.id] == lane.rollout)
        #expect(lane.rollout.answers.map(\.verdict) == [.yes, .no])
        try lane.ask(.resume)
        #expect(lane.rollout.answers.isEmpty)
        #expect(desk.mayBegin(1, of: lane.rollout) == .wait("It waits for the webhook board."))
        let late = HookAnswer(hook: "board", role: .confirm, step: 1, verdict: .yes, reply: "it answered 200")
        #expect(
            try lane.world.perform(.answerRollout(id: lane.id, late, record: 0), by: .daemon).isEmpty,
            "what was said before the last change counts no longer")
    }

    // flagger#1801: a threshold breached while a confirmation was waited for did not roll back.
    @Test func aHookThatNeverAnswersHoldsUpNoRollback() async throws {
        let folder = try Folder()
        let store = try Store(folder: folder.path)
        let clock = Mutex(Timestamp(seconds: 10_000))
        let counts = Mutex(RolloutCounts(events: 0, canary: [Tally()], stable: [Tally()]))
        let governor = try await Governor(store: store, signer: GovernorTests.signer()) { clock.withLock { $0 } }
        let rolloutText = RolloutLane.policyText
        let policies = try PolicySet.load(
            files: [("r.yaml", rolloutText), ("h.yaml", try Self.hookText("confirm"))]) { _ in "d" }.get()
        let other = OtherSide(nil)
        let desk = HookDesk(
            policies: { policies }, key: { _ in [1] }, now: { clock.withLock { $0 } }, send: other.take)
        let control = RolloutControl(
            governor: governor, policies: { policies },
            measurer: RolloutMeasurer(counts: { _ in counts.withLock { $0 } }, value: { _, _ in nil }),
            gate: { _ in nil }, hooks: desk, now: { clock.withLock { $0 } })
        let ada = Actor(.person, "ada")
        for version in ["v1", "v2"] {
            try await governor.perform(
                .registerVersion(deployment: "bot", name: version, digest: "sha256:\(version)"), by: ada)
        }
        try await governor.perform(
            .promote(deployment: "bot", environment: "production", version: "v1", reason: nil), by: ada)
        let id = try await control.start(
            deployment: "bot", environment: "production", version: "v2", policy: nil, isRetry: false, reason: nil,
            by: ada
        ).rollout.id
        func serve(_ new: Int64, _ errors: Int64) async throws {
            counts.withLock { counts in
                counts.events += new
                counts.canary[0] = counts.canary[0] + Tally(hits: errors, trials: new)
                counts.stable[0] = counts.stable[0] + Tally(hits: 20, trials: 2000)
            }
            clock.withLock { $0 = $0 + .seconds(61) }
            try await control.tick()
        }
        for _ in 0..<5 { try await serve(200, 2) }
        #expect(governor.state.rollouts[id]?.step == 0, "the step was passed, but nobody has confirmed")
        #expect(control.judgement(id)?.reason == "It waits for the webhook board.")
        try await serve(500, 300)
        #expect(governor.state.rollouts[id]?.phase == .rolledBack)
        other.answer(.status(200))
        try store.close()
    }

    private static func hookText(_ role: String) throws -> String {
        "kind: webhook\nname: board\nrole: \(role)\nurl: http://127.0.0.1:9/\nsecret_env: K"
    }

    @Test func recordsAreToldInOrderOnceAndWhatFailsIsReported() async throws {
        var world = try World.bot(serving: "v1")
        try world.promote("v2")
        let records = world.records
        let policies = try Self.policies("notify")
        let other = OtherSide(.status(200))
        let notifier = HookNotifier(
            policies: { policies }, start: 0, key: { _ in [1] },
            read: { from, limit in Array(records.dropFirst(Int(from)).prefix(limit)) }, now: { Timestamp(seconds: 5) },
            wait: { _ in }, send: other.take)
        let failures = Mutex<[HookNotifier.Failure]>([])
        let report: @Sendable (HookNotifier.Failure) -> Void = { failure in
            failures.withLock { $0.append(failure) }
        }
        for task in await notifier.tick(size: Int64(records.count), report: report) { await task.value }
        for task in await notifier.tick(size: Int64(records.count), report: report) { await task.value }
        let told = other.received.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(told.count == 2, "registrations are not told unless asked for")
        #expect(told.allSatisfy { $0.contains(#""type":"route.promote""#) })
        #expect(failures.withLock { $0.isEmpty })
        other.answer(.status(500))
        let again = HookNotifier(
            policies: { policies }, start: 0, key: { _ in [1] },
            read: { from, limit in Array(records.dropFirst(Int(from)).prefix(limit)) }, now: { Timestamp(seconds: 5) },
            wait: { _ in }, send: other.take)
        for task in await again.tick(size: Int64(records.count), report: report) { await task.value }
        #expect(failures.withLock { $0.map(\.reason) } == ["it answered 500", "it answered 500"])
        #expect(other.received.count == 2 + 2 * HookNotifier.attempts)
    }
}
