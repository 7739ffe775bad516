/// The Mann–Whitney U test: whether values of one sample tend to exceed those of the other.
///
/// - Assumption: independent draws; ties are counted by midranks and corrected for.
/// - Null: both samples come from one distribution.
/// - Range: U 0…n·m; meant for at least 8 values on each side.
/// - When not to use: for a change of spread or shape at the same middle, which it cannot see.
/// - Reference: H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18(1), 1947, doi:10.1214/aoms/1177730491.
package struct MannWhitney: Sendable, Equatable {
    /// U of the reference: in how many pairs its value is the larger one, ties counting half.
    package let statistic: Double
    /// Two-sided, from the normal limit with continuity correction: as scipy 1.17.1 `method="asymptotic"`.
    package let pValue: Double

    package init(_ sample: PooledSample) {
        let (n, m) = (Double(sample.referenceCount), Double(sample.currentCount))
        let total = n + m
        var (below, referenceBelow, ranks, ties) = (0.0, 0.0, 0.0, 0.0)
        for index in sample.values.indices {
            let reference = Double(sample.referenceThrough[index])
            let through = reference + Double(sample.currentThrough[index])
            let tied = through - below
            ranks += (reference - referenceBelow) * (below + (tied + 1) / 2)
            ties += tied * tied * tied - tied
            (below, referenceBelow) = (through, reference)
        }
        statistic = ranks - n * (n + 1) / 2
        let larger = max(statistic, n * m - statistic)
        let variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
        // All values equal leave no variance and nothing against the null.
        guard variance > 0 else {
            pValue = 1
            return
        }
        pValue = min(1, 2 * StandardNormal.upperTail((larger - n * m / 2 - 0.5) / variance.squareRoot()))
    }
}
