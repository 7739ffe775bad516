import StewardModel
import StewardPolicy
import StewardStatistics
import Testing

@testable import StewardGovernance

/// Experiments with a declared largest sample, on the real state and engine: looks, bounds, overrun, harm in between.
struct ExperimentPlanTests {
    /// Two arms on the real state, with all-time counts that a test moves.
    struct Lane {
        var world: World
        var id: String
        var counts: [ArmCounts]
        let design: Experiment.Design

        init(_ design: Experiment.Design) throws {
            self.design = design
            counts = design.arms.map { _ in
                ArmCounts(
                    events: 900, primary: Tally(hits: 700, trials: 900),
                    guardrails: design.guardrails.map { _ in Tally(hits: 700, trials: 900) })
            }
            world = try World.bot(serving: "v1")
            let start = ExperimentStart(
                deployment: "bot", environment: "production", design: design, counts: counts, reason: nil)
            try world.perform(.startExperiment(start, by: ExperimentTests.ada))
            id = try #require(world.state.activeExperiment("bot", "production")?.id)
        }

        var experiment: Experiment { world.state.experiments[id]! }

        mutating func add(_ hits: [Int64], of trials: [Int64]) {
            for arm in counts.indices {
                let tally = Tally(hits: hits[arm], trials: trials[arm])
                counts[arm].events += trials[arm]
                counts[arm].primary = counts[arm].primary + tally
                counts[arm].guardrails = counts[arm].guardrails.map { $0 + tally }
            }
        }

        /// What the daemon does at a tick.
        @discardableResult
        mutating func tick() throws -> ExperimentReadOut {
            let evidence = ExperimentEvidence(counts: counts)
            let readOut = try #require(ExperimentEngine.readOut(experiment, evidence))
            if let look = readOut.look {
                try world.perform(.lookAtExperiment(look, id: id, record: experiment.record), by: .daemon)
            }
            if let verdict = readOut.verdict {
                try world.perform(
                    .decideExperiment(verdict, id: id, record: experiment.record, evidence), by: .daemon)
            }
            return readOut
        }
    }

    static func design(
        most: Int64 = 4000, looks: Int64 = 4, spending: AlphaSpending = .obrienFleming,
        guardrails: [RolloutGuard] = []
    ) -> Experiment.Design {
        ExperimentTests.design(
            plan: Experiment.Plan(maximumSample: most, looks: looks, spending: spending), guardrails: guardrails)
    }

    @Test func itIsLookedAtWhereItWasPlannedAndNowhereElse() throws {
        var lane = try Lane(Self.design())
        // A difference that any single test would call certain, between looks.
        lane.add([60, 10], of: [450, 450])
        #expect(try lane.tick().verdict == nil)
        #expect(lane.experiment.looks.isEmpty && lane.experiment.phase == .running)
        #expect(try lane.tick().sentence == "900 observations; the next look is at 1000.")
        lane.add([7, 1], of: [50, 50])
        let readOut = try lane.tick()
        #expect(readOut.verdict?.version == "v2")
        #expect(lane.experiment.looks.count == 1 && lane.experiment.phase == .decided)
        let look = try #require(lane.experiment.looks.first)
        #expect(abs((look.bound ?? 0) - 4.3326) < 1e-4, "O'Brien and Fleming's at a quarter of the information")
        #expect(look.record > 0 && look.comparisons.count == 1)
    }

    @Test func looksThatCameLateSpendWhatTheirInformationAllows() throws {
        var lane = try Lane(Self.design(spending: .pocock))
        lane.add([120, 121], of: [1200, 1200])
        try lane.tick()
        try lane.tick()
        #expect(lane.experiment.looks.map(\.observations) == [2400], "two planned looks were passed, one is taken")
        let spent = try #require(lane.experiment.looks.first?.spent)
        #expect(abs(spent - AlphaSpending.pocock.spent(alpha: 0.05, fraction: 0.6)) < 1e-12)
    }

    @Test func whatCameBeyondTheDeclaredSampleIsSaid() throws {
        var lane = try Lane(Self.design())
        lane.add([230, 231], of: [2300, 2300])
        let readOut = try lane.tick()
        #expect(readOut.verdict?.kind == .noDifference)
        #expect(
            readOut.verdict?.explanation
                == "No difference in error_rate was found in 4600 observations, 600 beyond the declared 4000.")
        #expect(lane.experiment.looks.first?.spent == 0.05)
        lane.add([0, 500], of: [2300, 2300])
        #expect(try lane.tick().look == nil, "all is spent: what comes later says nothing more")
        #expect(lane.experiment.verdict?.kind == .noDifference)
    }

    @Test func aSampleRatioThatIsOffLeavesNoLook() throws {
        var lane = try Lane(Self.design())
        lane.add([300, 10], of: [1700, 1200])
        let readOut = try lane.tick()
        #expect(readOut.isSampleRatioMismatch && readOut.look == nil && readOut.verdict == nil)
    }

    static let guardrail = RolloutGuard(metric: .errorRate, limit: .stable(ratio: 1, difference: 0.02))

    @Test func harmStopsItBetweenLooksWhileUndecidedAndWhileTheSampleRatioIsOff() throws {
        var lane = try Lane(Self.design(guardrails: [Self.guardrail]))
        lane.add([3, 60], of: [150, 150])
        #expect(try lane.tick().verdict?.kind == .harm, "long before the first look")
        #expect(lane.experiment.phase == .harmed && lane.world.live == "v1")
        var skewed = try Lane(Self.design(guardrails: [Self.guardrail]))
        skewed.add([6, 260], of: [300, 900])
        let readOut = try skewed.tick()
        #expect(readOut.isSampleRatioMismatch && readOut.verdict?.kind == .harm)
        #expect(skewed.world.live == "v1")
    }

    @Test func harmTakesBackWhatWasDecidedAlready() throws {
        var lane = try Lane(Self.design(guardrails: [Self.guardrail]))
        lane.add([60, 10], of: [500, 500])
        try lane.tick()
        #expect(lane.experiment.phase == .decided)
        lane.add([50, 400], of: [500, 500])
        #expect(try lane.tick().verdict?.kind == .harm)
        #expect(lane.experiment.phase == .harmed && lane.world.live == "v1")
        #expect(lane.world.state.deployments["bot"]?.routes["production"]?.targets.count == 1)
    }

    @Test func harmIsActedOnWhereTheRouteIsFrozen() throws {
        var lane = try Lane(Self.design(guardrails: [Self.guardrail]))
        try lane.world.perform(.freeze(deployment: "bot", environment: "production", reason: nil, decision: nil))
        lane.add([3, 60], of: [150, 150])
        try lane.tick()
        #expect(lane.world.live == "v1" && lane.experiment.phase == .harmed)
    }

    @Test func whatCountsAfterTheEndChangesNothing() throws {
        var lane = try Lane(Self.design())
        lane.add([60, 60], of: [700, 700])
        try lane.tick()
        try lane.world.rollback()
        #expect(lane.experiment.phase == .superseded && lane.experiment.ending?.actor.name == "ada")
        let closing = ExperimentEvidence(counts: lane.counts)
        try lane.world.perform(.closeExperiment(id: lane.id, closing), by: .daemon)
        lane.add([0, 900], of: [0, 5000])
        let again = try lane.world.perform(
            .closeExperiment(id: lane.id, ExperimentEvidence(counts: lane.counts)), by: .daemon)
        #expect(again.isEmpty && lane.experiment.closing == closing)
        let readOut = try #require(ExperimentEngine.readOut(lane.experiment, closing))
        #expect(readOut.observations == 1400 && !readOut.isSampleRatioMismatch && readOut.look == nil)
        #expect(readOut.sentence.hasPrefix("ada changed the route (audit record "))
    }

    @Test func theLogAloneGivesTheSameState() throws {
        var lane = try Lane(Self.design(spending: .power(2.5), guardrails: [Self.guardrail]))
        lane.add([100, 101], of: [600, 600])
        try lane.tick()
        lane.add([120, 20], of: [600, 600])
        try lane.tick()
        #expect(lane.experiment.looks.count == 2)
        try lane.world.perform(
            .concludeExperiment(
                id: lane.id, version: "v2", reason: nil, ExperimentEvidence(counts: lane.counts)))
        var replayed = GovernanceState()
        for record in lane.world.records { replayed.apply(try Record(leaf: record.leaf)) }
        #expect(replayed == lane.world.state)
    }

    static let wrong: [(String, @Sendable (inout Experiment.Design) -> Void)] = [
        ("looks", { $0.plan?.looks = 21 }),
        ("spending_exponent", { $0.plan?.spending = .power(0) }),
        ("spending_exponent", { $0.plan?.spending = .power(.nan) }),
        ("segments", { $0.segments = ["a", "a"] }),
        ("maximum_sample", { $0.allocation = .init(floor: 0.1, interval: .seconds(3600)) }),
        ("floor", { ($0.plan, $0.allocation) = (nil, .init(floor: 0.5, interval: .seconds(3600))) }),
        ("interval_minutes", { ($0.plan, $0.allocation) = (nil, .init(floor: 0.1, interval: .seconds(60))) }),
        (
            "segments",
            { ($0.plan, $0.allocation, $0.segments) = (nil, .init(floor: 0.1, interval: .seconds(3600)), ["plan"]) }
        ),
        ("alpha", { $0.alpha = .nan }),
    ]

    @Test func whatCannotBeCarriedOutIsRefusedByField() throws {
        for (field, change) in Self.wrong {
            var design = Self.design()
            change(&design)
            let error = #expect(throws: StewardError.self) { _ = try Lane(design) }
            #expect(error?.field == field)
        }
    }

    /// Equal versions, on the real engine from counts to verdict; `STEWARD_SIMULATIONS` experiments (20).
    @Test func equalVersionsAreToldApartAsOftenAsDeclared() throws {
        let runs = Simulations.count(20)
        var wrong = 0
        var generator = CoinTosses(seed: 11)
        let start = try Lane(Self.design(most: 2000, looks: 5, spending: .pocock))
        for _ in 0..<runs {
            var lane = start
            for _ in 0..<20 where lane.experiment.phase == .running {
                let hits = (0..<2).map { _ in (0..<50).reduce(Int64(0)) { sum, _ in sum + (generator.hit(0.2) ? 1 : 0) }
                }
                lane.add(hits, of: [50, 50])
                try lane.tick()
            }
            if lane.experiment.verdict?.kind == .winner { wrong += 1 }
        }
        print("equal versions told apart: \(wrong) of \(runs) experiments at α 0.05, seed 11")
        let noise = 4 * (0.05 * 0.95 * Double(runs)).squareRoot()
        #expect(Double(wrong) < 0.05 * Double(runs) + noise)
    }
}
