/// The two-sample Cramér–von Mises test: the mean squared distance of two distribution functions.
///
/// - Assumption: independent draws. Ties are counted by midranks, which make ``statistic`` and ``pValue`` wrong for
///   samples of unequal size; ``pValueGivenTies`` holds for all.
/// - Null: both samples come from one distribution.
/// - Range: statistic from 0; at least two values on each side.
/// - When not to use: for tails: ``AndersonDarling`` weighs them.
/// - Reference: T. W. Anderson, "On the Distribution of the Two-Sample Cramér–von Mises Criterion", Annals of
///   Mathematical Statistics 33(3), 1962, doi:10.1214/aoms/1177704477.
package struct CramerVonMises: Sendable, Equatable {
    /// T.
    package let statistic: Double
    /// From the limit law, after T is given the limit's mean and variance: as scipy 1.17.1 `method="asymptotic"`.
    package let pValue: Double
    /// Of the mean squared distance at the midranks, with the null distribution that it has given the ties; without
    /// ties, of ``statistic`` with its limit, by three moments.
    package let pValueGivenTies: Double

    package init?(_ sample: PooledSample) {
        guard sample.referenceCount > 1, sample.currentCount > 1 else { return nil }
        let (n, m) = (Double(sample.referenceCount), Double(sample.currentCount))
        let total = n + m
        let (share, expected) = (1 / total, n / total)
        let isTied = sample.isFarFromLimit
        var form = RankForm()
        var (reference, current) = (RankDistance(), RankDistance())
        var squares = 0.0
        for index in sample.values.indices {
            let (a, b) = (reference.below, current.below)
            let (throughA, throughB) = (
                Double(sample.referenceThrough[index]), Double(sample.currentThrough[index])
            )
            let tied = throughA + throughB - a - b
            let middle = a + b + tied / 2
            reference.take(through: throughA, midrank: middle + 0.5)
            current.take(through: throughB, midrank: middle + 0.5)
            guard isTied else { continue }
            let difference = (a + throughA) / 2 - middle * expected
            squares += tied * difference * difference
            form.add(weight: tied * share, rank: middle * share, tied: tied * share)
        }
        let product = n * m
        let u = n * reference.sum + m * current.sum
        statistic = u / (product * total) - (4 * product - 1) / (6 * total)
        let mean = (1 + 1 / total) / 6
        let variance =
            (total + 1) * (4 * product * total - 3 * (n * n + m * m) - 2 * product)
            / (45 * total * total * 4 * product)
        let limit = 1 / 6 + (statistic - mean) / (45 * variance).squareRoot()
        pValue = CramerVonMisesLimit.truncatedTail(limit)
        // The variance of a count below a value, without replacement, is n m / total times that of the bridge.
        pValueGivenTies =
            isTied ? form.tail(squares / total * (total - 1) / product) : RankForm.cramerVonMises.tail(limit)
    }

    /// ∑ (rank in the pool − rank in the sample)² over one sample; all terms are quarters of integers.
    private struct RankDistance {
        var sum = 0.0
        var below = 0.0

        @inline(__always)
        mutating func take(through: Double, midrank: Double) {
            let count = through - below
            let distance = midrank - below - (count + 1) / 2
            sum += count * distance * distance + count * (count * count - 1) / 12
            below = through
        }
    }
}
