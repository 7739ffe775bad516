import Foundation
import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

/// The promises of the guard, played on the real engine. STEWARD_SIMULATED_CANARIES plays more of them.
struct RolloutSimulationTests {
    static let runs = ProcessInfo.processInfo.environment["STEWARD_SIMULATED_CANARIES"].flatMap { Int($0) } ?? 40

    /// What is held is played to its deadline, which takes long.
    static let heldRuns = max(3, runs / 20)

    static func play(
        canary: Double, perSecond: Double = 1000, seed: UInt64, traffic: RolloutSimulation.Traffic = .steady,
        runs: Int = runs
    ) throws -> RolloutSimulation.Outcome {
        var simulation = try RolloutSimulation(
            try RolloutLane.policy(),
            .init(
                stableRate: 0.02, canaryRate: canary, requestsPerSecond: perSecond, lookSeconds: 2, runs: runs,
                seed: seed, traffic: traffic))
        return try simulation.run()
    }

    @Test func aHarmlessVersionIsRolledBackAtMostAsOftenAsPromised() throws {
        let outcome = try Self.play(canary: 0.02, seed: 7)
        print("harmless: \(outcome.rolledBack) of \(outcome.runs) rolled back, seed 7")
        #expect(outcome.rolledBack <= max(1, Self.runs / 100))
        #expect(outcome.completed == outcome.runs - outcome.rolledBack)
    }

    /// 5 % of 1000 requests a second are 50 into the canary.
    @Test func threeTimesTheErrorsAreRolledBackBeforeManyAreHarmed() throws {
        let outcome = try Self.play(canary: 0.06, seed: 8)
        let harmed = try #require(RolloutSimulation.Outcome.median(outcome.harmed))
        let served = RolloutSimulation.Outcome.median(outcome.served) ?? 0
        print("2 % → 6 %: median \(harmed) failed of \(served) served before the rollback, seed 8")
        #expect(outcome.rolledBack == outcome.runs)
        #expect(harmed <= 150)
    }

    @Test(arguments: [(RolloutSimulation.Traffic.none, 0), (.notANumber, 0), (.stops, 1)])
    func withoutEvidenceItIsHeldAndNeverAdvanced(traffic: RolloutSimulation.Traffic, step: Int) throws {
        for canary in [0.02, 0.5] where traffic != .stops || canary == 0.02 {
            let outcome = try Self.play(canary: canary, seed: 9, traffic: traffic, runs: Self.heldRuns)
            print(
                "\(traffic.rawValue): \(outcome.undecided) of \(outcome.runs) held in step \(outcome.furthestStep + 1)")
            #expect(outcome.undecided == outcome.runs)
            #expect(outcome.furthestStep == step)
        }
    }

    @Test func metricsThatComeLateAreWaitedFor() throws {
        let outcome = try Self.play(canary: 0.02, seed: 10, traffic: .delayed, runs: Self.heldRuns)
        let first = try #require(outcome.firstAdvanceSeconds)
        print("delayed by 900 s: the first of \(outcome.runs) left its first step after \(first) s")
        #expect(first >= RolloutSimulation.Traffic.delay.components.seconds)
        let bad = try Self.play(canary: 0.2, seed: 11, traffic: .delayed, runs: Self.heldRuns)
        #expect(bad.rolledBack == bad.runs)
    }

    struct Watched: Sendable, CustomTestStringConvertible {
        var rule: String
        var stable: Double
        /// The worst that is still within the margin, and what is beyond it.
        var within: Double
        var harm: Double
        var testDescription: String { rule }
    }

    static let watched = [
        Watched(rule: "metric: error_rate, above: 0.03", stable: 0.02, within: 0.03, harm: 0.09),
        Watched(rule: "metric: refusal_rate, above_stable: {ratio: 1.5}", stable: 0.04, within: 0.06, harm: 0.15),
        Watched(rule: "metric: refusal_rate, above: 0.1", stable: 0.04, within: 0.1, harm: 0.2),
        Watched(
            rule: "metric: latency_p95_seconds, above_stable: {ratio: 1.2}", stable: 0.05, within: 0.05, harm: 0.15),
        Watched(rule: "metric: cost_mean_dollars, above_stable: {ratio: 1.2}", stable: 0.01, within: 0.012, harm: 0.02),
        Watched(
            rule: "metric: cost_mean_dollars, above_stable: {difference: 0.002}", stable: 0.01, within: 0.012,
            harm: 0.02),
        Watched(rule: "metric: output_tokens_mean, above: 600", stable: 500, within: 600, harm: 1000),
    ]

    /// On the edge of its margin a version is as hard to tell from a harmful one as it can be.
    @Test(arguments: watched)
    func everyKindOfGuardKeepsItsPromise(_ watched: Watched) throws {
        let text = RolloutLane.policyText.replacing(
            "metric: error_rate, above_stable: {difference: 0.01}", with: watched.rule)
        let policy = try RolloutLane.policy(text)
        for (name, level) in [("as good", watched.stable), ("on its edge", watched.within), ("harmful", watched.harm)] {
            var simulation = try RolloutSimulation(
                policy,
                .init(
                    stableRate: watched.stable, canaryRate: level, requestsPerSecond: 100, runs: Self.runs, seed: 12))
            let outcome = try simulation.run()
            let seconds =
                RolloutSimulation.Outcome.median(outcome.seconds).map { ", half of them within \($0) s" } ?? ""
            print(
                "\(watched.rule): \(name), \(outcome.rolledBack) of \(outcome.runs) rolled back\(seconds), seed 12")
            if name == "harmful" {
                #expect(outcome.rolledBack == outcome.runs)
            } else {
                #expect(outcome.rolledBack <= max(1, Self.runs / 100))
            }
        }
    }

    /// Parts are played side by side, and add up to the same whatever their order.
    @Test func partsAddUpInAnyOrder() throws {
        let policy = try RolloutLane.policy()
        let scenario = RolloutSimulation.Scenario(
            stableRate: 0.02, canaryRate: 0.06, requestsPerSecond: 200, runs: 120, seed: 3)
        #expect(scenario.parts.map(\.runs) == [100, 20])
        #expect(Set(scenario.parts.map(\.seed)).count == 2)
        let outcomes = try scenario.parts.map { part in
            var simulation = try RolloutSimulation(policy, part)
            return try simulation.run()
        }
        var (forwards, backwards) = (RolloutSimulation.Outcome(), RolloutSimulation.Outcome())
        for outcome in outcomes { forwards.add(outcome) }
        for outcome in outcomes.reversed() { backwards.add(outcome) }
        #expect(forwards == backwards)
        #expect(forwards.runs == 120)
    }

    @Test func whatCannotBePlayedIsRefused() throws {
        let policy = try RolloutLane.policy()
        func problem(_ scenario: RolloutSimulation.Scenario) -> String? {
            #expect(throws: StewardError.self) { try RolloutSimulation(policy, scenario) }?.field
        }
        #expect(
            problem(.init(stableRate: 1, canaryRate: 2, metric: .costMean, requestsPerSecond: 1)) == "metric")
        #expect(problem(.init(stableRate: 0.1, canaryRate: 1.5, requestsPerSecond: 1)) == "harm")
        #expect(problem(.init(stableRate: 0.1, canaryRate: 0.2, requestsPerSecond: .nan)) == "rate")
        #expect(problem(.init(stableRate: 0.1, canaryRate: 0.2, spread: -1, requestsPerSecond: 1)) == "spread")
    }

    @Test func theSameSeedPlaysTheSame() throws {
        #expect(try Self.play(canary: 0.06, seed: 8) == Self.play(canary: 0.06, seed: 8))
    }
}
