#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A group's proportion beside that of the group it is compared with: how far apart, and how sure.
///
/// - Assumption: the two groups are independent, and so are the trials in each.
package struct ProportionComparison: Sendable, Equatable {
    package let group: Proportion
    package let reference: Proportion
    private let rates: (group: Double, reference: Double)

    /// - Returns: `nil` where either has no trials: there is nothing to compare.
    package init?(_ group: Proportion, to reference: Proportion) {
        guard let rate = group.rate, let referenceRate = reference.rate else { return nil }
        self.group = group
        self.reference = reference
        rates = (rate, referenceRate)
    }

    package static func == (a: Self, b: Self) -> Bool { a.group == b.group && a.reference == b.reference }

    package var difference: Double { rates.group - rates.reference }

    /// `nil` where the reference has no success.
    package var ratio: Double? { rates.reference > 0 ? rates.group / rates.reference : nil }

    /// Newcombe's interval of the difference, from the two Wilson intervals: honest where counts are small.
    ///
    /// - Reference: R. G. Newcombe, "Interval Estimation for the Difference Between Independent Proportions",
    ///   Statistics in Medicine 17, 1998, method 10.
    package func newcombe(confidence: Double) -> ConfidenceInterval? {
        guard let a = group.wilson(confidence: confidence), let b = reference.wilson(confidence: confidence) else {
            return nil
        }
        return ConfidenceInterval(
            lower: difference - hypot(rates.group - a.lower, b.upper - rates.reference),
            upper: difference + hypot(a.upper - rates.group, rates.reference - b.lower))
    }

    /// Katz's interval of the ratio: normal on the logarithm. `nil` where either side has no success.
    ///
    /// - When not to use: below about five successes on a side; ``ratioInterval(confidence:)`` has no such limit.
    /// - Reference: D. Katz et al., "Obtaining Confidence Intervals for the Risk Ratio", Biometrics 34(3), 1978.
    package func katz(confidence: Double) -> ConfidenceInterval? {
        guard let ratio, ratio > 0, confidence > 0, confidence < 1 else { return nil }
        let z = -StandardNormal.quantile((1 - confidence) / 2)
        let variance =
            1 / Double(group.successes) - 1 / Double(group.trials) + 1 / Double(reference.successes)
            - 1 / Double(reference.trials)
        let factor = exp(z * variance.squareRoot())
        return ConfidenceInterval(lower: ratio / factor, upper: ratio * factor)
    }

    /// The interval of the ratio from the two Wilson intervals, as Newcombe's is that of the difference: the ratios r
    /// for which the interval of p₁ − r·p₂ holds 0. Defined without successes too; its upper end may be infinite.
    ///
    /// - Reference: A. Donner, G. Y. Zou, "Closed-Form Confidence Intervals for Functions of the Normal Mean and
    ///   Standard Deviation", Statistical Methods in Medical Research 21(4), 2012 (MOVER).
    package func ratioInterval(confidence: Double) -> ConfidenceInterval? {
        guard let a = group.wilson(confidence: confidence), let b = reference.wilson(confidence: confidence) else {
            return nil
        }
        let product = rates.group * rates.reference
        func root(_ quadratic: Double, _ constant: Double) -> Double {
            max(0, product * product - quadratic * constant).squareRoot()
        }
        let lowest = a.lower * (2 * rates.group - a.lower)
        let lower = lowest <= 0 ? 0 : lowest / (product + root(b.upper * (2 * rates.reference - b.upper), lowest))
        let quadratic = b.lower * (2 * rates.reference - b.lower)
        let upper =
            quadratic <= 0
            ? Double.infinity : (product + root(quadratic, a.upper * (2 * rates.group - a.upper))) / quadratic
        return ConfidenceInterval(lower: lower, upper: upper)
    }

    /// z of the test that pools the two proportions; `nil` where no trial, or every trial, succeeded.
    package var pooledZ: Double? {
        let trials = (group: Double(group.trials), reference: Double(reference.trials))
        let pooled = Double(group.successes + reference.successes) / (trials.group + trials.reference)
        guard pooled > 0, pooled < 1 else { return nil }
        return difference / (pooled * (1 - pooled) * (1 / trials.group + 1 / trials.reference)).squareRoot()
    }

    /// The two-sided p-value of ``pooledZ``.
    package var pooledPValue: Double? { pooledZ.map(StandardNormal.bothTails) }

    package var fisher: FisherExact? {
        FisherExact(
            successes: group.successes, of: group.trials, and: reference.successes, of: reference.trials)
    }
}
