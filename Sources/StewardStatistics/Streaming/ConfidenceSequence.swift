#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A confidence sequence: intervals for the mean of bounded values that hold at every moment together, however often
/// and for whatever reason one looks.
///
/// - Assumption: every value lies in `bounds` and has the same conditional mean given those before it. Nothing else:
///   no distribution, no independence.
/// - Range: `confidence` strictly between 0 and 1. Constant memory; the width shrinks like √(ln t / t) times the
///   deviation of the values.
/// - When not to use: for one look at a fixed sample (``RunningMoments/interval(confidence:)`` and ``Wilson`` are
///   shorter); for values without bounds known beforehand.
/// - Reference: I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86(1),
///   2024, theorem 2 (predictable plug-in empirical Bernstein), intersected over time.
package struct ConfidenceSequence: Sendable {
    private let bounds: ClosedRange<Double>
    private let scale: Double
    /// ln(2/α)
    private let evidence: Double
    private var count = 0
    private var sum = 0.0
    private var squares = 0.0
    private var weightSum = 0.0
    private var weightedSum = 0.0
    private var penalty = 0.0
    /// Where the mean lies, at this moment and at all before, with the confidence asked.
    package private(set) var interval: ConfidenceInterval

    /// - Returns: `nil` where `bounds` is a single point, or not finite, or `confidence` is out of range.
    package init?(bounds: ClosedRange<Double>, confidence: Double) {
        let scale = bounds.upperBound - bounds.lowerBound
        guard scale > 0, scale.isFinite, confidence > 0, confidence < 1 else { return nil }
        self.bounds = bounds
        self.scale = scale
        evidence = log(2 / (1 - confidence))
        interval = ConfidenceInterval(lower: bounds.lowerBound, upper: bounds.upperBound)
    }

    /// Takes the next value; returns `false`, and does nothing, for one outside the bounds.
    @discardableResult
    package mutating func add(_ value: Double) -> Bool {
        guard bounds.contains(value) else { return false }
        let x = (value - bounds.lowerBound) / scale
        // All three rest on the values before this one, which is what makes the bound hold at all times.
        let n = Double(count)
        let mean = (0.5 + sum) / (n + 1)
        let variance = (0.25 + squares) / (n + 1)
        let weight = min(0.5, (2 * evidence / (variance * (n + 1) * log(n + 2))).squareRoot())
        weightSum += weight
        weightedSum += weight * x
        penalty += (x - mean) * (x - mean) * (-log(1 - weight) - weight)
        count += 1
        sum += x
        let newMean = (0.5 + sum) / (n + 2)
        squares += (x - newMean) * (x - newMean)
        let center = weightedSum / weightSum
        let halfWidth = (evidence + penalty) / weightSum
        let lower = max(interval.lower, bounds.lowerBound + scale * (center - halfWidth))
        let upper = min(interval.upper, bounds.lowerBound + scale * (center + halfWidth))
        // An empty intersection says that the mean was not constant; the crossing point stands for it.
        interval = ConfidenceInterval(lower: min(lower, upper), upper: max(lower, upper))
        return true
    }
}

extension ConfidenceSequence {
    /// Whether two sequences prove different means, with an error of at most the sum of both.
    package func excludes(_ other: Self) -> Bool {
        interval.upper < other.interval.lower || other.interval.upper < interval.lower
    }
}
