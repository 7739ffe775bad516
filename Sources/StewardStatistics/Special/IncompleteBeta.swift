/// The regularised incomplete beta function.
package enum IncompleteBeta {
    /// Iₓ(a, b).
    ///
    /// - Parameter complement: 1 − x, where it is known with digits that 1 − x has lost.
    /// - Range: a, b > 0; 0 ≤ x ≤ 1, NaN elsewhere; relative error about 10⁻¹³ wherever the value is below one half.
    /// - Reference: the continued fraction DLMF 8.17.22, on the side of the mean where it converges.
    package static func lowerTail(_ x: Double, _ a: Double, _ b: Double, complement: Double? = nil) -> Double {
        let y = complement ?? 1 - x
        guard a > 0, b > 0, (0...1).contains(x), (0...1).contains(y) else { return .nan }
        if x == 0 { return 0 }
        if y == 0 { return 1 }
        return x <= (a + 1) / (a + b + 2) ? fraction(a, b, x, y) : 1 - fraction(b, a, y, x)
    }

    private static func fraction(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
        let tiny = 1e-300
        var c = 1.0
        var d = 1 - (a + b) * x / (a + 1)
        d = 1 / (abs(d) < tiny ? tiny : d)
        var value = d
        func advance(_ numerator: Double) -> Double {
            d = 1 + numerator * d
            d = 1 / (abs(d) < tiny ? tiny : d)
            c = 1 + numerator / c
            if abs(c) < tiny { c = tiny }
            value *= c * d
            return abs(c * d - 1)
        }
        var m = 1.0
        while m < 1e7 {
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            let changes = (advance(even), advance(odd))
            if changes.0 < 4e-16, changes.1 < 4e-16 { break }
            m += 1
        }
        // xᵃ yᵇ / (a B(a, b)) is the binomial density of a successes and b failures times b / (a + b).
        return min(SaddlePoint.binomial(a, b, p: x, q: y) * b / (a + b) * value, 1)
    }
}
