#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether arms got the share of subjects that they were meant to get. When not, no read-out of the experiment is to be
/// believed: something loses or sends subjects unevenly.
package enum SampleRatio {
    /// Pearson's chi-square test, for one look; the usual bar is p < 0.001.
    ///
    /// - Returns: 1 without subjects; `nil` for fewer than two arms, counts and weights that do not fit, or a subject
    ///   in an arm of weight 0 or less (which no chance explains).
    package static func pValue(counts: [Int64], weights: [Double]) -> Double? {
        guard counts.count == weights.count, counts.count > 1, counts.allSatisfy({ $0 >= 0 }) else { return nil }
        let total = Double(counts.reduce(0, +))
        let weight = weights.reduce(0, +)
        guard weight > 0, weight.isFinite else { return nil }
        if total == 0 { return 1 }
        var statistic = 0.0
        for (count, share) in zip(counts, weights) {
            guard share > 0 else {
                if count > 0 { return nil }
                continue
            }
            let expected = share / weight * total
            statistic += (Double(count) - expected) * (Double(count) - expected) / expected
        }
        return ChiSquare.upperTail(statistic, degreesOfFreedom: Double(counts.count - 1))
    }
}

/// The sample ratio watched at every look.
///
/// - Assumption: subjects are assigned independently with the given shares.
/// - Range: two or more shares above 0 that sum to 1; counts only grow.
/// - When not to use: for shares that change; ``pValue(spans:)`` is for those.
/// - Reference: M. Lindon, A. Malek, "Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022: a Dirichlet
///   mixture of concentration 100 around the shares.
package struct SequentialSampleRatio: Sendable, Equatable {
    private static let concentration = 100.0
    private let shares: [Double]
    /// The least p-value of all looks: small when the arms are not what they were meant to be.
    package private(set) var pValue = 1.0

    /// - Returns: `nil` unless there are two or more weights, all above 0.
    package init?(weights: [Double]) {
        let total = weights.reduce(0, +)
        guard weights.count > 1, weights.allSatisfy({ $0 > 0 }), total.isFinite else { return nil }
        shares = weights.map { $0 / total }
    }

    /// Looks at the counts of all subjects so far; returns `false`, and does nothing, where they do not fit the shares.
    @discardableResult
    package mutating func look(_ counts: [Int64]) -> Bool {
        guard counts.count == shares.count, counts.allSatisfy({ $0 >= 0 }) else { return false }
        pValue = min(pValue, exp(-logOdds(counts)))
        return true
    }

    /// The p-value where shares change over time: each span is held against its own, and the evidence of all is put
    /// together (the product of the odds of spans that follow one another is itself a martingale).
    ///
    /// - Returns: of this look, which is never below the least of all looks; 1 without spans, `nil` for counts and
    ///   weights that do not fit.
    package static func pValue(spans: [(counts: [Int64], weights: [Double])]) -> Double? {
        var sum = 0.0
        for span in spans {
            guard let test = Self(weights: span.weights), span.counts.count == test.shares.count,
                span.counts.allSatisfy({ $0 >= 0 })
            else { return nil }
            sum += test.logOdds(span.counts)
        }
        return min(1, exp(-sum))
    }

    private func logOdds(_ counts: [Int64]) -> Double {
        var (sum, priorSum) = (0.0, 0.0)
        var result = 0.0
        for (count, share) in zip(counts, shares) {
            let (count, prior) = (Double(count), Self.concentration * share)
            result += LogGamma.value(prior + count) - LogGamma.value(prior)
            if count > 0 { result -= count * log(share) }
            sum += prior + count
            priorSum += prior
        }
        return result - LogGamma.value(sum) + LogGamma.value(priorSum)
    }
}
