/// The regularised incomplete gamma functions.
package enum IncompleteGamma {
    /// P(a, x) = γ(a, x) / Γ(a), the lower one.
    ///
    /// - Range: a > 0, x ≥ 0, NaN elsewhere; relative error about 10⁻¹³ wherever the value is below one half.
    /// - Reference: the series DLMF 8.11.4 below the mean, the continued fraction DLMF 8.9.2 above it.
    package static func lowerTail(_ a: Double, _ x: Double) -> Double {
        guard a > 0, x >= 0 else { return .nan }
        if x == .infinity { return 1 }
        return x < a + 1 ? series(a, x) : 1 - fraction(a, x)
    }

    /// Q(a, x) = 1 − P(a, x), the upper one, with all its digits down to the smallest `Double`.
    package static func upperTail(_ a: Double, _ x: Double) -> Double {
        guard a > 0, x >= 0 else { return .nan }
        if x == .infinity { return 0 }
        return x < a + 1 ? 1 - series(a, x) : fraction(a, x)
    }

    private static func series(_ a: Double, _ x: Double) -> Double {
        if x == 0 { return 0 }
        var term = 1.0
        var sum = 1.0
        var denominator = a
        while term > sum * 1e-17 {
            denominator += 1
            term *= x / denominator
            sum += term
        }
        return min(sum * SaddlePoint.poisson(a, mean: x), 1)
    }

    /// Lentz's evaluation. It takes about √a steps at x ≈ a, its worst place; the bound is far beyond that.
    private static func fraction(_ a: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        var b = x + 1 - a
        var c = 1 / tiny
        var d = 1 / b
        var value = d
        var step = 1.0
        while step < 1e7 {
            let numerator = -step * (step - a)
            b += 2
            d = numerator * d + b
            if abs(d) < tiny { d = tiny }
            c = b + numerator / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            let factor = c * d
            value *= factor
            if abs(factor - 1) < 2e-16 { break }
            step += 1
        }
        // x^a e^-x / Γ(a) is a times the density, whose own Γ is that of a + 1.
        return min(a * SaddlePoint.poisson(a, mean: x) * value, 1)
    }
}
