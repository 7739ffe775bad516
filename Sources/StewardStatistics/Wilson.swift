/// A closed range that is said to hold an unknown number, with `lower` ≤ `upper`.
package struct ConfidenceInterval: Sendable, Equatable {
    package var lower: Double
    package var upper: Double

    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

/// Wilson's score interval for a share.
package enum Wilson {
    /// The two-sided interval of the share of successes, without continuity correction.
    ///
    /// - Assumption: trials are independent and have the same chance of success.
    /// - Range: `successes` 0…`trials`, `trials` from 1, `confidence` strictly between 0 and 1; the bounds lie in 0…1
    ///   and are honest for small counts and for shares near 0 and 1, where p ± z·√(p(1−p)/n) is not.
    /// - When not to use: to look again and again as data arrive and stop when the answer suits (the coverage holds for
    ///   one look), or where it must never fall below `confidence` (it holds on average; Clopper–Pearson never does).
    /// - Reference: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22(158),
    ///   1927; L. D. Brown, T. T. Cai, A. DasGupta, "Interval Estimation for a Binomial Proportion", Statistical
    ///   Science 16(2), 2001.
    /// - Returns: `nil` where an argument is out of range: no trials is no data, not the interval 0…1.
    package static func interval(
        successes: Int64, trials: Int64, confidence: Double = 0.95
    ) -> ConfidenceInterval? {
        guard trials > 0, (0...trials).contains(successes), confidence > 0, confidence < 1 else { return nil }
        let z = -StandardNormal.quantile((1 - confidence) / 2)
        let n = Double(trials)
        let share = Double(successes) / n
        let scale = 1 + z * z / n
        let center = (share + z * z / (2 * n)) / scale
        let halfWidth = z / scale * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // The bound at an end is that end in exact arithmetic; rounding must not put it beside it.
        return ConfidenceInterval(
            lower: successes == 0 ? 0 : max(0, center - halfWidth),
            upper: successes == trials ? 1 : min(1, center + halfWidth))
    }
}
