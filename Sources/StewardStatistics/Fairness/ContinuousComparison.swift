#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Two proportions compared as trials keep coming in: intervals and p-values that hold at every moment together, so
/// that an audit may be looked at as often as one likes.
///
/// The evidence against a claim is the likelihood of both counts under Beta(½, ½) mixtures of rates, over their highest
/// likelihood under any two rates that fit the claim. Whatever those rates truly are, the chance that it ever reaches
/// 1/α is at most α.
///
/// - Assumption: trials are independent given the two rates, which do not change.
/// - Range: any counts with a trial on both sides. Only the counts are needed, not the order of the trials.
/// - When not to use: for one look at data that are complete; ``ProportionComparison`` is about half as wide there.
/// - Reference: A. Wald, "Sequential Analysis", 1947; L. Wasserman, A. Ramdas, S. Balakrishnan, "Universal Inference",
///   PNAS 117(29), 2020 (the ratio's denominator); R. Krichevsky, V. Trofimov, IEEE Trans. Inf. Theory 27(2), 1981
///   (the mixture); J. Ville, 1939, for the inequality.
package struct ContinuousComparison: Sendable {
    private let comparison: ProportionComparison
    private let mixture: Double

    package init(_ comparison: ProportionComparison) {
        self.comparison = comparison
        mixture = Self.mixture(comparison.group) + Self.mixture(comparison.reference)
    }

    /// The two-sided p-value that the true ratio or difference lies below `bound`.
    package func pValue(below bound: Double, _ scale: ProportionComparison.Scale) -> Double {
        isBeyond(bound, scale, below: true) ? pValue(at: bound, scale) : 1
    }

    /// The same for above `bound`.
    package func pValue(above bound: Double, _ scale: ProportionComparison.Scale) -> Double {
        isBeyond(bound, scale, below: false) ? pValue(at: bound, scale) : 1
    }

    /// Where the ratio or difference lies at this moment and at all others, with the confidence asked.
    package func interval(_ scale: ProportionComparison.Scale, confidence: Double) -> ConfidenceInterval? {
        guard confidence > 0, confidence < 1 else { return nil }
        let estimate = comparison.estimate(scale) ?? .infinity
        let (least, most) = scale == .ratio ? (0.0, Double.infinity) : (-1.0, 1.0)
        func holds(_ bound: Double) -> Bool { pValue(at: bound, scale) > 1 - confidence }
        // The evidence falls towards the estimate from either side, so there is one place where it comes to hold.
        var lower = least
        if !holds(least), estimate > least {
            var (low, high) = (least, estimate.isFinite ? estimate : 1e6)
            for _ in 0..<50 {
                let middle = (low + high) / 2
                if holds(middle) { high = middle } else { low = middle }
            }
            lower = low
        }
        guard estimate.isFinite else { return ConfidenceInterval(lower: lower, upper: most) }
        var (low, high) = (estimate, scale == .ratio ? max(2 * estimate, 1) : 1)
        while scale == .ratio, holds(high), high < 1e6 { high *= 2 }
        if holds(high) { return ConfidenceInterval(lower: lower, upper: most) }
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return ConfidenceInterval(lower: lower, upper: high)
    }

    private func isBeyond(_ bound: Double, _ scale: ProportionComparison.Scale, below: Bool) -> Bool {
        guard let a = comparison.group.rate, let b = comparison.reference.rate else { return false }
        let excess = scale == .ratio ? a - bound * b : a - b - bound
        return below ? excess < 0 : excess > 0
    }

    /// Both sides' p-value of the measure being exactly `bound`, which is its nearest point on either side.
    private func pValue(at bound: Double, _ scale: ProportionComparison.Scale) -> Double {
        min(1, 2 * exp(highestLikelihood(bound, scale) - mixture))
    }

    /// The highest log-likelihood of rates p = bound · q, or p = q + bound.
    private func highestLikelihood(_ bound: Double, _ scale: ProportionComparison.Scale) -> Double {
        let q = scale == .ratio ? mostLikely(ratio: bound) : mostLikely(difference: bound)
        let p = scale == .ratio ? bound * q : q + bound
        return Self.likelihood(comparison.group, min(max(p, 0), 1))
            + Self.likelihood(comparison.reference, min(max(q, 0), 1))
    }

    /// The reference's most likely rate where the group's is `ratio` times that: the root of the score equation, which
    /// is a quadratic (P. A. R. Koopman, "Confidence Intervals for the Ratio of Two Binomial Proportions", Biometrics
    /// 40(2), 1984).
    private func mostLikely(ratio: Double) -> Double {
        let (a, b) = (comparison.group, comparison.reference)
        let hits = Double(a.successes + b.successes)
        let linear = ratio * Double(a.trials + b.successes) + Double(b.trials + a.successes)
        let square = linear * linear - 4 * ratio * Double(a.trials + b.trials) * hits
        return min(2 * hits / (linear + max(0, square).squareRoot()), ratio > 1 ? 1 / ratio : 1)
    }

    /// The reference's most likely rate where the group's is higher by `difference`. The likelihood is concave, so its
    /// slope falls from one end to the other; Newton's steps, halved where they leave what is known to hold the root.
    private func mostLikely(difference: Double) -> Double {
        let (a, b) = (comparison.group, comparison.reference)
        let (hits, misses) = (Double(a.successes), Double(a.trials - a.successes))
        let (otherHits, otherMisses) = (Double(b.successes), Double(b.trials - b.successes))
        var (low, high) = (max(0, -difference), min(1, 1 - difference))
        var q = min(max((hits + otherHits) / Double(a.trials + b.trials), low), high)
        if q <= low || q >= high { q = (low + high) / 2 }
        for _ in 0..<60 {
            let p = q + difference
            func part(_ count: Double, _ rate: Double) -> Double { count == 0 ? 0 : count / rate }
            let slope = part(hits, p) - part(misses, 1 - p) + part(otherHits, q) - part(otherMisses, 1 - q)
            let bend =
                part(hits, p * p) + part(misses, (1 - p) * (1 - p)) + part(otherHits, q * q)
                + part(otherMisses, (1 - q) * (1 - q))
            if slope > 0 { low = q } else { high = q }
            var next = q + slope / bend
            if !(next > low && next < high) { next = (low + high) / 2 }
            guard abs(next - q) > 1e-15 else { break }
            q = next
        }
        return q
    }

    private static func likelihood(_ proportion: Proportion, _ rate: Double) -> Double {
        let misses = proportion.trials - proportion.successes
        return (proportion.successes == 0 ? 0 : Double(proportion.successes) * log(rate))
            + (misses == 0 ? 0 : Double(misses) * log1p(-rate))
    }

    private static func mixture(_ proportion: Proportion) -> Double {
        let (hits, misses) = (Double(proportion.successes), Double(proportion.trials - proportion.successes))
        return LogGamma.value(hits + 0.5) + LogGamma.value(misses + 0.5) - LogGamma.value(hits + misses + 1)
            - log(Double.pi)
    }
}

extension ProportionComparison {
    func interval(for rule: FairnessRule) -> ConfidenceInterval? {
        rule.isContinuous
            ? ContinuousComparison(self).interval(rule.measure.scale, confidence: rule.confidence)
            : interval(rule.measure.scale, confidence: rule.confidence)
    }

    /// The smaller p-value of lying below what a rule allows, or above it; `nil` where it is not below `limit`.
    func pValue(beyond rule: FairnessRule, below limit: Double) -> Double? {
        let (allowed, scale) = (rule.allowed, rule.measure.scale)
        let isBounded = allowed.upperBound.isFinite
        guard rule.isContinuous else {
            // An interval at the confidence of the limit tells whether the p-value is worth finding.
            let z = limit < 1 ? -StandardNormal.quantile(limit / 2) : 0
            let below = BoundTest(self, allowed.lowerBound, scale, isBelow: true).pValue(beyond: z)
            let above =
                isBounded ? BoundTest(self, allowed.upperBound, scale, isBelow: false).pValue(beyond: z) : nil
            return [below, above].compactMap { $0 }.min()
        }
        let watched = ContinuousComparison(self)
        let above = isBounded ? watched.pValue(above: allowed.upperBound, scale) : 1
        let pValue = min(watched.pValue(below: allowed.lowerBound, scale), above)
        return pValue < limit ? pValue : nil
    }
}
