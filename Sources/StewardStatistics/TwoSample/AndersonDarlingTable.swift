#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Interpolation in table 2 of Scholz and Stephens for two samples.
enum AndersonDarlingTable {
    /// The p-value of the standardised statistic, held within 0.001…0.25.
    static func pValue(_ statistic: Double) -> Double {
        guard let first = points.first, let last = points.last else { return .nan }
        if statistic < first.critical { return first.level }
        if statistic > last.critical { return last.level }
        return exp(fit.constant + statistic * (fit.linear + statistic * fit.quadratic))
    }

    /// Critical values of the statistic, as the sum of the paper's three coefficients, and their levels.
    private static let points: [(critical: Double, level: Double)] = [
        (0.675 - 0.245 - 0.105, 0.25), (1.281 + 0.25 - 0.305, 0.1), (1.645 + 0.678 - 0.362, 0.05),
        (1.96 + 1.149 - 0.391, 0.025), (2.326 + 1.822 - 0.396, 0.01), (2.573 + 2.364 - 0.345, 0.005),
        (3.085 + 3.615 - 0.154, 0.001),
    ]

    /// The parabola that fits the logarithms of the levels best, by orthogonal polynomials.
    private static let fit: (constant: Double, linear: Double, quadratic: Double) = {
        let count = Double(points.count)
        let center = points.reduce(0) { $0 + $1.critical } / count
        let offsets = points.map { $0.critical - center }
        let levels = points.map { log($0.level) }
        let squares = offsets.reduce(0) { $0 + $1 * $1 }
        let cubes = offsets.reduce(0) { $0 + $1 * $1 * $1 }
        // 1, x and x² − (cubes/squares) x − squares/count are orthogonal over the points.
        let bend = offsets.map { $0 * $0 - cubes / squares * $0 - squares / count }
        let constant = levels.reduce(0, +) / count
        let linear = zip(offsets, levels).reduce(0) { $0 + $1.0 * $1.1 } / squares
        let quadratic =
            zip(bend, levels).reduce(0) { $0 + $1.0 * $1.1 } / bend.reduce(0) { $0 + $1 * $1 }
        let slope = linear - quadratic * cubes / squares
        let level = constant - quadratic * squares / count
        return (level - slope * center + quadratic * center * center, slope - 2 * quadratic * center, quadratic)
    }()
}
