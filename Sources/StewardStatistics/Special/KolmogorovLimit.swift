#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The limit of √n · D for Kolmogorov's statistic D.
package enum KolmogorovLimit {
    /// The chance that the limit exceeds `x`.
    ///
    /// - Range: all x; 1 for x ≤ 0; relative error about 10⁻¹⁵.
    /// - When not to use: for samples below some hundreds, where it is too large: use ``KolmogorovDistribution``.
    /// - Reference: A. N. Kolmogorov, Giornale dell'Istituto Italiano degli Attuari 4, 1933; both series in DLMF 20.2
    ///   as theta functions: the one falls quickly for large x, the other for small x.
    package static func tail(_ x: Double) -> Double {
        guard x > 0 else { return x.isNaN ? .nan : 1 }
        if x < 1 {
            let exponent = -Double.pi * Double.pi / (8 * x * x)
            let sum = [1.0, 9, 25, 49].reduce(0) { $0 + exp(exponent * $1) }
            return 1 - (2 * Double.pi).squareRoot() / x * sum
        }
        let first = exp(-2 * x * x)
        return 2 * (first - exp(-8 * x * x) + exp(-18 * x * x) - exp(-32 * x * x))
    }
}
