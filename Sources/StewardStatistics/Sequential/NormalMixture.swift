#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether evidence counts for one direction only, or for both.
package enum Sides: Sendable { case one, two }

/// The mixture over normal alternatives that turns a sum and its variance into evidence which may be looked at any
/// number of times.
///
/// - Assumption: the sum is sub-Gaussian with the given variance, or so many terms went into it that it behaves so
///   (then the guarantee is asymptotic). With ``Sides/one`` the evidence is for a sum above what is expected.
/// - Range: variance at least 0, any sum; two numbers of state at the caller.
/// - When not to use: for counts of rare events at small samples; ``RateMixture`` is exact there.
/// - Reference: S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic
///   confidence sequences", Annals of Statistics 49(2), 2021, propositions 5 and 6; tuned as in its section 3.5.
package struct NormalMixture: Sendable {
    private let sides: Sides
    /// The variance of the mixture's inverse scale, in units of the sum's variance.
    private let rho: Double

    /// - Parameters:
    ///   - variance: where the bound is to be tightest, above 0; any choice made beforehand is valid.
    ///   - alpha: the error for which it is tuned; above 0 and below 1, or below ½ for one side.
    package init(optimalAt variance: Double, alpha: Double, sides: Sides) {
        self.sides = sides
        let level = -2 * log(sides == .two ? alpha : 2 * alpha)
        rho = variance / (level + log(1 + level))
    }

    /// The natural logarithm of the evidence against a mean of zero (one side: against zero or less).
    package func logEValue(sum: Double, variance: Double) -> Double {
        let spread = variance + rho
        let square = sum * sum / (2 * spread)
        switch sides {
        case .two: return 0.5 * log(rho / spread) + square
        case .one:
            return 0.5 * log(4 * rho / spread) + square + log(StandardNormal.upperTail(-sum / spread.squareRoot()))
        }
    }

    /// The sum beyond which the evidence is 1/α: a bound that a sum without drift ever crosses with chance α.
    package func bound(variance: Double, alpha: Double) -> Double {
        let needed = -log(alpha)
        if sides == .two {
            return ((variance + rho) * (log(1 + variance / rho) + 2 * needed)).squareRoot()
        }
        // The two-sided bound at the same error lies above it.
        let upper = ((variance + rho) * (log(1 + variance / rho) + 2 * needed)).squareRoot()
        return Bisection.root(below: 0, above: upper) { logEValue(sum: $0, variance: variance) - needed }
    }
}

/// Finds where a function crosses from below 0 to above.
enum Bisection {
    /// The crossing to the last bit; an end where there is no change of sign between them.
    static func root(below low: Double, above high: Double, _ function: (Double) -> Double) -> Double {
        var (low, high) = (low, high)
        if function(high) < 0 { return high }
        for _ in 0..<2000 {
            let middle = low + (high - low) / 2
            if middle <= min(low, high) || middle >= max(low, high) { break }
            if function(middle) < 0 { low = middle } else { high = middle }
        }
        return low + (high - low) / 2
    }
}
