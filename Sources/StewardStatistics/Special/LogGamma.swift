#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The logarithm of the gamma function.
package enum LogGamma {
    /// ln Γ(x).
    ///
    /// - Range: x > 0, error below 10⁻¹⁴ of the larger of the value and 1; +∞ at 0 and +∞, NaN below 0.
    /// - When not to use: for differences such as ln n! − ln k! of large numbers, whose digits cancel; use the
    ///   densities of ``SaddlePoint``.
    /// - Reference: Stirling's series, DLMF 5.11.1, behind the recurrence Γ(x + 1) = x Γ(x), DLMF 5.5.1.
    package static func value(_ x: Double) -> Double {
        guard x >= 0 else { return .nan }
        if x == 0 || x == .infinity { return .infinity }
        // Below 15 the series is too short; climb there by the recurrence, one logarithm for all factors.
        var shifted = x
        var product = 1.0
        while shifted < 15 {
            product *= shifted
            shifted += 1
        }
        let stirling = (shifted - 0.5) * log(shifted) - shifted + halfLog2Pi + SaddlePoint.stirlingError(shifted)
        return product == 1 ? stirling : stirling - log(product)
    }

    /// ln(2π) / 2.
    static let halfLog2Pi = 0.918_938_533_204_672_741_78
}
