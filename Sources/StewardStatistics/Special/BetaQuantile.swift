extension IncompleteBeta {
    /// The x with Iₓ(a, b) = `probability`: Newton's steps, kept inside a bracket.
    ///
    /// - Range: a, b > 0, a probability from 0 to 1, NaN elsewhere; relative error about 10⁻¹³.
    /// - Parameter guess: where to begin; the mean of the law if there is none inside 0…1.
    package static func quantile(
        _ probability: Double, _ a: Double, _ b: Double, guess: Double? = nil
    ) -> Double {
        guard a > 0, b > 0, 0...1 ~= probability else { return .nan }
        if probability == 0 || probability == 1 { return probability }
        var (low, high) = (0.0, 1.0)
        var x = guess.flatMap { 0 < $0 && $0 < 1 ? $0 : nil } ?? a / (a + b)
        for _ in 0..<200 {
            let excess = lowerTail(x, a, b) - probability
            if excess > 0 { high = x } else { low = x }
            let density = a * b / (a + b) * SaddlePoint.binomial(a, b, p: x, q: 1 - x) / (x * (1 - x))
            let next = x - excess / density
            if low < next, next < high {
                // Newton's step doubles the digits: what remains is of the order of this step's square.
                if abs(next - x) <= 1e-10 * next { return next }
                x = next
            } else {
                // Near 0 the exponent has to be found first.
                x = low == 0 ? high / 16 : high / low > 4 ? (low * high).squareRoot() : (low + high) / 2
                if x == low || x == high { return x }
            }
        }
        return x
    }
}
