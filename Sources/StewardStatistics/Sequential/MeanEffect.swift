#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Count, mean and sample variance of one arm.
package struct ArmMoments: Sendable, Equatable {
    package var count: Double
    package var mean: Double
    /// With n − 1 below; 0 for fewer than two values.
    package var variance: Double

    package init(count: Double, mean: Double, variance: Double) {
        self.count = count
        self.mean = mean
        self.variance = variance
    }

    /// From a count, a sum and a sum of squares. Squares that nearly cancel lose digits.
    package init(count: Double, sum: Double, squares: Double) {
        self.count = count
        mean = count > 0 ? sum / count : 0
        variance = count > 1 ? max(0, (squares - sum * sum / count) / (count - 1)) : 0
    }

    /// Outcomes of 0 or 1, with the variance p(1 − p).
    package init(hits: Double, trials: Double) {
        count = trials
        mean = trials > 0 ? hits / trials : 0
        variance = mean * (1 - mean)
    }
}

/// How far the mean of one arm lies from that of another, with intervals and p-values that hold at every look.
///
/// - Assumption: the observations of an arm are independent with a finite variance; the guarantee is asymptotic, from
///   some hundred observations on.
/// - Range: at least two observations an arm and a variance above 0, or nothing can be said.
/// - When not to use: for rates of rare events at small samples (``RateMixture``), or for a single look at a sample
///   size fixed beforehand (a t interval is 1.5 times shorter).
/// - Reference: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and
///   asymptotic confidence sequences", Annals of Statistics 52(6), 2024, theorem 2.2 and equations 9, 155 and 161 of
///   arXiv 2103.06476v7.
package struct MeanEffect: Sendable, Equatable {
    package var estimate: Double
    /// Of the estimate.
    package var variance: Double
    /// Observations of both arms.
    package var count: Double

    /// Treatment less control, in the metric's unit; or in shares of the control's mean where `isRelative`.
    ///
    /// - Returns: `nil` where nothing can be said: too few observations, no variance, or relative to a mean of 0.
    package init?(control: ArmMoments, treatment: ArmMoments, isRelative: Bool = false) {
        guard control.count > 1, treatment.count > 1 else { return nil }
        count = control.count + treatment.count
        if isRelative {
            let mean = control.mean
            guard mean != 0 else { return nil }
            estimate = (treatment.mean - mean) / mean
            variance =
                treatment.variance / (mean * mean * treatment.count)
                + control.variance * treatment.mean * treatment.mean / (mean * mean * mean * mean * control.count)
        } else {
            estimate = treatment.mean - control.mean
            variance = treatment.variance / treatment.count + control.variance / control.count
        }
        guard variance > 0, variance.isFinite, estimate.isFinite else { return nil }
    }

    /// Treatment less `ratio` times the control less `margin`: above 0 means that the treatment's mean is beyond both.
    package init?(control: ArmMoments, treatment: ArmMoments, ratio: Double, margin: Double) {
        guard control.count > 1, treatment.count > 1 else { return nil }
        count = control.count + treatment.count
        estimate = treatment.mean - ratio * control.mean - margin
        variance = treatment.variance / treatment.count + ratio * ratio * control.variance / control.count
        guard variance > 0, variance.isFinite, estimate.isFinite else { return nil }
    }

    /// How far one mean lies above a limit.
    package init?(of arm: ArmMoments, beyond limit: Double) {
        guard arm.count > 1 else { return nil }
        count = arm.count
        estimate = arm.mean - limit
        variance = arm.variance / arm.count
        guard variance > 0, variance.isFinite, estimate.isFinite else { return nil }
    }

    /// The interval that holds at every look together; tightest when `optimalAt` observations are there.
    package func interval(alpha: Double, optimalAt observations: Double) -> ConfidenceInterval {
        let mixture = NormalMixture(optimalAt: observations, alpha: alpha, sides: .two)
        let width = mixture.bound(variance: count, alpha: alpha) * (variance / count).squareRoot()
        return ConfidenceInterval(lower: estimate - width, upper: estimate + width)
    }

    /// A p-value for no effect that holds at every look; keep the least of all looks.
    package func pValue(alpha: Double, optimalAt observations: Double) -> Double {
        pValue(NormalMixture(optimalAt: observations, alpha: alpha, sides: .two))
    }

    /// A p-value for an effect of at most 0 that holds at every look; small when the effect is above 0.
    package func pValueAbove(alpha: Double, optimalAt observations: Double) -> Double {
        pValue(NormalMixture(optimalAt: observations, alpha: alpha, sides: .one))
    }

    private func pValue(_ mixture: NormalMixture) -> Double {
        let sum = estimate * (count / variance).squareRoot()
        return min(1, exp(-mixture.logEValue(sum: sum, variance: count)))
    }
}
