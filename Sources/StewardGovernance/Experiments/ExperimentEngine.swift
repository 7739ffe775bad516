import StewardModel
import StewardPolicy
import StewardStatistics

/// An experiment as it stands: every number that a verdict rests on.
package struct ExperimentReadOut: Sendable, Equatable {
    package struct Arm: Sendable, Equatable {
        package var version: String
        package var events: Int64
        package var observations: Int64
        package var mean: Double?
    }

    /// One arm against the control.
    package struct Comparison: Sendable, Equatable {
        package var version: String
        /// Of the means, in the metric's unit; `nil` until both arms have something to compare.
        package var difference: Double?
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
    /// What to record now; `nil` while it goes on.
    package var verdict: ExperimentVerdict?
    package var sentence: String
}

/// Reads experiments from counts. Pure, and valid at every look: intervals and p-values are those of confidence
/// sequences, shared between the arms that are compared with the control (Bonferroni).
package enum ExperimentEngine {
    /// The usual bar for the sample ratio: a false alarm here stops a good experiment.
    package static let sampleRatioBar = 0.001

    package static func readOut(_ experiment: Experiment, _ counts: [ArmCounts]) -> ExperimentReadOut? {
        let design = experiment.design
        guard counts.count == design.arms.count, experiment.startCounts.count == design.arms.count else { return nil }
        let since = zip(counts, experiment.startCounts).map { now, start in
            ArmCounts(
                events: max(0, now.events - start.events), primary: now.primary.since(start.primary),
                guardrails: zip(now.guardrails, start.guardrails).map { $0.since($1) })
        }
        let arms = zip(design.arms, since).map {
            ExperimentReadOut.Arm(
                version: $0.version, events: $1.events, observations: $1.primary.count, mean: $1.primary.mean)
        }
        let alpha = design.alpha / Double(design.arms.count - 1)
        let comparisons = (1..<arms.count).map { compare(design, since, $0, alpha) }
        let ratio = sampleRatio(design, since)
        var readOut = ExperimentReadOut(
            arms: arms, comparisons: comparisons, sampleRatioPValue: ratio,
            isSampleRatioMismatch: (ratio ?? 1) < sampleRatioBar, sentence: "")
        readOut.verdict = verdict(design, since, readOut, alpha)
        readOut.sentence = readOut.verdict?.explanation ?? sentence(design, readOut)
        return readOut
    }

    private static func moments(_ design: Experiment.Design, _ tally: Tally) -> ArmMoments {
        design.primary.shape == .rate || design.threshold != nil
            ? ArmMoments(hits: tally.sum, trials: Double(tally.count)) : ArmMoments(tally)
    }

    private static func compare(
        _ design: Experiment.Design, _ counts: [ArmCounts], _ index: Int, _ alpha: Double
    ) -> ExperimentReadOut.Comparison {
        var comparison = ExperimentReadOut.Comparison(version: design.arms[index].version)
        let (control, treatment) = (moments(design, counts[0].primary), moments(design, counts[index].primary))
        let tuned = Double(max(design.maximumSample ?? 5000, 2))
        if let effect = MeanEffect(control: control, treatment: treatment) {
            comparison.difference = effect.estimate
            comparison.interval = effect.interval(alpha: alpha, optimalAt: tuned)
            comparison.pValue = effect.pValue(alpha: alpha, optimalAt: tuned)
        }
        if let effect = MeanEffect(control: control, treatment: treatment, isRelative: true) {
            comparison.relative = effect.estimate
            comparison.relativeInterval = effect.interval(alpha: alpha, optimalAt: tuned)
        }
        return comparison
    }

    /// Requests of one unit go together, so as many as a unit makes count as one.
    private static func sampleRatio(_ design: Experiment.Design, _ counts: [ArmCounts]) -> Double? {
        guard var test = SequentialSampleRatio(weights: design.arms.map { Double($0.weight) }) else { return nil }
        let units = counts.map { Int64((Double($0.events) / design.requestsPerUnit).rounded()) }
        return test.look(units) ? test.pValue : nil
    }

    // MARK: The rule

    private static func verdict(
        _ design: Experiment.Design, _ counts: [ArmCounts], _ readOut: ExperimentReadOut, _ alpha: Double
    ) -> ExperimentVerdict? {
        // Harm is acted on at any time, also where the sample ratio is off.
        if let harm = harm(design, counts) { return harm }
        let total = readOut.arms.reduce(Int64(0)) { $0 + $1.observations }
        guard !readOut.isSampleRatioMismatch, total >= design.minimumSample else { return nil }
        let better = readOut.comparisons.filter { comparison in
            guard let interval = comparison.interval else { return false }
            return design.better == .lower ? interval.upper < 0 : interval.lower > 0
        }
        let best = better.max { left, right in
            let (a, b) = (left.difference ?? 0, right.difference ?? 0)
            return design.better == .lower ? a > b : a < b
        }
        if let best, let interval = best.interval {
            return ExperimentVerdict(
                kind: .winner, version: best.version,
                explanation:
                    "\(best.version) is better than \(design.arms[0].version): \(design.primaryName) differs by "
                    + "\(short(best.difference)) (\(short(interval.lower)) to \(short(interval.upper))) over "
                    + "\(total) observations.", pValue: best.pValue)
        }
        let worse = readOut.comparisons.filter { comparison in
            guard let interval = comparison.interval else { return false }
            return design.better == .lower ? interval.lower > 0 : interval.upper < 0
        }
        if worse.count == readOut.comparisons.count, !worse.isEmpty {
            return ExperimentVerdict(
                kind: .winner, version: design.arms[0].version,
                explanation: "\(design.arms[0].version) is better than all others over \(total) observations.",
                pValue: worse.compactMap(\.pValue).max())
        }
        guard let most = design.maximumSample, total >= most else { return nil }
        return ExperimentVerdict(
            kind: .noDifference, version: nil,
            explanation: "No difference in \(design.primaryName) was found in \(total) observations.",
            pValue: readOut.comparisons.compactMap(\.pValue).min())
    }

    private static func harm(_ design: Experiment.Design, _ counts: [ArmCounts]) -> ExperimentVerdict? {
        let tests = max(1, design.guardrails.count * (design.arms.count - 1))
        let test = HarmTest(alpha: design.alpha / Double(tests))
        for arm in 1..<design.arms.count {
            for (index, rule) in design.guardrails.enumerated() {
                let (new, stable) = (counts[arm].guardrails[index], counts[0].guardrails[index])
                guard isHarmful(rule, new, stable, test) else { continue }
                return ExperimentVerdict(
                    kind: .harm, version: design.arms[arm].version,
                    explanation:
                        "\(design.arms[arm].version) does harm: \(rule.metric.rawValue) is \(short(new.mean)) over "
                        + "\(new.count) requests, against \(short(stable.mean)) of \(design.arms[0].version).")
            }
        }
        return nil
    }

    private static func isHarmful(_ rule: RolloutGuard, _ new: Tally, _ stable: Tally, _ test: HarmTest) -> Bool {
        switch (rule.metric.shape, rule.limit) {
        case (.rate, .absolute(let limit)):
            test.isAbove(hits: new.sum, trials: Double(new.count), limit: limit)
        case (.rate, .stable(let ratio, let margin)):
            test.isAbove(
                hits: new.sum, trials: Double(new.count), stableHits: stable.sum,
                stableTrials: Double(stable.count), ratio: ratio, margin: margin)
        case (.mean, .absolute(let limit)): test.isAbove(ArmMoments(new), limit: limit)
        case (.mean, .stable(let ratio, let margin)):
            test.isAbove(ArmMoments(new), stable: ArmMoments(stable), ratio: ratio, margin: margin)
        case (.quantile(let q), .absolute):
            // What was counted lies beyond the limit already.
            test.isAbove(hits: new.sum, trials: Double(new.count), limit: 1 - q)
        case (.quantile, .stable), (.count, _): false
        }
    }

    private static func sentence(_ design: Experiment.Design, _ readOut: ExperimentReadOut) -> String {
        if readOut.isSampleRatioMismatch {
            return "The arms did not get the shares they were meant to get; find out why before believing anything."
        }
        let total = readOut.arms.reduce(Int64(0)) { $0 + $1.observations }
        if total < design.minimumSample {
            return "\(total) of \(design.minimumSample) observations before the rule may speak."
        }
        return "No decision yet after \(total) observations."
    }

    private static func short(_ value: Double?) -> String { value.map(NumberText.short) ?? "unknown" }
}
