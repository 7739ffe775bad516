#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How much of an error may be spent by the time a share of the planned information is there.
///
/// - Range: an error above 0 and below ½ for one side; the share of information at least 0; from 1 on all is spent.
/// - Reference: K. K. G. Lan, D. L. DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70(3),
///   1983 (the first two, for one side); K. Kim, D. L. DeMets,
///   "Design and analysis of group sequential tests based on the
///   type I error spending rate function", Biometrika 74(1), 1987 (the power family).
package enum AlphaSpending: Sendable, Equatable {
    /// Hardly anything early, so that the last look is nearly one at a fixed sample: 2 − 2Φ(z(α/2)/√t).
    case obrienFleming
    /// Nearly the same bound at every look: α ln(1 + (e − 1)t).
    case pocock
    /// αtᵠ; the exponent is above 0, and 3 is close to O'Brien and Fleming's.
    case power(Double)

    package func spent(alpha: Double, fraction: Double) -> Double {
        guard fraction > 0 else { return 0 }
        if fraction >= 1 { return alpha }
        switch self {
        case .obrienFleming:
            return 2 * StandardNormal.upperTail(-StandardNormal.quantile(alpha / 2) / fraction.squareRoot())
        case .pocock: return alpha * log(1 + (exp(1) - 1) * fraction)
        case .power(let exponent): return alpha * pow(fraction, exponent)
        }
    }
}
