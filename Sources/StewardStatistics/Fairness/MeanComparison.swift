#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A group's mean beside that of the group it is compared with: how many times as much, or how much more.
///
/// - Assumption: independent values, enough of them for their means to be normal; a few dozen, more where single values
///   are far from the others.
/// - When not to use: the ratio where means may be 0 or below; it is undefined then.
/// - Reference: the ratio's interval is normal on the logarithm, by the delta method (A. W. van der Vaart, "Asymptotic
///   Statistics", 1998, chapter 3).
package struct MeanComparison: Sendable, Equatable {
    package let group: GroupMean
    package let reference: GroupMean
    private let variances: (group: Double, reference: Double)

    /// - Returns: `nil` where either side has fewer than two values.
    package init?(_ group: GroupMean, to reference: GroupMean) {
        guard let variance = group.variance, let other = reference.variance else { return nil }
        self.group = group
        self.reference = reference
        variances = (variance / Double(group.count), other / Double(reference.count))
    }

    package static func == (a: Self, b: Self) -> Bool { a.group == b.group && a.reference == b.reference }

    package func estimate(_ scale: ProportionComparison.Scale) -> Double? {
        switch scale {
        case .difference: group.mean - reference.mean
        case .ratio: group.mean > 0 && reference.mean > 0 ? group.mean / reference.mean : nil
        }
    }

    package func interval(_ scale: ProportionComparison.Scale, confidence: Double) -> ConfidenceInterval? {
        guard confidence > 0, confidence < 1, let place = place(scale) else { return nil }
        let reach = -StandardNormal.quantile((1 - confidence) / 2) * place.error
        let (lower, upper) = (place.estimate - reach, place.estimate + reach)
        return scale == .ratio
            ? ConfidenceInterval(lower: exp(lower), upper: exp(upper)) : ConfidenceInterval(lower: lower, upper: upper)
    }

    /// The two-sided p-value that the true ratio or difference lies outside `allowed`: the inversion of the interval. 1
    /// where the estimate itself does not; `nil` where nothing varies.
    package func pValue(outside allowed: ClosedRange<Double>, _ scale: ProportionComparison.Scale) -> Double? {
        guard let place = place(scale), place.error > 0 else { return nil }
        let (lower, upper) =
            scale == .ratio
            ? (log(allowed.lowerBound), log(allowed.upperBound)) : (allowed.lowerBound, allowed.upperBound)
        let distance = max(lower - place.estimate, place.estimate - upper)
        return distance > 0 ? StandardNormal.bothTails(distance / place.error) : 1
    }

    /// Estimate and standard error on the scale on which they are normal.
    private func place(_ scale: ProportionComparison.Scale) -> (estimate: Double, error: Double)? {
        guard let estimate = estimate(scale) else { return nil }
        switch scale {
        case .difference: return (estimate, (variances.group + variances.reference).squareRoot())
        case .ratio:
            let (a, b) = (group.mean, reference.mean)
            return (log(estimate), (variances.group / (a * a) + variances.reference / (b * b)).squareRoot())
        }
    }
}
