import StewardModel
import StewardPolicy
import StewardStatistics

/// What is counted at one time of an experiment.
package struct ExperimentEvidence: Sendable, Equatable {
    /// All-time counts of the arms, in their order.
    package var counts: [ArmCounts]
    /// Of the present span of constant weights, what its settled minutes hold; `nil` where weights do not change.
    package var period: ExperimentPeriod?
    /// Since the hour of the start, with what was counted in it before.
    package var segments: SegmentCounts

    package init(counts: [ArmCounts], period: ExperimentPeriod? = nil, segments: SegmentCounts = SegmentCounts()) {
        self.counts = counts
        self.period = period
        self.segments = segments
    }
}

/// An experiment as it stands: every number that a verdict rests on.
package struct ExperimentReadOut: Sendable, Equatable {
    package struct Arm: Sendable, Equatable {
        package var version: String
        package var weight: Int64
        package var events: Int64
        package var observations: Int64
        package var mean: Double?
        package var guardrails: [Guardrail]
    }

    package struct Guardrail: Sendable, Equatable {
        package var rule: RolloutGuard
        package var value: Double?
        package var observations: Int64
        package var isBroken: Bool
    }

    /// One arm against the control.
    package struct Comparison: Sendable, Equatable {
        package var version: String
        /// Of the means, in the metric's unit; `nil` until both arms have something to compare.
        package var difference: Double?
        /// Where looks are counted: of the last one.
        package var interval: ConfidenceInterval?
        package var pValue: Double?
        /// In shares of the control's mean.
        package var relative: Double?
        package var relativeInterval: ConfidenceInterval?
    }

    package var arms: [Arm]
    package var comparisons: [Comparison]
    /// Always valid; below ``ExperimentEngine/sampleRatioBar`` nothing else is to be believed.
    package var sampleRatioPValue: Double?
    package var isSampleRatioMismatch: Bool
    package var segments: SegmentReadOut?
    /// The share of the variance that the covariate explains; `nil` without one, or before anything was counted by it.
    package var explainedVariance: Double?
    /// What to put on record before the verdict.
    package var look: ExperimentLook?
    /// What to record now; `nil` while it goes on.
    package var verdict: ExperimentVerdict?
    package var sentence: String

    package var observations: Int64 { arms.reduce(0) { $0 + $1.observations } }
}

/// Reads experiments from counts. Pure. Without a largest sample it is valid at every look: intervals and p-values are
/// those of confidence sequences. With one, ``ExperimentLooks`` says when to look. Arms that are compared with the
/// control share the error (Bonferroni).
package enum ExperimentEngine {
    /// The usual bar for the sample ratio: a false alarm here stops a good experiment.
    package static let sampleRatioBar = 0.001

    package static func readOut(_ experiment: Experiment, _ evidence: ExperimentEvidence) -> ExperimentReadOut? {
        let design = experiment.design
        guard [evidence.counts.count, experiment.startCounts.count].allSatisfy({ $0 == design.arms.count }) else {
            return nil
        }
        let since = zip(evidence.counts, experiment.startCounts).map { $0.since($1) }
        let strata = periods(experiment, evidence)
        let broken = ExperimentHarm.broken(experiment, evidence.counts)
        let adjusted = Covariate.adjusted(experiment, evidence, since)
        let ratio = sampleRatio(design, strata ?? [ExperimentPeriod(weights: experiment.weights, counts: since)])
        var readOut = ExperimentReadOut(
            arms: arms(experiment, since, strata, broken), comparisons: [], sampleRatioPValue: ratio,
            isSampleRatioMismatch: (ratio ?? 1) < sampleRatioBar, explainedVariance: adjusted?.explained,
            sentence: "")
        let effects = (1..<design.arms.count).map { arm in
            Effects(design, strata, adjusted?.moments ?? since.map { design.moments($0.primary) }, arm)
        }
        readOut.segments = design.segments.isEmpty ? nil : SegmentReadOut(experiment, evidence.segments)
        if let plan = design.plan {
            readOut.look = ExperimentLooks.due(experiment, plan, readOut, effects)
            let looks = experiment.looks + (readOut.look.map { [$0] } ?? [])
            readOut.comparisons = zip(design.arms.dropFirst(), effects).map { arm, effect in
                comparison(arm.version, effect, looks.last?.comparisons.first { $0.version == arm.version })
            }
        } else {
            readOut.comparisons = zip(design.arms.dropFirst(), effects).map { comparison($0.version, $1, design) }
            readOut.look = ExperimentLooks.due(experiment, readOut, effects)
        }
        let harm = broken.first.map { ExperimentHarm.verdict(experiment, $0) }
        readOut.verdict = harm ?? ExperimentRule.verdict(experiment, readOut)
        readOut.sentence = ExperimentRule.sentence(experiment, readOut)
        return readOut
    }

    /// The difference of one arm from the control, in the metric's unit and in shares.
    struct Effects {
        var absolute: MeanEffect?
        var relative: MeanEffect?

        /// - Parameter strata: `nil` where weights do not change, and all can be added up.
        init(_ design: Experiment.Design, _ strata: [ExperimentPeriod]?, _ moments: [ArmMoments], _ arm: Int) {
            if let strata {
                let strata = strata.map {
                    ArmStratum(
                        control: design.moments($0.counts[0].primary), treatment: design.moments($0.counts[arm].primary)
                    )
                }
                absolute = MeanEffect(strata: strata)
                relative = MeanEffect(strata: strata, isRelative: true)
                return
            }
            absolute = MeanEffect(control: moments[0], treatment: moments[arm])
            relative = MeanEffect(control: moments[0], treatment: moments[arm], isRelative: true)
        }
    }

    /// Where a confidence sequence is tightest unless a design says otherwise.
    static let tunedFor = 5000.0

    private static func comparison(
        _ version: String, _ effects: Effects, _ design: Experiment.Design
    ) -> ExperimentReadOut.Comparison {
        let alpha = design.alphaPerArm
        return ExperimentReadOut.Comparison(
            version: version, difference: effects.absolute?.estimate,
            interval: effects.absolute?.interval(alpha: alpha, optimalAt: tunedFor),
            pValue: effects.absolute?.pValue(alpha: alpha, optimalAt: tunedFor), relative: effects.relative?.estimate,
            relativeInterval: effects.relative?.interval(alpha: alpha, optimalAt: tunedFor))
    }

    /// What the last look said; before the first one, only the difference.
    private static func comparison(
        _ version: String, _ effects: Effects, _ last: ExperimentLook.Comparison?
    ) -> ExperimentReadOut.Comparison {
        guard let last else {
            return ExperimentReadOut.Comparison(
                version: version, difference: effects.absolute?.estimate, relative: effects.relative?.estimate)
        }
        return ExperimentReadOut.Comparison(
            version: version, difference: last.difference, interval: last.interval, pValue: last.pValue,
            relative: last.relative)
    }

    private static func arms(
        _ experiment: Experiment, _ since: [ArmCounts], _ strata: [ExperimentPeriod]?, _ broken: [ExperimentHarm]
    ) -> [ExperimentReadOut.Arm] {
        experiment.design.arms.indices.map { index in
            let counts = strata.map { $0.map { $0.counts[index] }.sum } ?? since[index]
            // The control is what others are held against.
            let held = index == 0 ? [] : experiment.design.guardrails
            let rules = held.enumerated().map { rule, guardrail in
                ExperimentReadOut.Guardrail(
                    rule: guardrail, value: since[index].guardrails[rule].mean,
                    observations: since[index].guardrails[rule].count,
                    isBroken: broken.contains { $0.arm == index && $0.rule == rule })
            }
            return ExperimentReadOut.Arm(
                version: experiment.design.arms[index].version, weight: experiment.weights[index],
                events: counts.events, observations: counts.primary.count, mean: counts.primary.mean,
                guardrails: rules)
        }
    }

    /// The spans of constant weights, the present one last; `nil` where weights do not change.
    private static func periods(_ experiment: Experiment, _ evidence: ExperimentEvidence) -> [ExperimentPeriod]? {
        guard experiment.design.allocation != nil else { return nil }
        let arms = experiment.design.arms.count
        return (experiment.periods + [evidence.period].compactMap { $0 }).filter { $0.counts.count == arms }
    }

    /// Requests of one unit go together, so as many as a unit makes count as one. Each span is held against the weights
    /// that were in force in it.
    private static func sampleRatio(_ design: Experiment.Design, _ periods: [ExperimentPeriod]) -> Double? {
        let spans = periods.map { period in
            (
                counts: period.counts.map { Int64((Double($0.events) / design.requestsPerUnit).rounded()) },
                weights: period.weights.map { Double($0) }
            )
        }
        return SequentialSampleRatio.pValue(spans: spans)
    }
}

extension ExperimentPeriod {
    /// Of now, whenever it began.
    fileprivate init(weights: [Int64], counts: [ArmCounts]) {
        let none = Timestamp(microseconds: 0)
        self.init(weights: weights, from: none, until: none, counts: counts)
    }
}

extension [ArmCounts] {
    fileprivate var sum: ArmCounts {
        reduce(ArmCounts(events: 0, primary: Tally())) {
            ArmCounts(events: $0.events + $1.events, primary: $0.primary + $1.primary)
        }
    }
}
