#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The distribution of Smirnov's one-sided statistic D⁺ of one sample of n against a known continuous distribution.
package enum SmirnovDistribution {
    /// The chance that D⁺ is at least `x` in a sample of `count`.
    ///
    /// - Range: count ≥ 1, 0 ≤ x ≤ 1, else NaN; all terms are positive; relative error about 10⁻¹⁶ · count.
    /// - When not to use: its cost may grow with n; twice it is the two-sided tail only where that is small.
    /// - Reference: Z. W. Birnbaum, F. H. Tingey, "One-Sided Confidence Contours for Probability Distribution
    ///   Functions", Annals of Mathematical Statistics 22(4), 1951, doi:10.1214/aoms/1177729550.
    package static func tail(_ x: Double, count: Int) -> Double {
        guard count >= 1, (0...1).contains(x) else { return .nan }
        if x == 0 { return 1 }
        let n = Double(count)
        // j = 0 is (1 − x)ⁿ; the others are binomial densities at j of a chance that is not j/n, times x over it. They
        // rise to one summit, which is never much higher than the middle: from there outward until none counts.
        var sum = exp(n * log1p(-x))
        let last = (n * (1 - x)).rounded(.down)
        let middle = max(1, (last / 2).rounded(.down))
        func add(_ j: Double) -> Bool {
            let chance = x + j / n
            guard chance < 1 else { return false }
            let term = density(j, n, x) * x / chance
            sum += term
            return term > sum * 1e-18
        }
        var j = middle
        while j <= last, add(j) { j += 1 }
        j = middle - 1
        while j >= 1, add(j) { j -= 1 }
        return min(1, sum)
    }

    /// The binomial density at j of n trials with chance j/n + x, for 0 < j < n.
    private static func density(_ j: Double, _ n: Double, _ x: Double) -> Double {
        let k = n - j
        if j < 20 || k < 20 { return SaddlePoint.binomial(j, k, p: x + j / n, q: k / n - x) }
        // The Stirling errors of the three factorials, to their third term: 10⁻¹⁵ from 20 on.
        let stirling = error(n) - error(j) - error(k)
        // log1p would save the last of n's digits at twice the time, and this is called up to n times.
        let exponent = stirling + j * log(1 + n * x / j) + k * log(1 - n * x / k)
        return exp(exponent) * (n / (2 * Double.pi * j * k)).squareRoot()
    }

    private static func error(_ x: Double) -> Double {
        let square = 1 / (x * x)
        return (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680))) / x
    }
}
