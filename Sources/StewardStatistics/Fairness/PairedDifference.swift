/// The mean difference of paired scores: its t test, its equivalence test, and its bootstrap interval.
package struct PairedDifference: Sendable, Equatable {
    package let differences: [Double]
    package let mean: Double
    /// Of the differences, with n − 1.
    package let standardDeviation: Double

    /// - Parameter differences: finite, at least two.
    /// - Returns: `nil` otherwise.
    package init?(_ differences: [Double]) {
        guard differences.count > 1, differences.allSatisfy(\.isFinite) else { return nil }
        self.differences = differences
        let n = Double(differences.count)
        let mean = differences.reduce(0, +) / n
        self.mean = mean
        standardDeviation = (differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
    }

    package var median: Double { Median.of(differences) ?? mean }

    /// Cohen's d for pairs: the mean in standard deviations of the differences; `nil` where they are all the same.
    package var effectSize: Double? { standardDeviation > 0 ? mean / standardDeviation : nil }

    private var standardError: Double { standardDeviation / Double(differences.count).squareRoot() }
    private var degreesOfFreedom: Double { Double(differences.count - 1) }

    /// Student's paired t; `nil` where all differences are the same.
    ///
    /// - Assumption: pairs are independent, and the mean is about normal: many pairs, or differences without tails.
    package var tTest: (statistic: Double, pValue: Double)? {
        guard standardDeviation > 0 else { return nil }
        let t = mean / standardError
        return (t, StudentT.bothTails(t, degreesOfFreedom: degreesOfFreedom))
    }

    /// The p-value of a claim of no difference that matters: that the true mean lies outside ±`margin` is refused where
    /// it is small. `nil` where all differences are the same, or the margin is not above 0.
    ///
    /// - Reference: D. J. Schuirmann, "A Comparison of the Two One-Sided Tests Procedure and the Power Approach",
    ///   Journal of Pharmacokinetics and Biopharmaceutics 15, 1987 (TOST).
    package func equivalencePValue(margin: Double) -> Double? {
        guard standardDeviation > 0, margin > 0 else { return nil }
        return StudentT.upperTail((margin - abs(mean)) / standardError, degreesOfFreedom: degreesOfFreedom)
    }

    /// The percentile bootstrap's interval of the mean, quantiles by linear interpolation.
    ///
    /// - Parameter resamples: from 100 to 100,000.
    /// - When not to use: below about ten pairs, which hold too few different resamples.
    /// - Returns: `nil` where an argument is out of range.
    /// - Reference: B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7(1), 1979.
    package func bootstrap(
        confidence: Double, resamples: Int = 10_000, using generator: inout some RandomNumberGenerator
    ) -> ConfidenceInterval? {
        guard confidence > 0, confidence < 1, 100...100_000 ~= resamples else { return nil }
        let count = UInt64(differences.count)
        let means = (0..<resamples).map { _ in
            var sum = 0.0
            for _ in 0..<differences.count { sum += differences[Int(generator.next(upperBound: count))] }
            return sum / Double(differences.count)
        }.sorted()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(resamples - 1)
            let index = min(Int(place), resamples - 2)
            return means[index] + (means[index + 1] - means[index]) * (place - Double(index))
        }
        let tail = (1 - confidence) / 2
        return ConfidenceInterval(lower: quantile(tail), upper: quantile(1 - tail))
    }
}
