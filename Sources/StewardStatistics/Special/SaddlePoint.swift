#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Densities of the Poisson and binomial distributions without cancellation: the factor in front of every incomplete
/// gamma and beta function, and the terms of exact tests.
///
/// - Reference: C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000; the densities are written
///   as a Stirling error and a deviance, both of which are small.
package enum SaddlePoint {
    /// e⁻ˣ xᵃ / Γ(a + 1): the Poisson density at `a`, also between integers.
    ///
    /// - Range: a ≥ 0, x ≥ 0; relative error about 10⁻¹⁵ near the mode, 10⁻¹³ at 10⁻³⁰⁰.
    package static func poisson(_ a: Double, mean x: Double) -> Double {
        if x == 0 { return a == 0 ? 1 : 0 }
        if a == 0 { return exp(-x) }
        // Below 1 the Stirling error has no series; one step of the recurrence leads there.
        if a < 1 { return poisson(a + 1, mean: x) * (a + 1) / x }
        return exp(-stirlingError(a) - deviance(a, x)) / (2 * Double.pi * a).squareRoot()
    }

    /// Γ(a + b + 1) / (Γ(a + 1) Γ(b + 1)) · pᵃ qᵇ: the binomial density of `a` successes and `b` failures, also between
    /// integers.
    ///
    /// - Parameters: `p` and `q` = 1 − p, both given because the smaller one may have more digits.
    package static func binomial(_ a: Double, _ b: Double, p: Double, q: Double) -> Double {
        if a == 0, b == 0 { return 1 }
        if a == 0 { return exp(q < 0.5 ? b * log(q) : b * log1p(-p)) }
        if b == 0 { return exp(p < 0.5 ? a * log(p) : a * log1p(-q)) }
        if p == 0 || q == 0 { return 0 }
        if a < 1 { return binomial(a + 1, b, p: p, q: q) * (a + 1) / ((a + b + 1) * p) }
        if b < 1 { return binomial(a, b + 1, p: p, q: q) * (b + 1) / ((a + b + 1) * q) }
        let n = a + b
        let exponent =
            stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * p) - deviance(b, n * q)
        return exp(exponent) * (n / (2 * Double.pi * a * b)).squareRoot()
    }

    /// ln Γ(x + 1) − ((x + ½) ln x − x + ½ ln 2π): what Stirling's formula leaves out. x ≥ 1.
    package static func stirlingError(_ x: Double) -> Double {
        if x < 15 {
            // Γ by its recurrence from where the series holds.
            var shifted = x
            var product = 1.0
            while shifted < 15 {
                shifted += 1
                product *= shifted
            }
            let reached = (shifted + 0.5) * log(shifted) - shifted + stirlingError(shifted)
            return reached - log(product) - ((x + 0.5) * log(x) - x)
        }
        let square = x * x
        var sum = 0.0
        for coefficient in stirlingSeries { sum = sum / square + coefficient }
        return sum / x
    }

    /// B₂ⱼ / (2j (2j − 1)), the last first (DLMF 5.11.1).
    private static let stirlingSeries: [Double] = [
        -3617.0 / 122_400, 1.0 / 156, -691.0 / 360_360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12,
    ]

    /// x ln(x/m) + m − x, without the cancellation that this has where x is close to m.
    private static func deviance(_ x: Double, _ m: Double) -> Double {
        let difference = x - m
        guard abs(difference) < 0.1 * (x + m) else { return x * log(x / m) - difference }
        let ratio = difference / (x + m)
        var sum = difference * ratio
        var term = 2 * x * ratio
        var odd = 3.0
        while true {
            term *= ratio * ratio
            let next = sum + term / odd
            if next == sum { return sum }
            sum = next
            odd += 2
        }
    }
}
