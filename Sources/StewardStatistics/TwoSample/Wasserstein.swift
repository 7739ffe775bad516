/// The Wasserstein-1 distance of two samples: how far the mass of one must move, on average, to become the other.
///
/// - Assumption: none about the distributions.
/// - Range: from 0, in the values' unit.
/// - When not to use: as it is across columns of different units, and with heavy tails, where single values rule it;
///   then look at ``overIQR``.
/// - Reference: S. S. Vallender, "Calculation of the Wasserstein Distance Between Probability Distributions on the
///   Line", Theory of Probability and Its Applications 18(4), 1974, doi:10.1137/1118101.
package struct Wasserstein: Sendable, Equatable {
    /// ∫ |F − G|.
    package let distance: Double
    /// The distance over the reference's standard deviation, which is taken as at least 0.001; `nil` where that is
    /// beyond the range of `Double`.
    package let overStandardDeviation: Double?
    /// The distance over the reference's interquartile range; `nil` where that is 0.
    package let overIQR: Double?

    package init(_ sample: PooledSample) {
        var sum = 0.0
        CumulativeDifference.forEachGap(sample) { difference, width in sum += abs(difference) * width }
        distance = sum
        let deviation = max(sample.referenceMoments.standardDeviation, 1e-3)
        overStandardDeviation = deviation.isFinite ? sum / deviation : nil
        let quartiles = sample.quantiles([0.25, 0.75], of: .reference)
        let range = quartiles[1] - quartiles[0]
        overIQR = range > 0 ? sum / range : nil
    }
}

/// The difference of two empirical distribution functions, which is constant between neighbouring values.
enum CumulativeDifference {
    /// Calls `body` with the difference, reference less current, and the width of each gap between values.
    @inline(__always)
    static func forEachGap(_ sample: PooledSample, _ body: (_ difference: Double, _ width: Double) -> Void) {
        let (perReference, perCurrent) = (1 / Double(sample.referenceCount), 1 / Double(sample.currentCount))
        for index in 0..<(sample.values.count - 1) {
            body(
                Double(sample.referenceThrough[index]) * perReference
                    - Double(sample.currentThrough[index]) * perCurrent,
                sample.values[index + 1] - sample.values[index])
        }
    }
}
