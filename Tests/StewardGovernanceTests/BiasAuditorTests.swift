import Foundation
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics
import StewardStore
import Synchronization
import Testing

@testable import StewardGovernance

struct BiasAuditorTests {
    private static let policy = """
        kind: bias
        name: hiring
        applies_to: {deployments: [screening]}
        attributes: [sex]
        outcome: {favourable: ["1"]}
        rules: [{measure: impact_ratio, bound: 0.8}]
        schedule: 1h
        gate: {}
        """

    /// A clock and an answer that a test sets.
    private final class World: Sendable {
        private let seconds = Mutex(Int64(1_000_000))
        private let answer = Mutex(FairnessVerdict.pass)
        var now: Timestamp { Timestamp(seconds: seconds.withLock { $0 }) }
        var verdict: FairnessVerdict {
            get { answer.withLock { $0 } }
            set { answer.withLock { $0 = newValue } }
        }
        func advance(_ by: Int64) { seconds.withLock { $0 += by } }
    }

    private func withAuditor(
        _ versions: [String] = ["v1", "v2"],
        _ body: (BiasAuditor, Governor, World, Store) async throws -> Void
    ) async throws {
        let folder = try Folder()
        let store = try Store(folder: folder.path)
        let world = World()
        let governor = try await Governor(store: store, signer: GovernorTests.signer()) { world.now }
        let policies = try PolicySet.load(files: [("hiring.yaml", Self.policy)]) { "\($0.count)" }.get()
        let auditor = BiasAuditor(
            policies: { policies }, governor: governor,
            evidence: .init(
                audit: { request in
                    BiasOutcome(
                        verdict: world.verdict, decisions: 500, sentence: "Because.",
                        measures: [
                            .init(
                                attribute: "sex", measure: "impact_ratio", group: "f", value: 0.5, lower: 0.4,
                                upper: .infinity, bound: 0.8, verdict: world.verdict)
                        ], report: ["version": .string(request.version), "at": .string(request.until.rfc3339)])
                }, versions: { _, _, _, _ in versions }, deployments: { ["other", "screening"] }),
            now: { world.now })
        try await body(auditor, governor, world, store)
        try store.close()
    }

    @Test func aRunIsARecordWithItsReport() async throws {
        try await withAuditor { auditor, governor, world, store in
            let runs = try await auditor.run(
                deployment: "screening", version: nil, policy: nil, by: Actor(.person, "ada"))
            #expect(runs.map(\.run.version) == ["v1", "v2"])
            #expect(runs.map(\.record) == [0, 1])
            let first = try #require(runs.first)
            #expect(first.run.until - first.run.from == .seconds(30 * 86_400))
            let report = try await governor.spec(digest: first.run.report)
            #expect(report?["version"] == "v1")
            #expect(governor.state.biasRuns["screening"]?.map(\.run.id) == runs.map(\.run.id))
            let restarted = try await Governor(store: store, signer: GovernorTests.signer()) { world.now }
            let kept = try #require(restarted.state.biasRuns["screening"]?.first)
            #expect(kept.run.measures.first?.upper == nil, "infinity is no number of JSON")
            #expect(kept.run.sentence == "Because." && kept.actor == Actor(.person, "ada"))
        }
    }

    /// A disparity is stated once, survives a restart, and ends with the audit that does not fail.
    @Test(arguments: [FairnessVerdict.pass, .insufficient])
    func aFailedAuditIsAFindingUntilOneDoesNotFail(next: FairnessVerdict) async throws {
        try await withAuditor(["v1"]) { auditor, governor, world, store in
            func audit(_ verdict: FairnessVerdict) async throws {
                world.verdict = verdict
                world.advance(60)
                _ = try await auditor.run(deployment: "screening", version: nil, policy: nil, by: .daemon)
            }
            try await audit(.insufficient)
            #expect(governor.state.openFindings.isEmpty)
            try await audit(.fail)
            try await audit(.fail)
            let open = try #require(governor.state.openFindings.values.first)
            #expect(governor.state.openFindings.count == 1)
            #expect(open.finding.kind == "disparity" && open.finding.environment == "production")
            #expect(open.finding.title == "f by sex: impact ratio 0.500, where the bound is 0.800")
            let disparity = try #require(open.finding.disparity)
            #expect(disparity.policy == "hiring" && disparity.sampleSize == 500 && disparity.worst.group == "f")
            let restarted = try await Governor(store: store, signer: GovernorTests.signer()) { world.now }
            #expect(restarted.state.openFindings[open.finding.id]?.finding.disparity?.worst.value == 0.5)
            world.verdict = next
            _ = try await auditor.run(
                deployment: "screening", version: nil, policy: nil, until: world.now - .seconds(86_400), by: .daemon)
            #expect(governor.state.openFindings.count == 1, "the past resolves nothing")
            try await audit(next)
            #expect(governor.state.openFindings.isEmpty)
            #expect(governor.state.resolvedFindings.map(\.finding.id) == [open.finding.id])
        }
    }

    @Test(arguments: [("elsewhere", nil), ("screening", "unheard-of")] as [(String, String?)])
    func whatNoPolicyAuditsIsAnError(deployment: String, policy: String?) async throws {
        try await withAuditor { auditor, governor, _, _ in
            await #expect(throws: StewardError.self) {
                _ = try await auditor.run(deployment: deployment, version: "v1", policy: policy, by: .daemon)
            }
            #expect(governor.state.size == 0)
        }
        try await withAuditor([]) { auditor, _, _, _ in
            await #expect(throws: StewardError.self) {
                _ = try await auditor.run(deployment: "screening", version: nil, policy: nil, by: .daemon)
            }
        }
    }

    private static let rollout = """
        kind: rollout
        name: canary
        applies_to: {deployments: [screening]}
        steps: [{weight: 10, minimum_sample: 100, minimum_time: 1m}]
        guards: [{metric: error_rate, above_stable: {difference: 0.05}}]
        deadline: 1h
        """

    /// A canary gathers the decisions that its audit needs; it comes to serve most only when the audit passes.
    @Test func aRolloutWaitsForItsAuditBeforeItServesMost() async throws {
        try await withAuditor { auditor, governor, world, _ in
            for version in ["v1", "v2"] {
                try await governor.perform(
                    .registerVersion(deployment: "screening", name: version, digest: version), by: .daemon)
            }
            try await governor.perform(
                .promote(deployment: "screening", environment: "production", version: "v1", reason: nil), by: .daemon)
            let policies = try PolicySet.load(files: [("canary.yaml", Self.rollout)]) { "\($0.count)" }.get()
            let served = Mutex(Int64(0))
            let control = RolloutControl(
                governor: governor, policies: { policies },
                measurer: RolloutMeasurer(
                    counts: { _ in
                        let count = served.withLock { $0 }
                        let tally = [Tally(hits: 0, trials: count)]
                        return RolloutCounts(events: count, canary: tally, stable: tally)
                    }, value: { _, _ in nil }),
                gate: {
                    try await auditor.requirement(
                        deployment: $0.deployment, environment: $0.environment, version: $0.version)
                },
                hooks: HookDesk(
                    policies: { policies }, key: { _ in nil }, now: { world.now }, send: { _ in .silence("") }),
                now: { world.now })
            let rollout = try await control.start(
                deployment: "screening", environment: "production", version: "v2", policy: nil, isRetry: false,
                reason: nil, by: .daemon
            ).rollout
            func live() throws -> Rollout { try #require(governor.state.rollouts[rollout.id]) }
            func ticks() async throws {
                for _ in 0..<4 {
                    served.withLock { $0 += 500 }
                    world.advance(61)
                    try await control.tick()
                }
            }
            world.verdict = .insufficient
            try await ticks()
            #expect(try live().phase == .paused)
            #expect(governor.state.biasRuns["screening"]?.count == 1, "it is asked once, not at every tick")
            let route = try governor.state.route("screening", "production")
            #expect(route.targets.mainVersion == "v1")
            world.verdict = .pass
            try await governor.perform(
                .requestRollout(.resume, id: rollout.id, reason: nil, by: Actor(.person, "ada")),
                by: Actor(.person, "ada"))
            try await ticks()
            #expect(try live().phase == .completed)
            #expect(try governor.state.route("screening", "production").targets.mainVersion == "v2")
        }
    }

    @Test func schedulesRunWhatIsDueAndNothingElse() async throws {
        try await withAuditor { auditor, governor, world, _ in
            try await auditor.tick()
            #expect(governor.state.biasRuns["screening"]?.map(\.run.trigger) == [.schedule, .schedule])
            #expect(governor.state.biasRuns["other"] == nil)
            world.advance(3599)
            try await auditor.tick()
            #expect(governor.state.size == 2)
            world.advance(1)
            try await auditor.tick()
            #expect(governor.state.size == 4)
            #expect(governor.state.latestBiasRuns.map(\.record) == [2, 3])
        }
    }

    @Test(
        arguments: [
            (FairnessVerdict.pass, nil), (.fail, "fail"), (.insufficient, "inconclusive"),
        ] as [(FairnessVerdict, String?)])
    func promotionsWaitForTheirAudit(verdict: FairnessVerdict, refusal: String?) async throws {
        try await withAuditor { auditor, governor, world, _ in
            for version in ["v1", "v2"] {
                try await governor.perform(
                    .registerVersion(deployment: "screening", name: version, digest: version), by: .daemon)
            }
            world.verdict = verdict
            let ungated = try await auditor.requirement(
                deployment: "screening", environment: "staging", version: "v2")
            #expect(ungated.map { _ in true } == nil)
            let gate = try #require(
                try await auditor.requirement(deployment: "screening", environment: "production", version: "v2"))
            let promote = Command.promote(
                deployment: "screening", environment: "production", version: "v2", reason: nil)
            do {
                try await governor.perform([gate, promote], by: .daemon)
                #expect(refusal == nil)
                #expect(governor.state.deployments["screening"]?.routes["production"]?.targets.first?.version == "v2")
            } catch let error as StewardError {
                let gates = try #require(error.details.first { $0.name == "gates" })
                let row = try JSONValue(parsing: Array(gates.json.utf8)).array?.first
                #expect(row?["verdict"]?.string == refusal)
                #expect(row?["sample_size"] == 500)
                #expect(row?["threshold"]?.double == 0.8)
                #expect(governor.state.deployments["screening"]?.routes["production"] == nil)
            }
            #expect(governor.state.biasRuns["screening"]?.last?.run.trigger == .promotion, "recorded either way")
        }
    }

    /// An audit that failed in the meantime counts, although an earlier one passed.
    @Test func theLatestAuditCounts() async throws {
        try await withAuditor { auditor, governor, world, _ in
            let gate = try #require(
                try await auditor.requirement(deployment: "screening", environment: "production", version: "v2"))
            world.advance(1)
            world.verdict = .fail
            _ = try await auditor.run(deployment: "screening", version: "v2", policy: nil, by: .daemon)
            await #expect(throws: StewardError.self) { try await governor.perform(gate, by: .daemon) }
        }
    }
}
