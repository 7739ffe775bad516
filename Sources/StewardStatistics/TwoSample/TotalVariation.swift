/// The total variation distance of the shares of cells: the share of rows that would have to change their cell.
package enum TotalVariation {
    /// ½ ∑ |c − r|.
    ///
    /// - Range: 0…1.
    /// - When not to use: as evidence: under the null it grows with the number of cells and falls with √n.
    /// - Reference: A. L. Gibbs, F. E. Su, "On Choosing and Bounding Probability Metrics", International Statistical
    ///   Review 70(3), 2002, doi:10.1111/j.1751-5823.2002.tb00178.x.
    package static func value(_ counts: AlignedCounts) -> Double {
        counts.shares.reduce(0) { $0 + abs($1.current - $1.reference) } / 2
    }

    /// The largest difference of a single cell's shares, max |c − r|.
    package static func largest(_ counts: AlignedCounts) -> Double {
        counts.shares.reduce(0) { max($0, abs($1.current - $1.reference)) }
    }
}
