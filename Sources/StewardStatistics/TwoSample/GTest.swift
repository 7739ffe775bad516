#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The likelihood-ratio test that two samples have the same shares of all cells.
///
/// - Assumption, null, range: as ``ChiSquareHomogeneity``, and it needs larger expected counts.
/// - When not to use: ``pValue`` with rare cells, where it rejects too often: many cells of about 5 expected rows make
///   5 % into 8 %. ``correctedPValue`` keeps its level there.
/// - Reference: S. S. Wilks, "The Likelihood Test of Independence in Contingency Tables", Annals of Mathematical
///   Statistics 6(4), 1935, doi:10.1214/aoms/1177732564; D. A. Williams, "Improved likelihood ratio tests for complete
///   contingency tables", Biometrika 63(1), 1976, doi:10.1093/biomet/63.1.33.
package struct GTest: Sendable, Equatable {
    /// G.
    package let statistic: Double
    package let degreesOfFreedom: Int
    package let pValue: Double
    /// Of G divided by its mean without change over the degrees of freedom, to the second order.
    package let correctedPValue: Double

    /// - Returns: `nil` with fewer than two occupied cells.
    package init?(_ counts: AlignedCounts) {
        let cells = counts.occupied
        guard cells.count > 1 else { return nil }
        let (n, m) = (Double(counts.referenceCount), Double(counts.currentCount))
        var sum = 0.0
        var inverseShares = 0.0
        for cell in cells {
            let (a, b) = (Double(counts.reference[cell]), Double(counts.current[cell]))
            let share = (a + b) / (n + m)
            inverseShares += 1 / share
            if a > 0 { sum += a * log(a / (n * share)) }
            if b > 0 { sum += b * log(b / (m * share)) }
        }
        // Rounding must not make equal shares negative.
        statistic = max(0, 2 * sum)
        degreesOfFreedom = cells.count - 1
        let degrees = Double(degreesOfFreedom)
        pValue = ChiSquare.upperTail(statistic, degreesOfFreedom: degrees)
        let rows = (n + m) / n + (n + m) / m - 1
        let inflation = 1 + rows * (inverseShares - 1) / (6 * (n + m) * degrees)
        correctedPValue = ChiSquare.upperTail(statistic / inflation, degreesOfFreedom: degrees)
    }
}
