/// A test of one tail by counts: whether one sample holds more than its share of the most extreme values of both.
///
/// The threshold is chosen from the pooled values alone: about one in a hundred of them lie beyond it, but at least 20,
/// and equal values lie on one side. Given the pool, the count of one sample beyond it is hypergeometric without a
/// change, so Fisher's exact test keeps its level for every distribution, with ties, and for every pair of sizes.
///
/// - Assumption: independent draws.
/// - Null: both samples come from one distribution.
/// - Range: ratio from 0, infinite where only the current sample reaches beyond.
/// - When not to use: for a change in the middle; ``KolmogorovSmirnov`` and ``AndersonDarling`` look there.
/// - Reference: R. A. Fisher, JRSS 98(1), 1935, doi:10.2307/2342435; S. Rosenbaum, "Tables for a Nonparametric Test of
///   Dispersion", Annals of Mathematical Statistics 24, 1953, for counting extremes.
package struct TailShare: Sendable, Equatable {
    package enum Tail: Sendable { case lower, upper }

    /// Values beyond the threshold; the threshold itself belongs to the other side.
    package let threshold: Double
    package let referenceBeyond: Int
    package let currentBeyond: Int
    /// The current sample's share beyond the threshold over the reference's.
    package let ratio: Double
    package let pValue: Double

    /// - Returns: `nil` where all values are equal, or so many are tied that no threshold leaves a tail of at most a
    ///   tenth of the values.
    package init?(_ sample: PooledSample, _ tail: Tail, share: Double = 0.01, least: Int = 20) {
        let wanted = max(least, Int((Double(sample.count) * share).rounded(.up)))
        let most = max(2 * wanted, sample.count / 10)
        let last = sample.values.count - 1
        var (reference, current, taken) = (0, 0, 0)
        // From the end inward until the tail is as large as wanted, or the next value would make it too large.
        while taken < last, reference + current < wanted {
            let inner = tail == .upper ? last - taken - 1 : taken
            var (a, b) = (sample.referenceThrough[inner], sample.currentThrough[inner])
            if tail == .upper { (a, b) = (sample.referenceCount - a, sample.currentCount - b) }
            if a + b > most { break }
            (reference, current, taken) = (a, b, taken + 1)
        }
        guard reference + current > 0,
            let fisher = FisherExact(
                successes: Int64(reference), of: Int64(sample.referenceCount), and: Int64(current),
                of: Int64(sample.currentCount))
        else { return nil }
        threshold = sample.values[tail == .upper ? last - taken : taken]
        referenceBeyond = reference
        currentBeyond = current
        ratio =
            (Double(current) / Double(sample.currentCount)) / (Double(reference) / Double(sample.referenceCount))
        pValue = fisher.pValue
    }
}
