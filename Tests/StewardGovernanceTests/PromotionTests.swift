import Foundation
import StewardModel
import StewardPolicy
import StewardStore
import Testing

@testable import StewardGovernance

struct PromotionTests {
    static let ada = Actor(.person, "ada")

    static let text = """
        kind: promotion
        name: production
        gates:
          - {metric: error_rate, environment: staging, window: 24h, at_most: 0.02, minimum_sample: 200}
          - {evaluation: weekly, at_least: 0.9, maximum_age: 7d}
          - {findings: none}
          - {card: [purpose, owner]}
          - {lifecycle: supported}
        approvals: {count: 2, valid_for: 1d}
        windows:
          - {days: [mon, tue, wed, thu], from: "09:00", to: "17:00", utc_offset: "+01:00"}
        """

    /// Wednesday, 2026-03-04, 10:00 in UTC+1.
    static let open = Timestamp(rfc3339: "2026-03-04T09:00:00Z")!

    static func control(
        _ governor: Governor, _ text: String = text, measured: StewardModel.Measurement, now: Timestamp = open
    ) throws -> PromotionControl {
        let policies = try PolicySet.load(files: [("p.yaml", text)]) { _ in "d" }.get()
        return PromotionControl(
            governor: governor, policies: { policies }, measure: { _, _, _ in measured },
            budget: { $0 == "search" ? 85 : nil }, now: { now })
    }

    static let request = PromotionRequest(
        deployment: "bot", environment: "production", version: "v1", reason: "better")

    private func withGovernor(_ body: (Governor) async throws -> Void) async throws {
        let folder = try Folder()
        let store = try Store(folder: folder.path)
        let governor = try await Governor(store: store, signer: GovernorTests.signer()) { Self.open }
        try await governor.perform(
            .registerVersion(deployment: "bot", name: "v1", digest: "sha256:1"), by: Self.ada)
        try await body(governor)
        try store.close()
    }

    @Test func everyGateIsToldWithItsNumbersAndMissingEvidenceIsNoPass() async throws {
        try await withGovernor { governor in
            let control = try Self.control(governor, measured: StewardModel.Measurement(value: nil, sampleSize: 0))
            let gates = try await control.gates(Self.request)
            #expect(
                gates.map(\.name) == [
                    "error_rate in staging", "evaluation weekly", "findings", "card", "lifecycle", "change window",
                    "approvals",
                ])
            #expect(
                gates.map(\.verdict) == [
                    .inconclusive, .inconclusive, .pass, .fail, .pass, .pass, .inconclusive,
                ])
            #expect(governor.state.approvals.isEmpty, "looking asks nobody")
            let error = await #expect(throws: StewardError.self) {
                try await control.require(Self.request, by: Self.ada)
            }
            #expect(error?.code == .refused)
            #expect(error?.details.first?.json.contains(#""name":"error_rate in staging""#) == true)
        }
    }

    @Test(
        arguments: [
            (0.01, 500, Verdict.pass), (0.02, 500, .pass), (0.03, 500, .fail), (0.0, 199, .inconclusive),
            (.nan, 500, .inconclusive),
        ] as [(Double, Int64, Verdict)])
    func aMetricGate(value: Double, n: Int64, verdict: Verdict) async throws {
        try await withGovernor { governor in
            let control = try Self.control(governor, measured: StewardModel.Measurement(value: value, sampleSize: n))
            #expect(try await control.gates(Self.request).first?.verdict == verdict)
        }
    }

    @Test func whatIsAttachedAndAgreedToLetsItThroughOnce() async throws {
        try await withGovernor { governor in
            let control = try Self.control(governor, measured: StewardModel.Measurement(value: 0.01, sampleSize: 500))
            let notes: [VersionNote] = [
                .card(["purpose": "answers", "owner": "team a"]),
                .evaluation(.init(name: "weekly", score: 0.93, sampleSize: 400, reference: nil, sha256: nil)),
            ]
            for note in notes {
                try await governor.perform(.noteVersion(note, deployment: "bot", version: "v1"), by: Self.ada)
            }
            await #expect(throws: StewardError.self) { try await control.require(Self.request, by: Self.ada) }
            await #expect(throws: StewardError.self) { try await control.require(Self.request, by: Self.ada) }
            #expect(governor.state.approvals.count == 1, "asked once, however often it is tried")
            let id = try #require(governor.state.approvals.keys.first)
            let own = await #expect(throws: StewardError.self) {
                try await governor.perform(
                    .answerApproval(id: id, approve: true, reason: nil, by: Self.ada, roles: [.operator]), by: Self.ada)
            }
            #expect(own?.message.contains("four eyes") == true)
            for name in ["grace", "grace", "joan"] {
                await #expect(throws: StewardError.self) { try await control.require(Self.request, by: Self.ada) }
                let actor = Actor(.person, name)
                try await governor.perform(
                    .answerApproval(id: id, approve: true, reason: nil, by: actor, roles: [.operator]), by: actor)
            }
            try await control.require(Self.request, by: Self.ada)
            try await governor.perform(
                .promote(deployment: "bot", environment: "production", version: "v1", reason: nil), by: Self.ada)
            #expect(governor.state.approvals[id]?.status == .used)
            await #expect(throws: StewardError.self) { try await control.require(Self.request, by: Self.ada) }
        }
    }

    @Test func approvalsExpireAndRejectionsStand() async throws {
        try await withGovernor { governor in
            let text = Self.text.replacing("count: 2", with: "count: 1")
            let later = try Self.control(
                governor, text, measured: StewardModel.Measurement(value: 0.01, sampleSize: 500),
                now: Self.open + .seconds(86_400))
            let now = try Self.control(governor, text, measured: StewardModel.Measurement(value: 0.01, sampleSize: 500))
            try await governor.perform(
                .requestApproval(
                    deployment: "bot", environment: "production", version: "v1", reason: nil, by: Self.ada),
                by: Self.ada)
            let id = try #require(governor.state.approvals.keys.first)
            let grace = Actor(.person, "grace")
            try await governor.perform(
                .answerApproval(id: id, approve: true, reason: nil, by: grace, roles: [.operator]), by: grace)
            #expect(try await now.gates(Self.request).last?.verdict == .pass)
            #expect(try await later.gates(Self.request).last?.verdict == .inconclusive)
            try await governor.perform(
                .answerApproval(id: id, approve: false, reason: "no", by: grace, roles: [.operator]), by: grace)
            #expect(try await now.gates(Self.request).last?.verdict == .inconclusive)
        }
    }

    @Test func aPolicyThatWarnsHoldsUpNothing() async throws {
        try await withGovernor { governor in
            let control = try Self.control(
                governor, Self.text + "\nmode: warn", measured: StewardModel.Measurement(value: 0.9, sampleSize: 500))
            #expect(try await control.gates(Self.request).first?.verdict == .fail)
            try await control.require(Self.request, by: Self.ada)
        }
    }

    @Test func whatAShadowPolicyWouldRefuseIsOnRecordAndHoldsUpNothing() async throws {
        try await withGovernor { governor in
            let control = try Self.control(
                governor, Self.text + "\nmode: shadow", measured: StewardModel.Measurement(value: 0.9, sampleSize: 500))
            try await control.require(Self.request, by: Self.ada)
            let record = try #require(governor.state.deployments["bot"]?.history.last)
            guard case .policyDecided(_, _, let version, let decision) = record.change else {
                Issue.record("\(record)")
                return
            }
            #expect(version == "v1")
            #expect(decision.mode == "shadow" && decision.action == "refuse")
            #expect(decision.explanation.contains("error_rate in staging: 0.9 over 500 events"))
            #expect(governor.state.approvals.isEmpty, "nobody is asked")
        }
    }

    @Test func budgetsAndAuditsAreGatesAndMissingOnesAreNoPass() async throws {
        try await withGovernor { governor in
            let text = """
                kind: promotion
                name: careful
                gates:
                  - {budget: search, at_most_percent: 90}
                  - {budget: search, at_most_percent: 80}
                  - {budget: other, at_most_percent: 80}
                  - {audit: hiring}
                """
            let control = try Self.control(governor, text, measured: StewardModel.Measurement(value: 0, sampleSize: 9))
            let gates = try await control.gates(Self.request)
            #expect(gates.map(\.verdict) == [.pass, .fail, .inconclusive, .inconclusive])
            #expect(gates.map(\.name) == ["budget search", "budget search", "budget other", "bias audit hiring"])
        }
    }

    /// Tokens are not people, and a role is asked of the token that answers.
    @Test func fourEyesArePeoplesAndApprovalsHaveRoles() async throws {
        try await withGovernor { governor in
            let text = "kind: promotion\nname: p\napprovals: {count: 1, roles: [auditor]}"
            let control = try Self.control(governor, text, measured: StewardModel.Measurement(value: 0, sampleSize: 9))
            let laptop = Actor(.person, "ada-laptop", owner: "ada"), phone = Actor(.person, "ada-phone", owner: "ada")
            try await governor.perform(
                .requestApproval(
                    deployment: "bot", environment: "production", version: "v1", reason: nil, by: laptop), by: laptop)
            let id = try #require(governor.state.approvals.keys.first)
            #expect(governor.state.approvals[id]?.requestedBy == "ada")
            await #expect(throws: StewardError.self) {
                try await governor.perform(
                    .answerApproval(id: id, approve: true, reason: nil, by: phone, roles: [.auditor]), by: phone)
            }
            let grace = Actor(.person, "grace-1", owner: "grace")
            try await governor.perform(
                .answerApproval(id: id, approve: true, reason: nil, by: grace, roles: [.operator]), by: grace)
            #expect(try await control.gates(Self.request).last?.verdict == .inconclusive)
            let alan = Actor(.person, "alan")
            try await governor.perform(
                .answerApproval(id: id, approve: true, reason: nil, by: alan, roles: [.auditor]), by: alan)
            #expect(try await control.gates(Self.request).last?.verdict == .pass)
        }
    }

    /// Every shipped policy of a kind that can have cases has them beside it, and they come out.
    @Test(arguments: ["rollback", "rollout", "promotion"])
    func shippedPoliciesHaveCasesThatComeOut(kind: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../policies/\(kind)").standardized
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let policies = names.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }
        #expect(!policies.isEmpty)
        for name in policies {
            let path = folder.appending(path: name).path
            let document = try PolicyDocument.parse(file: name, text: String(contentsOfFile: path, encoding: .utf8))
                .get()
            let cases = path.dropLast(".yaml".count) + ".test.yaml"
            let tests = try PolicyTestFile.parse(
                file: name, text: String(contentsOfFile: String(cases), encoding: .utf8)
            ).get()
            #expect(PolicyTesting.failures(document, tests) == [], "\(name)")
            #expect(Set(tests.cases.map(\.expectation)).count > 1, "\(name) is tried from both sides")
        }
    }

    @Test func casesOfAPromotionPolicyAskEveryGate() throws {
        guard case .promotion(let policy) = try PolicyDocument.parse(file: "p", text: Self.text).get() else { return }
        let text = """
            cases:
              - name: good
                version:
                  metrics: {error_rate: {value: 0.01, sample: 500}}
                  evaluations: {weekly: {score: 0.95}}
                  card: [purpose, owner]
                expect: promoted
            """
        let given = try PolicyTestFile.parse(file: "p.test.yaml", text: text).get().cases.first?.given
        guard case .version(var good) = try #require(given) else {
            Issue.record("the case gives no version")
            return
        }
        good.approvals = 2
        good.time = Self.open
        #expect(PolicyTesting.promotion(policy, good) == ("promoted", "Every gate passes."))
        let spoiled: [(inout PromotionTestCase) -> Void] = [
            { $0.metrics = [:] }, { $0.evaluations["weekly"] = 0.5 }, { $0.findings = 1 }, { $0.card = ["purpose"] },
            { $0.isDeprecated = true }, { $0.approvals = 1 }, { $0.time = nil },
        ]
        for (index, spoil) in spoiled.enumerated() {
            var version = good
            spoil(&version)
            #expect(PolicyTesting.promotion(policy, version).0 == "refused", "\(index)")
        }
    }

    @Test func deprecatedVersionsAndOldEvaluationsAreRefused() async throws {
        try await withGovernor { governor in
            let old = Self.open - .seconds(86_400)
            try await governor.perform(
                .noteVersion(
                    .deprecation(.init(deprecated: old, endOfLife: nil, successor: nil)), deployment: "bot",
                    version: "v1"), by: Self.ada)
            try await governor.perform(
                .noteVersion(
                    .evaluation(.init(name: "weekly", score: 0.99, sampleSize: nil, reference: nil, sha256: nil)),
                    deployment: "bot", version: "v1"), by: Self.ada)
            let control = try Self.control(
                governor, measured: StewardModel.Measurement(value: 0, sampleSize: 900),
                now: Self.open + .seconds(8 * 86_400))
            let gates = try await control.gates(Self.request)
            #expect(gates.first { $0.name == "lifecycle" }?.verdict == .fail)
            #expect(gates.first { $0.name == "evaluation weekly" }?.verdict == .inconclusive)
        }
    }

    @Test(arguments: [
        ("2026-03-04T07:59:00Z", false), ("2026-03-04T08:00:00Z", true), ("2026-03-04T15:59:59Z", true),
        ("2026-03-04T16:00:00Z", false), ("2026-03-06T10:00:00Z", false), ("1969-12-31T10:00:00Z", true),
    ])
    func changeWindows(time: String, isOpen: Bool) throws {
        let window = ChangeWindow(days: [0, 1, 2, 3], minutes: 540..<1020, utcOffsetMinutes: 60)
        #expect(window.contains(try #require(Timestamp(rfc3339: time))) == isOpen)
    }

    @Test func notesAreCheckedAndReplayed() throws {
        var world = try World.bot(serving: "v1")
        let notes: [VersionNote] = [
            .card(["purpose": "answers"]),
            .evaluation(
                .init(
                    name: "weekly", score: 0.93, sampleSize: 400, reference: "s3://x",
                    sha256: String(repeating: "a", count: 64))),
            .deprecation(
                .init(deprecated: Timestamp(seconds: 5), endOfLife: Timestamp(seconds: 9), successor: "v2")),
        ]
        for note in notes { try world.perform(.noteVersion(note, deployment: "bot", version: "v1")) }
        try world.perform(
            .requestApproval(
                deployment: "bot", environment: "production", version: "v2", reason: "x", by: Self.ada), by: Self.ada)
        let id = try #require(world.state.approvals.keys.first)
        let grace = Actor(.person, "grace")
        try world.perform(.answerApproval(id: id, approve: true, reason: nil, by: grace, roles: [.operator]), by: grace)
        var replayed = GovernanceState()
        for record in world.records { replayed.apply(try Record(leaf: record.leaf)) }
        #expect(replayed == world.state)
        let bad: [(VersionNote, String)] = [
            (.card(["colour": "red"]), "card.colour"),
            (.evaluation(.init(name: "w", score: .nan, sampleSize: nil, reference: nil, sha256: nil)), "score"),
            (.evaluation(.init(name: "w", score: 1, sampleSize: nil, reference: nil, sha256: "zz")), "sha256"),
            (
                .deprecation(
                    .init(deprecated: Timestamp(seconds: 5), endOfLife: Timestamp(seconds: 4), successor: nil)),
                "end_of_life"
            ),
            (.deprecation(.init(deprecated: Timestamp(seconds: 5), endOfLife: nil, successor: "v99")), "successor"),
        ]
        for (note, field) in bad {
            let error = #expect(throws: StewardError.self) {
                _ = try world.state.decide(.noteVersion(note, deployment: "bot", version: "v1"))
            }
            #expect(error?.field == field)
        }
    }
}
