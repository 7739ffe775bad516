#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ProportionComparison {
    /// How a group is measured against its reference.
    package enum Scale: String, Sendable { case ratio, difference }

    /// The estimate; `nil` for a ratio to nothing.
    package func estimate(_ scale: Scale) -> Double? { scale == .ratio ? ratio : difference }

    /// The interval that ``pValue(below:_:)`` and ``pValue(above:_:)`` are the inversion of.
    package func interval(_ scale: Scale, confidence: Double) -> ConfidenceInterval? {
        scale == .ratio ? ratioInterval(confidence: confidence) : newcombe(confidence: confidence)
    }

    /// The two-sided p-value that the true ratio or difference lies below `bound`: one less the highest confidence at
    /// which the whole interval does. 1 where the estimate itself does not.
    package func pValue(below bound: Double, _ scale: Scale) -> Double {
        BoundTest(self, bound, scale, isBelow: true).pValue
    }

    /// The same for above `bound`.
    package func pValue(above bound: Double, _ scale: Scale) -> Double {
        BoundTest(self, bound, scale, isBelow: false).pValue
    }
}

/// Whether a ratio or difference lies on one side of a bound.
struct BoundTest {
    /// Where the normal law has no tail left that a double could hold.
    private static let farthest = 38.0

    private let group: ScoreBounds
    private let reference: ScoreBounds
    private let weight: Double
    private let isBelow: Bool
    /// group − weight · reference − shift, which is 0 where the measure is exactly at the bound.
    private let excess: Double

    init(
        _ comparison: ProportionComparison, _ bound: Double, _ scale: ProportionComparison.Scale, isBelow: Bool
    ) {
        group = ScoreBounds(comparison.group)
        reference = ScoreBounds(comparison.reference)
        weight = scale == .ratio ? bound : 1
        excess = group.rate - weight * reference.rate - (scale == .ratio ? 0 : bound)
        self.isBelow = isBelow
    }

    /// Whether the estimate itself lies there.
    private var isBeyond: Bool { isBelow ? excess < 0 : excess > 0 }

    /// How far the interval reaches past the bound; below 0 where the whole interval lies beyond it.
    private func reach(_ z: Double) -> Double {
        let (a, b) =
            isBelow
            ? (group.above(z), weight * reference.below(z)) : (group.below(z), weight * reference.above(z))
        return (a * a + b * b).squareRoot() - abs(excess)
    }

    var pValue: Double {
        guard isBeyond else { return 1 }
        guard reach(Self.farthest) >= 0 else { return .leastNormalMagnitude }
        return StandardNormal.bothTails(touch)
    }

    /// The p-value if it is smaller than that of `z`, which one look tells; otherwise `nil`.
    func pValue(beyond z: Double) -> Double? { isBeyond && reach(z) < 0 ? pValue : nil }

    /// The z at which the interval comes to touch the bound. Wider confidence only widens the interval, so there is
    /// one. Regula falsi, with the old end's weight halved where it stays (M. Dowell, P. Jarratt, "A Modified Regula
    /// Falsi Method", BIT 11, 1971).
    private var touch: Double {
        var (low, high) = (0.0, Self.farthest)
        var (lowReach, highReach) = (reach(low), reach(high))
        var last = 0
        for _ in 0..<100 where high - low > 1e-13 * high {
            let z = (low * highReach - high * lowReach) / (highReach - lowReach)
            guard z > low, z < high else { break }
            let reached = reach(z)
            if reached >= 0 {
                (high, highReach) = (z, reached)
                if last == 1 { lowReach /= 2 }
                last = 1
            } else {
                (low, lowReach) = (z, reached)
                if last == -1 { highReach /= 2 }
                last = -1
            }
            if reached == 0 { break }
        }
        return high
    }
}

/// How far Wilson's interval reaches to either side of the rate, at any z.
private struct ScoreBounds {
    let rate: Double
    private let trials: Double

    init(_ proportion: Proportion) {
        trials = Double(proportion.trials)
        rate = Double(proportion.successes) / trials
    }

    func above(_ z: Double) -> Double { shift(z) + halfWidth(z) }
    func below(_ z: Double) -> Double { halfWidth(z) - shift(z) }

    private func shift(_ z: Double) -> Double { z * z * (0.5 - rate) / (trials + z * z) }

    private func halfWidth(_ z: Double) -> Double {
        z * (rate * (1 - rate) * trials + z * z / 4).squareRoot() / (trials + z * z)
    }
}
