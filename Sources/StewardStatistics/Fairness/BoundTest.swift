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
    package func pValue(below bound: Double, _ scale: Scale) -> Double { pValue(bound, scale, isBelow: true) }

    /// The same for above `bound`.
    package func pValue(above bound: Double, _ scale: Scale) -> Double { pValue(bound, scale, isBelow: false) }

    private func pValue(_ bound: Double, _ scale: Scale, isBelow: Bool) -> Double {
        let a = ScoreBounds(group)
        let b = ScoreBounds(reference)
        // group − weight · reference − shift, which is 0 where the measure is exactly at the bound.
        let weight = scale == .ratio ? bound : 1
        let excess = a.rate - weight * b.rate - (scale == .ratio ? 0 : bound)
        guard isBelow ? excess < 0 : excess > 0 else { return 1 }
        func reaches(_ z: Double) -> Bool {
            let reach =
                isBelow ? hypot(a.above(z), weight * b.below(z)) : hypot(a.below(z), weight * b.above(z))
            return reach >= abs(excess)
        }
        // Wider confidence only widens the interval, so there is one z at which it comes to touch the bound.
        var (low, high) = (0.0, 38.0)
        guard reaches(high) else { return .leastNormalMagnitude }
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if reaches(middle) { high = middle } else { low = middle }
        }
        return StandardNormal.bothTails(high)
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
