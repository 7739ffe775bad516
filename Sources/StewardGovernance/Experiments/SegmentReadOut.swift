import StewardModel
import StewardPolicy
import StewardStatistics

/// The primary metric by the values of declared segments: to find out where to look next. It decides nothing, and what
/// it says is corrected for how many comparisons were made.
package struct SegmentReadOut: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        package var group: SegmentCounts.Group
        package var version: String
        package var observations: Int64
        package var mean: Double?
        package var controlObservations: Int64
        package var controlMean: Double?
        package var difference: Double?
        /// All intervals together hold at every look; `nil` for too few observations, likewise the p-values.
        package var interval: ConfidenceInterval?
        package var pValue: Double?
        /// After Holm's correction.
        package var adjustedPValue: Double?
        package var isEnough: Bool
    }

    /// Fewer observations of either arm are no ground for a statement.
    package static let leastPerArm: Int64 = 100

    package var rows: [Row]
    /// How many of them are compared.
    package var comparisons: Int { rows.count(where: \.isEnough) }

    init(_ experiment: Experiment, _ segments: SegmentCounts) {
        let design = experiment.design
        rows = segments.tallies.filter { design.segments.contains($0.key.attribute) }
            .sorted { ($0.key.attribute, $0.key.value) < ($1.key.attribute, $1.key.value) }
            .flatMap { group, now in Self.rows(experiment, group, now) }
        let compared = rows.indices.filter { rows[$0].isEnough }
        guard !compared.isEmpty else { return }
        let alpha = design.alpha / Double(compared.count)
        for index in compared {
            let group = rows[index].group
            let arm = design.arms.firstIndex { $0.version == rows[index].version } ?? 0
            let tallies = Self.since(experiment, group, segments.tallies[group] ?? [])
            guard
                let effect = MeanEffect(
                    control: design.moments(tallies[0]), treatment: design.moments(tallies[arm]))
            else { continue }
            rows[index].difference = effect.estimate
            rows[index].interval = effect.interval(alpha: alpha, optimalAt: ExperimentEngine.tunedFor)
            rows[index].pValue = effect.pValue(alpha: design.alpha, optimalAt: ExperimentEngine.tunedFor)
        }
        let judged = compared.filter { rows[$0].pValue != nil }
        let adjusted = Multiplicity.holm.adjusted(judged.compactMap { rows[$0].pValue }, familySize: compared.count)
        for (index, value) in zip(judged, adjusted) { rows[index].adjustedPValue = value }
    }

    private static func rows(_ experiment: Experiment, _ group: SegmentCounts.Group, _ now: [Tally]) -> [Row] {
        let tallies = since(experiment, group, now)
        guard tallies.contains(where: { $0.count > 0 }) else { return [] }
        return zip(experiment.design.arms, tallies).dropFirst().map { arm, tally in
            Row(
                group: group, version: arm.version, observations: tally.count, mean: tally.mean,
                controlObservations: tallies[0].count, controlMean: tallies[0].mean,
                isEnough: min(tally.count, tallies[0].count) >= leastPerArm)
        }
    }

    private static func since(_ experiment: Experiment, _ group: SegmentCounts.Group, _ now: [Tally]) -> [Tally] {
        let start = experiment.startSegments.tallies[group] ?? []
        return experiment.design.arms.indices.map { arm in
            let tally = arm < now.count ? now[arm] : Tally()
            return arm < start.count ? tally.since(start[arm]) : tally
        }
    }
}

/// What a covariate from before the experiment explains is taken out of the arms: each request counts as the mean that
/// its covariate's value had before.
enum Covariate {
    /// The arms' moments, and the share of the variance that went; `nil` where nothing was counted before, or where not
    /// nearly every request has a value that was.
    static func adjusted(
        _ experiment: Experiment, _ evidence: ExperimentEvidence, _ since: [ArmCounts]
    ) -> (moments: [ArmMoments], explained: Double)? {
        guard let covariate = experiment.design.covariate, !evidence.segments.history.isEmpty else { return nil }
        let design = experiment.design
        var sums = [CovariateSums](repeating: CovariateSums(), count: design.arms.count)
        for (value, mean) in evidence.segments.history {
            let group = SegmentCounts.Group(attribute: covariate, value: value)
            let start = experiment.startSegments.tallies[group] ?? []
            for (arm, now) in (evidence.segments.tallies[group] ?? []).prefix(sums.count).enumerated() {
                let tally = arm < start.count ? now.since(start[arm]) : now
                let count = Double(tally.count)
                sums[arm] += CovariateSums(
                    count: count, outcome: tally.sum, outcomeSquares: tally.squares, covariate: count * mean,
                    covariateSquares: count * mean * mean, products: mean * tally.sum)
            }
        }
        let isComplete = zip(sums, since).allSatisfy { sum, counts in
            sum.count >= leastShare * Double(counts.primary.count) && sum.count > 1
        }
        guard isComplete else { return nil }
        let moments = CovariateAdjustment.adjusted(sums).map(design.byUnit)
        let before = sums.reduce(0) { $0 + $1.outcomeMoments.variance }
        let after = moments.reduce(0) { $0 + $1.variance }
        return before > 0 ? (moments, max(0, 1 - after / before)) : nil
    }

    /// Of an arm's requests.
    private static let leastShare = 0.99
}
