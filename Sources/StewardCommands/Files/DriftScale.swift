import Foundation

/// Where the marks of an axis stand.
enum DriftScale {
    /// Round numbers between two ends, in steps of 1, 2 or 5 times a power of ten.
    static func steps(_ low: Double, _ high: Double) -> [Double] {
        guard high > low, (high - low).isFinite else { return [] }
        let rough = (high - low) / 6
        let power = pow(10, log10(rough).rounded(.down))
        let step = ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10) * power
        guard step > 0, step.isFinite else { return [] }
        let first = (low / step).rounded(.up)
        return (0...10).map { (first + Double($0)) * step }.filter { $0 <= high }
    }

    /// Powers of ten between two positive ends; over few decades their doubles and fivefolds, too.
    static func ratios(_ low: Double, _ high: Double) -> [Double] {
        let count = decades(low, high)
        guard count > 0, count.isFinite else { return [] }
        let factors: [Double] = count <= 2.5 ? [1, 2, 5] : [1]
        let exponents = stride(
            from: Int(log10(low).rounded(.down)), through: Int(log10(high).rounded(.up)), by: max(1, Int(count / 8)))
        return exponents.flatMap { exponent in factors.map { $0 * pow(10, Double(exponent)) } }
            .filter { (low...high).contains($0) }
    }

    /// How many powers of ten lie between two positive numbers.
    static func decades(_ low: Double, _ high: Double) -> Double { log10(high) - log10(low) }
}
