#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The population stability index of the shares of cells, and what it would be without any change.
///
/// - Assumption: independent draws; for ``nullUpperBound`` also expected counts of about 10 or more in every cell, as
///   ``AlignedCounts/poolingRareCells(expected:)`` makes them.
/// - Range: from 0; it has no upper bound but the one that the floor sets.
/// - When not to use: with a fixed threshold such as 0.1: at 100 rows a side and ten cells, unchanged data exceed that
///   most of the time. Compare ``statistic`` with ``nullUpperBound``, or use ``corrected``.
/// - Reference: B. Yurdakul, J. Naranjo, "Statistical Properties of the Population Stability Index", Journal of Risk
///   Model Validation 14(4), 2020, doi:10.21314/JRMV.2020.227.
package struct PopulationStability: Sendable, Equatable {
    /// ∑ (c − r) ln(c / r) over shares of at least 10⁻⁴, not renormalised.
    package let statistic: Double
    /// The same with half a row added to every cell instead of the floor.
    package let laplace: Double
    /// ``statistic`` less its mean without change; negative as often as not.
    ///
    /// That mean is (B − 1)(1/n + 1/m) for B occupied cells and, to the second order in the deviations of the counts,
    /// ½(1/n² + 1/m²)(1/p − 1) more for each cell with a share of p that is not rare.
    package let corrected: Double
    /// The 95 % quantile of ``statistic`` without change: that of chi-square with B − 1 degrees, scaled to that mean.
    package let nullUpperBound: Double

    private static let floor = 1e-4

    package init(_ counts: AlignedCounts) {
        let (n, m) = (Double(counts.referenceCount), Double(counts.currentCount))
        let cells = Double(counts.reference.count)
        func index(_ reference: Double, _ current: Double) -> Double {
            (current - reference) * log(current / reference)
        }
        statistic = counts.shares.reduce(0) {
            $0 + index(max($1.reference, Self.floor), max($1.current, Self.floor))
        }
        laplace = counts.reference.indices.reduce(0) { sum, cell in
            sum
                + index(
                    (Double(counts.reference[cell]) + 0.5) / (n + cells / 2),
                    (Double(counts.current[cell]) + 0.5) / (m + cells / 2))
        }
        let degrees = Double(counts.occupied.count - 1)
        let mean = degrees * (1 / n + 1 / m) + Self.secondOrder(counts, n, m)
        corrected = statistic - mean
        nullUpperBound = degrees > 0 ? mean / degrees * Self.chiSquareQuantile95(degrees) : 0
    }

    /// From E[(u − v)(ln(1 + u) − ln(1 + v))] for the relative deviations u and v of a cell's two counts, up to their
    /// fourth powers. The series is of no use for rare cells.
    private static func secondOrder(_ counts: AlignedCounts, _ n: Double, _ m: Double) -> Double {
        counts.occupied.reduce(0) { sum, cell in
            let share = Double(counts.reference[cell] + counts.current[cell]) / (n + m)
            guard share * min(n, m) >= AlignedCounts.leastExpected else { return sum }
            return sum + (1 / (n * n) + 1 / (m * m)) * (1 / share - 1) / 2
        }
    }

    /// Where the upper tail is 0.05, by bisection from above the mean.
    private static func chiSquareQuantile95(_ degrees: Double) -> Double {
        var (low, high) = (0.0, degrees + 10 * (2 * degrees).squareRoot() + 10)
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { return middle }
            if ChiSquare.upperTail(middle, degreesOfFreedom: degrees) > 0.05 { low = middle } else { high = middle }
        }
    }
}
