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

    /// The highest log-likelihood of rates p = bound · q, or p = q + bound. It is concave in q.
    private func highestLikelihood(_ bound: Double, _ scale: ProportionComparison.Scale) -> Double {
        var (low, high) =
            scale == .ratio ? (0.0, bound > 1 ? 1 / bound : 1) : (max(0, -bound), min(1, 1 - bound))
        func value(_ q: Double) -> Double {
            let p = scale == .ratio ? bound * q : q + bound
            return Self.likelihood(comparison.group, min(max(p, 0), 1)) + Self.likelihood(comparison.reference, q)
        }
        for _ in 0..<80 {
            let (a, b) = (low + (high - low) / 3, high - (high - low) / 3)
            if value(a) < value(b) { low = a } else { high = b }
        }
        return value((low + high) / 2)
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

    /// The smaller p-value of lying below what a rule allows, or above it.
    func pValue(beyond rule: FairnessRule) -> Double {
        let (allowed, scale) = (rule.allowed, rule.measure.scale)
        let isBounded = allowed.upperBound.isFinite
        guard rule.isContinuous else {
            let above = isBounded ? pValue(above: allowed.upperBound, scale) : 1
            return min(pValue(below: allowed.lowerBound, scale), above)
        }
        let watched = ContinuousComparison(self)
        let above = isBounded ? watched.pValue(above: allowed.upperBound, scale) : 1
        return min(watched.pValue(below: allowed.lowerBound, scale), above)
    }
}
