#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The distribution of Kolmogorov's statistic D of one sample of n against a known continuous distribution. Two samples
/// borrow it for their asymptotic p-value, with n = 1/(1/n₁ + 1/n₂).
///
/// - Reference: R. Simard, P. L'Ecuyer, "Computing the Two-Sided Kolmogorov–Smirnov Distribution", Journal of
///   Statistical Software 39(11), 2011, doi:10.18637/jss.v039.i11, whose regions choose the method.
package enum KolmogorovDistribution {
    /// The chance that D exceeds `x` in a sample of `count`.
    ///
    /// - Range: count ≥ 1, else NaN. Relative error below 10⁻⁹, except around the middle of the distribution of samples
    ///   over 140, where the expansion of Pelz and Good is good to about 10⁻⁶ and gets better with n.
    package static func tail(_ x: Double, count: Int) -> Double {
        guard count >= 1, !x.isNaN else { return .nan }
        if x <= 0 { return 1 }
        if x >= 1 { return 0 }
        let n = Double(count)
        let scaled = n * x
        if scaled <= 0.5 { return 1 }
        if scaled <= 1 { return 1 - smallest(scaled, n) }
        if scaled >= n - 1 { return min(1, 2 * pow(1 - x, n)) }
        let square = scaled * x
        // Here the two one-sided events exclude each other, or both are too rare to meet.
        if x >= 0.5 || square > (count <= 140 ? 4 : 2.2) {
            return square >= 370 ? 0 : min(1, 2 * SmirnovDistribution.tail(x, count: count))
        }
        if count <= 140 || (count <= 100_000 && n * pow(x, 1.5) <= 1.4) { return 1 - durbin(x, count) }
        return min(1, max(0, 1 - pelzGood(x, n)))
    }

    /// P(D ≤ x) for n·x ≤ 1: n! (2x − 1/n)ⁿ (P. Ruben, J. Gambino, 1982).
    private static func smallest(_ scaled: Double, _ n: Double) -> Double {
        exp(LogGamma.value(n + 1) + n * log((2 * scaled - 1) / n))
    }

    /// P(D ≤ x) as an element of the n-th power of a matrix of side 2⌈n·x⌉ − 1.
    ///
    /// - Reference: J. Durbin, Annals of Mathematical Statistics 39, 1968; G. Marsaglia, W. W. Tsang, J. Wang,
    ///   "Evaluating Kolmogorov's Distribution", JSS 8(18), 2003, doi:10.18637/jss.v008.i18.
    private static func durbin(_ x: Double, _ count: Int) -> Double {
        let scaled = Double(count) * x
        let k = Int(scaled.rounded(.up))
        let side = 2 * k - 1
        var power = ScaledMatrix(side: side)
        let step = durbinMatrix(side: side, h: Double(k) - scaled)
        // Squaring from the highest bit of n down.
        for bit in stride(from: Int.bitWidth - 1 - count.leadingZeroBitCount, through: 0, by: -1) {
            power = power.times(power)
            if count >> bit & 1 == 1 { power = power.times(step) }
        }
        // n!/nⁿ in one exponent with the power's scale.
        let n = Double(count)
        let factor = LogGamma.halfLog2Pi + 0.5 * log(n) - n + SaddlePoint.stirlingError(n)
        let element = power[k - 1, k - 1]
        return element <= 0 ? 0 : exp(log(element) + Double(power.exponent) * log(2) + factor)
    }

    private static func durbinMatrix(side: Int, h: Double) -> ScaledMatrix {
        var matrix = ScaledMatrix(side: side)
        var inverseFactorials = [1.0]
        for i in 1...side + 1 { inverseFactorials.append(inverseFactorials[i - 1] / Double(i)) }
        for i in 0..<side {
            for j in 0..<side { matrix[i, j] = i - j + 1 >= 0 ? inverseFactorials[i - j + 1] : 0 }
        }
        var hPower = h
        for i in 0..<side {
            matrix[i, 0] -= hPower * inverseFactorials[i + 1]
            if i < side - 1 { matrix[side - 1, side - 1 - i] -= hPower * inverseFactorials[i + 1] }
            hPower *= h
        }
        let corner = pow(h, Double(side))
        matrix[side - 1, 0] =
            (1 - 2 * corner + pow(max(2 * h - 1, 0), Double(side))) * inverseFactorials[side]
        return matrix
    }

    /// P(D ≤ x) by the first four terms of its expansion in 1/√n.
    ///
    /// - Reference: W. Pelz, I. J. Good, "Approximating the Lower Tail-Areas of the Kolmogorov–Smirnov One-Sample
    ///   Statistic", JRSS B 38(2), 1976, 152–156.
    private static func pelzGood(_ x: Double, _ n: Double) -> Double {
        let z = n.squareRoot() * x
        let z2 = z * z
        let (z4, z6) = (z2 * z2, z2 * z2 * z2)
        let pi2 = Double.pi * Double.pi
        let (pi4, pi6) = (pi2 * pi2, pi2 * pi2 * pi2)
        var (k0, k1, k2, k3) = (0.0, 0.0, 0.0, 0.0)
        for k in stride(from: (16 * z / .pi).rounded(.up), through: 1, by: -1) {
            let odd = 2 * k - 1
            let m2 = odd * odd
            let weight = exp(-m2 * pi2 / (8 * z2))
            k0 += weight
            k1 += weight * (-z2 + pi2 / 4 * m2)
            k2 += weight * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * pi2 / 4 * m2 + pi4 * (1 - 2 * z2) / 16 * m2 * m2)
            k3 +=
                weight
                * (-30 * z6 - 90 * z4 * z4 + pi2 * (135 * z4 - 96 * z6) / 4 * m2
                    + pi4 * (212 * z4 - 60 * z2) / 16 * m2 * m2 + pi6 * (5 - 30 * z2) / 64 * m2 * m2 * m2)
            let even = exp(-pi2 * k * k / (2 * z2)) * k * k * pi2
            k2 -= even * 2 * z4
            k3 += even * (3 * z2 - pi2 * k * k) * 30 * z4
        }
        let root = (2 * Double.pi).squareRoot()
        return root
            * (k0 / z + k1 / (6 * z4 * n.squareRoot()) + k2 / (72 * z4 * z2 * z * n)
                + k3 / (6480 * z6 * z4 * n * n.squareRoot()))
    }
}

/// A square matrix times 2^exponent; the exponent keeps its powers within the range of `Double`.
private struct ScaledMatrix {
    let side: Int
    var exponent = 0
    private var elements: [Double]

    /// The unit matrix.
    init(side: Int) {
        self.side = side
        elements = [Double](repeating: 0, count: side * side)
        for i in 0..<side { elements[i * side + i] = 1 }
    }

    subscript(row: Int, column: Int) -> Double {
        get { elements[row * side + column] }
        set { elements[row * side + column] = newValue }
    }

    func times(_ other: Self) -> Self {
        var product = Self(side: side)
        product.exponent = exponent + other.exponent
        var largest = 0.0
        for i in 0..<side {
            var row = [Double](repeating: 0, count: side)
            for k in 0..<side where self[i, k] != 0 {
                let factor = self[i, k]
                for j in 0..<side { row[j] += factor * other.elements[k * side + j] }
            }
            for j in 0..<side {
                product[i, j] = row[j]
                largest = max(largest, row[j])
            }
        }
        guard largest > 0x1p256 || largest < 0x1p-256, largest > 0 else { return product }
        product.exponent += Int(largest.exponent)
        let scale = Double(sign: .plus, exponent: -largest.exponent, significand: 1)
        for i in product.elements.indices { product.elements[i] *= scale }
        return product
    }
}
