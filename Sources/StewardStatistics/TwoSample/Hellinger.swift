/// The Hellinger distance of the shares of cells.
package enum Hellinger {
    /// √(½ ∑ (√c − √r)²).
    ///
    /// - Range: 0…1; 1 where no cell is occupied on both sides.
    /// - When not to use: as evidence with a fixed threshold: under the null it is of the order √(cells / n).
    /// - Reference: E. Hellinger, Journal für die reine und angewandte Mathematik 136, 1909,
    ///   doi:10.1515/crll.1909.136.210.
    package static func value(_ counts: AlignedCounts) -> Double {
        let sum = counts.shares.reduce(0) { sum, share in
            let difference = share.current.squareRoot() - share.reference.squareRoot()
            return sum + difference * difference
        }
        return min(1, (sum / 2).squareRoot())
    }
}
