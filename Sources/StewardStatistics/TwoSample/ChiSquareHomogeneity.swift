/// Pearson's chi-square test that two samples have the same shares of all cells, both taken as samples.
///
/// - Assumption: independent draws, expected counts of about 5 or more:
///   see ``AlignedCounts/poolingRareCells(expected:)``.
/// - Null: equal shares.
/// - Range: statistic 0…n + m; undefined with fewer than two occupied cells.
/// - When not to use: to measure a difference: it grows with the samples; ``CramersV`` does not.
/// - Reference: K. Pearson, "On the Probability That Two Independent Distributions of Frequency Are Really Samples from
///   the Same Population", Biometrika 8(1–2), 1911, doi:10.1093/biomet/8.1-2.250.
package struct ChiSquareHomogeneity: Sendable, Equatable {
    package let statistic: Double
    package let degreesOfFreedom: Int
    package let pValue: Double
    /// The smallest expected count of any cell on either side.
    package let leastExpected: Double

    /// - Returns: `nil` with fewer than two occupied cells, where there is nothing to compare.
    package init?(_ counts: AlignedCounts) {
        let cells = counts.occupied
        guard cells.count > 1 else { return nil }
        let (n, m) = (Double(counts.referenceCount), Double(counts.currentCount))
        var sum = 0.0
        var least = Double.infinity
        for cell in cells {
            let (a, b) = (Double(counts.reference[cell]), Double(counts.current[cell]))
            let share = (a + b) / (n + m)
            // Both sides miss their expectation by the same number.
            let miss = a - n * share
            sum += miss * miss / share
            least = min(least, min(n, m) * share)
        }
        statistic = sum * (1 / n + 1 / m)
        degreesOfFreedom = cells.count - 1
        pValue = ChiSquare.upperTail(statistic, degreesOfFreedom: Double(degreesOfFreedom))
        leastExpected = least
    }
}
