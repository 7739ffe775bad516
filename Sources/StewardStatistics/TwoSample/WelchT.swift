/// Welch's t test: whether two means differ, the variances being what they are.
///
/// - Assumption: independent draws, means that are nearly normal.
/// - Null: equal means.
/// - Range: at least two values on each side, not all equal; sign: reference less current.
/// - When not to use: for heavy tails (Pareto below 2), where means do not settle.
/// - Reference: B. L. Welch, Biometrika 34(1–2), 1947, doi:10.1093/biomet/34.1-2.28.
package struct WelchT: Sendable, Equatable {
    /// t.
    package let statistic: Double
    package let degreesOfFreedom: Double
    /// Two-sided.
    package let pValue: Double

    package init?(_ sample: PooledSample) {
        guard sample.referenceCount > 1, sample.currentCount > 1 else { return nil }
        let (n, m) = (Double(sample.referenceCount), Double(sample.currentCount))
        let (first, second) = (sample.referenceMoments, sample.currentMoments)
        let (a, b) = (first.squares / (n - 1) / n, second.squares / (m - 1) / m)
        guard a + b > 0 else { return nil }
        statistic = (first.offset - second.offset) / (a + b).squareRoot()
        let share = a / (a + b)
        degreesOfFreedom = 1 / (share * share / (n - 1) + (1 - share) * (1 - share) / (m - 1))
        pValue = StudentT.bothTails(statistic, degreesOfFreedom: degreesOfFreedom)
        guard statistic.isFinite, degreesOfFreedom.isFinite else { return nil }
    }
}
