/// A group's mean of a number that is no decision, such as latency, kept as what can be read from counts.
package struct GroupMean: Sendable, Equatable {
    package let count: Int64
    package let mean: Double
    /// With n − 1; `nil` for a single value.
    package let variance: Double?

    package init(count: Int64, mean: Double, variance: Double?) {
        self.count = count
        self.mean = mean
        self.variance = variance
    }

    /// From binned values, in units of which `scale` make one of those wanted.
    ///
    /// - Parameter sum: of the values themselves, so that the mean is exact; the variance takes each value for the
    ///   middle of its bin, which is at most 1/128 off.
    /// - Returns: `nil` without values.
    package init?(_ values: LogLinearHistogram, sum: Int64, scale: Double) {
        guard values.count > 0 else { return nil }
        let n = Double(values.count)
        let mean = Double(sum) / n
        let squares = values.entries.reduce(0.0) { total, entry in
            let distance = LogLinearHistogram.representative(ofBin: entry.bin) - mean
            return total + Double(entry.count) * distance * distance
        }
        self.init(
            count: values.count, mean: mean / scale, variance: n > 1 ? squares / (n - 1) / (scale * scale) : nil)
    }

    /// Normal, on the mean: for many values.
    package func interval(confidence: Double) -> ConfidenceInterval? {
        guard let variance, confidence > 0, confidence < 1 else { return nil }
        let reach = -StandardNormal.quantile((1 - confidence) / 2) * (variance / Double(count)).squareRoot()
        return ConfidenceInterval(lower: mean - reach, upper: mean + reach)
    }

    /// Welch's two-sided p-value of equal means; `nil` where either side has fewer than two values, or none differ.
    ///
    /// - Reference: as ``WelchT``.
    package func pValue(against other: GroupMean) -> Double? {
        guard let variance, let otherVariance = other.variance else { return nil }
        let (a, b) = (variance / Double(count), otherVariance / Double(other.count))
        guard a + b > 0 else { return nil }
        let share = a / (a + b)
        let freedom = 1 / (share * share / Double(count - 1) + (1 - share) * (1 - share) / Double(other.count - 1))
        return StudentT.bothTails((mean - other.mean) / (a + b).squareRoot(), degreesOfFreedom: freedom)
    }
}
