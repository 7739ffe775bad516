/// The two-sample Anderson–Darling test: the squared distance of two distribution functions, weighted so that tails
/// count as much as the middle.
///
/// - Assumption: independent draws; ties are counted by midranks.
/// - Null: both samples come from one distribution.
/// - Range: statistic from about −1.3; mean 0 and variance 1 under the null.
/// - When not to use: to tell where or how the distributions differ.
/// - Reference: F. W. Scholz, M. A. Stephens, "K-Sample Anderson–Darling Tests", JASA 82(399), 1987,
///   doi:10.1080/01621459.1987.10478517.
package struct AndersonDarling: Sendable, Equatable {
    /// The statistic less its mean, over its standard deviation without ties: as scipy 1.17.1 `anderson_ksamp`.
    package let statistic: Double
    /// The statistic itself, A²; mean 1 under the null.
    package let squared: Double
    private let form: RankForm

    /// - Returns: `nil` with fewer than 4 values or only one distinct value.
    package init?(_ sample: PooledSample) {
        guard sample.values.count > 1, sample.count >= 4 else { return nil }
        let (n, m) = (Double(sample.referenceCount), Double(sample.currentCount))
        let total = n + m
        let share = 1 / total
        let isTied = sample.isFarFromLimit
        var form = RankForm()
        var (below, referenceBelow, sum) = (0.0, 0.0, 0.0)
        for index in sample.values.indices {
            let reference = Double(sample.referenceThrough[index])
            let through = reference + Double(sample.currentThrough[index])
            let (tied, middle) = (through - below, (below + through) / 2)
            let difference = total * (referenceBelow + reference) / 2 - middle * n
            let weight = tied / (middle * (total - middle) - total * tied / 4)
            sum += weight * difference * difference
            if isTied { form.add(weight: weight * total, rank: middle * share, tied: tied * share) }
            (below, referenceBelow) = (through, reference)
        }
        squared = sum / total * (1 / n + 1 / m) * (total - 1) / total
        statistic = (squared - 1) / Self.variance(n, m).squareRoot()
        self.form = isTied ? form : .andersonDarling
    }

    /// The variance of A² without ties (equation 4 of the paper, for two samples).
    private static func variance(_ n: Double, _ m: Double) -> Double {
        let total = n + m
        let inverse = 1 / n + 1 / m
        let h = HarmonicNumber.value(Int(total) - 1)
        let g = HarmonicNumber.ofSquares(Int(total)) - (2 * h + 1 / total) / total
        let a = (4 * g - 6) + (10 - 6 * g) * inverse
        let b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6
        let c = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * inverse + 4 * h
        let d = (2 * h + 6) * 4 - 8 * h
        let cube = total * total * total
        return (a * cube + b * total * total + c * total + d) / ((total - 1) * (total - 2) * (total - 3))
    }

    /// By interpolation in the paper's table, as scipy 1.17.1: never outside 0.001…0.25, and meant for data without
    /// ties.
    package var tabulatedPValue: Double { AndersonDarlingTable.pValue(statistic) }

    /// The p-value that decides: that of A² given the ties; far out not below the tail of the limit without ties, which
    /// is √3 · P(χ²₁ > 2 A²).
    ///
    /// - Range: to 1; between 0.05 and 0.01 without ties it is right to 5 %, on the safe side.
    /// - Reference: ``RankForm``; V. M. Zolotarev, Theory of Probability and Its Applications 6(2), 1961, for the tail,
    ///   doi:10.1137/1106025.
    package var pValue: Double {
        let far = squared > 5 ? 3.0.squareRoot() * ChiSquare.upperTail(2 * squared, degreesOfFreedom: 1) : 0
        return min(1, max(form.tail(squared), far))
    }
}
