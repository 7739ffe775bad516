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
/// - When not to use: with rare cells, where it rejects too often.
/// - Reference: S. S. Wilks, "The Likelihood Test of Independence in Contingency Tables", Annals of Mathematical
///   Statistics 6(4), 1935, doi:10.1214/aoms/1177732564.
package struct GTest: Sendable, Equatable {
    /// G.
    package let statistic: Double
    package let degreesOfFreedom: Int
    package let pValue: Double

    /// - Returns: `nil` with fewer than two occupied cells.
    package init?(_ counts: AlignedCounts) {
        let cells = counts.occupied
        guard cells.count > 1 else { return nil }
        let (n, m) = (Double(counts.referenceCount), Double(counts.currentCount))
        var sum = 0.0
        for cell in cells {
            let (a, b) = (Double(counts.reference[cell]), Double(counts.current[cell]))
            let share = (a + b) / (n + m)
            if a > 0 { sum += a * log(a / (n * share)) }
            if b > 0 { sum += b * log(b / (m * share)) }
        }
        // Rounding must not make equal shares negative.
        statistic = max(0, 2 * sum)
        degreesOfFreedom = cells.count - 1
        pValue = ChiSquare.upperTail(statistic, degreesOfFreedom: Double(degreesOfFreedom))
    }
}
