import Foundation
import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance

/// The promises of the guard, played on the real engine. STEWARD_SIMULATED_CANARIES plays more of them.
struct RolloutSimulationTests {
    static let runs = ProcessInfo.processInfo.environment["STEWARD_SIMULATED_CANARIES"].flatMap { Int($0) } ?? 60

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

    @Test func theSameSeedPlaysTheSame() throws {
        #expect(try Self.play(canary: 0.06, seed: 8) == Self.play(canary: 0.06, seed: 8))
    }
}
