#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The Jensen–Shannon distance of the shares of cells: the square root of the divergence.
package enum JensenShannon {
    /// With logarithms to base 2.
    ///
    /// - Range: 0…1; 1 where no cell is occupied on both sides.
    /// - When not to use: as evidence with a fixed threshold: under the null it is of the order √(cells / n).
    /// - Reference: D. M. Endres, J. E. Schindelin, "A New Metric for Probability Distributions", IEEE Transactions on
    ///   Information Theory 49(7), 2003, doi:10.1109/TIT.2003.813506.
    package static func base2(_ counts: AlignedCounts) -> Double {
        min(1, natural(counts) / log(2).squareRoot())
    }

    /// With natural logarithms; 0…√ln 2.
    package static func natural(_ counts: AlignedCounts) -> Double {
        let sum = counts.shares.reduce(0) { sum, share in
            let middle = (share.reference + share.current) / 2
            return sum + (share.reference > 0 ? share.reference * log(share.reference / middle) : 0)
                + (share.current > 0 ? share.current * log(share.current / middle) : 0)
        }
        return max(0, sum / 2).squareRoot()
    }
}
