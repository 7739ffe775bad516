/// Rates of small groups, drawn towards the rate of all as far as their size deserves.
///
/// The groups' true rates are taken as draws from one beta law, fitted to the groups themselves; a group's estimate is
/// then the mean of what the law and its own count say together. A group of one tells next to nothing, a group of
/// thousands is left as it is.
///
/// - Assumption: groups are exchangeable before their counts are seen. With fewer than three there is nothing to fit.
/// - When not to use: for the verdict on a group, whose own evidence must count alone; this is for ranking and showing
///   many small intersections.
/// - Reference: J. C. Kleinman, "Proportions with Extraneous Variance", JASA 68(341), 1973 (moments); B. Efron,
///   C. Morris, "Data Analysis Using Stein's Estimator", JASA 70(350), 1975.
package struct BetaBinomialShrinkage: Sendable, Equatable {
    /// The law's parameters: as if this many successes and failures had been seen of every group beforehand.
    package let priorSuccesses: Double
    package let priorFailures: Double

    /// - Returns: `nil` with fewer than three groups that have trials, or where no trial or every trial succeeded.
    package init?(_ proportions: [Proportion]) {
        let groups = proportions.filter { $0.trials > 0 }
        let trials = groups.reduce(0) { $0 + Double($1.trials) }
        let successes = groups.reduce(0) { $0 + Double($1.successes) }
        guard groups.count >= 3, successes > 0, successes < trials else { return nil }
        let rate = successes / trials
        let spread = groups.reduce(0) { sum, group in
            let excess = (group.rate ?? rate) - rate
            return sum + Double(group.trials) * excess * excess
        }
        let squares = groups.reduce(0) { $0 + Double($1.trials) * Double($1.trials) }
        let byChance = rate * (1 - rate) * Double(groups.count - 1)
        let room = rate * (1 - rate) * (trials - squares / trials - Double(groups.count - 1))
        // The correlation of two trials of one group: 0 where the groups differ no more than chance would have it.
        let correlation = room > 0 ? min(max((spread - byChance) / room, 0), 1) : 0
        // What was learnt from the trials cannot weigh more than they do.
        let weight = min(max((1 - correlation) / correlation, 1e-3), trials)
        priorSuccesses = weight * rate
        priorFailures = weight * (1 - rate)
    }

    package func rate(_ group: Proportion) -> Double {
        (Double(group.successes) + priorSuccesses) / (Double(group.trials) + priorSuccesses + priorFailures)
    }

    /// The central interval of the rate's posterior law. It takes the fitted law as known, and so is a little narrow.
    package func interval(_ group: Proportion, confidence: Double) -> ConfidenceInterval? {
        guard confidence > 0, confidence < 1 else { return nil }
        let a = Double(group.successes) + priorSuccesses
        let b = Double(group.trials - group.successes) + priorFailures
        let tail = (1 - confidence) / 2
        return ConfidenceInterval(
            lower: IncompleteBeta.quantile(tail, a, b), upper: IncompleteBeta.quantile(1 - tail, a, b))
    }
}
