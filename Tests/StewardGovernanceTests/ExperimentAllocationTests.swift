import StewardModel
import StewardPolicy
import StewardStatistics
import Testing

@testable import StewardGovernance

/// Weights that follow the outcome: what moves them, what keeps them, and that they confound nothing.
struct ExperimentAllocationTests {
    static func design(floor: Double = 0.1, guardrails: [RolloutGuard] = []) -> Experiment.Design {
        var design = ExperimentTests.design(guardrails: guardrails)
        design.allocation = .init(floor: floor, interval: .seconds(3600))
        return design
    }

    /// An experiment, and the time its weights have been in force since.
    static func running(_ design: Experiment.Design = design()) throws -> (world: World, id: String) {
        try ExperimentTests.world(design)
    }

    static func period(_ weights: [Int64], _ arms: [(trials: Int64, hits: Int64)]) -> ExperimentPeriod {
        ExperimentPeriod(
            weights: weights, from: Timestamp(seconds: 0), until: Timestamp(seconds: 3600),
            counts: arms.map { ArmCounts(events: $0.trials, primary: Tally(hits: $0.hits, trials: $0.trials)) })
    }

    static func evidence(_ arms: [(trials: Int64, hits: Int64)], _ weights: [Int64] = [500, 500]) -> ExperimentEvidence
    {
        ExperimentEvidence(
            counts: ExperimentTests.counts(arms, before: 500), period: period(weights, arms))
    }

    static func change(
        _ experiment: Experiment, _ evidence: ExperimentEvidence, after seconds: Int64 = 3600, seed: Int64 = 1
    ) -> Reweighing? {
        ExperimentAllocation.reweigh(
            experiment, evidence, seed: seed, now: experiment.weightsSince + .seconds(seconds))
    }

    @Test func weightsFollowTheOutcomeDownToTheFloorAndAreOnRecord() throws {
        var (world, id) = try Self.running()
        let experiment = try world.state.experiment(id)
        #expect(experiment.weights == [500, 500])
        let change = try #require(Self.change(experiment, Self.evidence([(600, 90), (600, 30)])))
        #expect(change.weights == [100, 900], "the control keeps its floor")
        #expect(change.chances[1] > 0.99 && change.beliefs[1].isRate)
        let changes = try world.perform(
            .reweighExperiment(change, id: id, record: experiment.record), by: Actor(.policy, "prompt"))
        #expect(changes.map(\.action) == ["experiment.reweigh", "route.set"])
        let plan = world.state.deployments["bot"]?.routes["production"]?.plan
        #expect(plan?.targets == [Target(version: "v2", weight: 900), Target(version: "v1", weight: 100)])
        #expect(try world.state.experiment(id).phase == .running)
        let stale = try world.perform(.reweighExperiment(change, id: id, record: experiment.record))
        #expect(stale.isEmpty, "it was decided on another state")
        var replayed = GovernanceState()
        for record in world.records { replayed.apply(try Record(leaf: record.leaf)) }
        #expect(replayed == world.state)
    }

    @Test func itBeginsWithTheDeclaredShares() throws {
        var design = Self.design()
        design.arms = [.init(version: "v1", weight: 9), .init(version: "v2", weight: 1)]
        let (world, id) = try Self.running(design)
        #expect(try world.state.experiment(id).weights == [900, 100])
        design.arms[0].weight = 10
        let error = #expect(throws: StewardError.self) { try Self.running(design) }
        #expect(error?.field == "arms[1].weight", "below the floor")
    }

    @Test func theRecordIsEnoughToDrawTheSameWeightsAgain() throws {
        let (world, id) = try Self.running()
        let experiment = try world.state.experiment(id)
        let evidence = Self.evidence([(400, 40), (400, 36)])
        let change = try #require(Self.change(experiment, evidence, seed: -77))
        #expect(Self.change(experiment, evidence, seed: change.seed) == change)
        var generator = SplitMix64(seed: UInt64(bitPattern: change.seed))
        let chances = ThompsonSampling.chances(
            change.beliefs, lowerIsBetter: true, draws: ExperimentAllocation.draws, &generator)
        #expect(chances == change.chances)
    }

    @Test func theyStayBeforeTheirTimeWithTooLittleSeenAndForSmallChanges() throws {
        let (world, id) = try Self.running()
        let experiment = try world.state.experiment(id)
        let clear = Self.evidence([(600, 90), (600, 30)])
        #expect(Self.change(experiment, clear, after: 3599) == nil)
        #expect(Self.change(experiment, Self.evidence([(600, 90), (99, 1)])) == nil)
        #expect(
            Self.change(experiment, Self.evidence([(600, 60), (600, 60)])) == nil, "a change too small to move for")
        #expect(Self.change(experiment, ExperimentEvidence(counts: clear.counts)) == nil, "no minute has settled")
        var frozen = world
        try frozen.perform(.freeze(deployment: "bot", environment: "production", reason: nil, decision: nil))
        let change = try #require(Self.change(experiment, clear))
        #expect(try frozen.perform(.reweighExperiment(change, id: id, record: experiment.record)).isEmpty)
        var decided = experiment
        decided.phase = .decided
        #expect(Self.change(decided, clear) == nil)
    }

    @Test func onlySettledMinutesCount() throws {
        let (world, id) = try Self.running()
        var experiment = try world.state.experiment(id)
        experiment.weightsSince = Timestamp(seconds: 600 + 30)
        #expect(ExperimentAllocation.settled(experiment, now: Timestamp(seconds: 780)) == nil)
        // The minute of the change is left out, and those of the last two minutes.
        #expect(ExperimentAllocation.settled(experiment, now: Timestamp(seconds: 1205)) == 11..<18)
    }

    /// Errors get rarer over time for everybody while v2 gets more of the traffic: adding all up makes v2 look better.
    @Test func whatChangedOverTimeIsNotTakenForAnEffect() throws {
        let (world, id) = try Self.running()
        var experiment = try world.state.experiment(id)
        experiment.periods = [Self.period([900, 100], [(9000, 1800), (1000, 200)])]
        experiment.weights = [100, 900]
        var evidence = Self.evidence([(1000, 20), (9000, 180)], [100, 900])
        evidence.counts = ExperimentTests.counts([(10_000, 1820), (10_000, 380)], before: 500)
        let readOut = try #require(ExperimentEngine.readOut(experiment, evidence))
        #expect(readOut.verdict == nil)
        let comparison = try #require(readOut.comparisons.first)
        #expect(abs(comparison.difference ?? 1) < 1e-12, "equal within each span")
        #expect(!readOut.isSampleRatioMismatch, "each span is held against its own weights")
        let pooled = try #require(
            MeanEffect(
                control: ArmMoments(hits: 1820, trials: 10_000), treatment: ArmMoments(hits: 380, trials: 10_000)))
        #expect(pooled.interval(alpha: 0.05, optimalAt: 5000).upper < 0, "and yet the sums would have said so")
        let naive = SequentialSampleRatio.pValue(spans: [([10_000, 10_000], [900, 100])])
        #expect((naive ?? 1) < ExperimentEngine.sampleRatioBar)
    }

    @Test func nothingIsSaidBeforeAMinuteHasSettled() throws {
        let (world, id) = try Self.running()
        var evidence = Self.evidence([(4000, 400), (4000, 100)])
        evidence.period = nil
        let readOut = try #require(ExperimentEngine.readOut(try world.state.experiment(id), evidence))
        #expect(readOut.observations == 0 && readOut.comparisons[0].difference == nil && readOut.verdict == nil)
        #expect(
            readOut.sentence
                == "0 of 200 observations before the rule may speak. Minutes count once they are two minutes old.")
    }

    @Test func aSpanThatDidNotGetItsSharesIsFound() throws {
        let (world, id) = try Self.running()
        var experiment = try world.state.experiment(id)
        // Both spans are off in opposite directions; together they look even.
        experiment.periods = [Self.period([500, 500], [(3000, 30), (2000, 20)])]
        let readOut = try #require(ExperimentEngine.readOut(experiment, Self.evidence([(2000, 20), (3000, 30)])))
        #expect(readOut.isSampleRatioMismatch)
    }

    @Test func harmIsFoundWithinTheSpanAndNotMadeUpByTheWeights() throws {
        let rule = RolloutGuard(metric: .errorRate, limit: .stable(ratio: 1, difference: 0.01))
        let (world, id) = try Self.running(Self.design(guardrails: [rule]))
        var experiment = try world.state.experiment(id)
        func tallies(_ control: Tally, _ treatment: Tally) -> [ArmCounts] {
            [control, treatment].map { ArmCounts(events: $0.count, primary: $0, guardrails: [$0]) }
        }
        // Errors were rare while the control served most, and are frequent now that v2 does.
        experiment.startCounts = tallies(Tally(), Tally())
        experiment.weightsCounts = tallies(Tally(hits: 90, trials: 9000), Tally(hits: 10, trials: 1000))
        experiment.periods = [Self.period([900, 100], [(9000, 90), (1000, 10)])]
        let grown = tallies(Tally(hits: 290, trials: 10_000), Tally(hits: 1810, trials: 10_000))
        #expect(ExperimentHarm.broken(experiment, grown).isEmpty)
        let harmful = tallies(Tally(hits: 290, trials: 10_000), Tally(hits: 4510, trials: 10_000))
        #expect(ExperimentHarm.broken(experiment, harmful).map(\.arm) == [1])
    }

    @Test func chancesAndWeightsAreWhatTheyShouldBe() throws {
        var generator = SplitMix64(seed: 3)
        let beliefs = [(900, 90), (900, 90), (900, 300)].compactMap { trials, hits in
            ArmBelief(
                periods: [(ArmMoments(hits: Double(hits), trials: Double(trials)), 1)], isRate: true)
        }
        let chances = ThompsonSampling.chances(beliefs, lowerIsBetter: true, draws: 20_000, &generator)
        #expect(abs(chances[0] - 0.5) < 0.02 && chances[2] == 0)
        #expect(ThompsonSampling.weights([1, 0, 0], floor: 0.05, total: 1000) == [900, 50, 50])
        #expect(ThompsonSampling.weights([1 / 3, 1 / 3, 1 / 3], floor: 0.1, total: 1000).reduce(0, +) == 1000)
        let posterior = try #require(
            ArmBelief(periods: [(ArmMoments(hits: 3, trials: 10), 1)], isRate: true))
        #expect(abs(posterior.mean - 4.0 / 12) < 1e-12)
        #expect(abs(posterior.deviation - (4.0 * 8 / (144 * 13)).squareRoot()) < 1e-12, "Beta(4, 8)")
    }

    /// Weights move, the base rate drifts with them, and equal versions are still told apart as rarely as declared.
    @Test func equalVersionsAreRarelyToldApartWhileWeightsMove() throws {
        let runs = Simulations.count(10)
        var (wrong, moves) = (0, 0)
        var generator = CoinTosses(seed: 5)
        for run in 0..<runs {
            var experiment = try ExperimentTests.running(Self.design())
            var found = false
            for span in 0..<6 {
                let rate = 0.3 - 0.045 * Double(span)
                var arms: [(trials: Int64, hits: Int64)] = [(0, 0), (0, 0)]
                for _ in 0..<1500 {
                    let arm = generator.hit(Double(experiment.weights[1]) / 1000) ? 1 : 0
                    arms[arm].trials += 1
                    if generator.hit(rate) { arms[arm].hits += 1 }
                }
                let evidence = Self.evidence(arms, experiment.weights)
                let readOut = try #require(ExperimentEngine.readOut(experiment, evidence))
                found = found || readOut.verdict != nil
                if let change = Self.change(experiment, evidence, seed: Int64(run)) {
                    moves += 1
                    experiment.periods.append(change.period)
                    experiment.weights = change.weights
                } else if let period = evidence.period {
                    experiment.periods.append(period)
                }
            }
            if found { wrong += 1 }
        }
        print("told apart wrongly: \(wrong) of \(runs) while weights moved \(moves) times, seed 5")
        #expect(moves > runs && Double(wrong) < 0.05 * Double(runs) + 4 * (0.05 * 0.95 * Double(runs)).squareRoot())
    }
}

extension ExperimentTests {
    static func running(_ design: Experiment.Design) throws -> Experiment {
        let (world, id) = try world(design)
        return try world.state.experiment(id)
    }
}
