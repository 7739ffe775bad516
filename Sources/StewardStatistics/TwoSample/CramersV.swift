/// Cramér's V: the chi-square statistic as a measure of association between sample and cell.
package enum CramersV {
    /// √(χ² / (n + m)), since two samples make the smaller side of the table 2.
    ///
    /// - Range: 0…1; `nil` with fewer than two occupied cells.
    /// - When not to use: to compare pairs of samples of different size ratios: one small sample makes it small.
    /// - Reference: H. Cramér, Mathematical Methods of Statistics, 1946, section 21.9.
    package static func value(_ counts: AlignedCounts) -> Double? {
        ChiSquareHomogeneity(counts).map { ($0.statistic / Double(counts.count)).squareRoot() }
    }
}
