/// McNemar's test of paired yes/no answers: the same request, asked twice with one thing swapped.
///
/// Only pairs that disagree say anything about which side answers yes more often.
///
/// - Assumption: pairs are independent of each other. At least six that disagree are needed for any p below 0.05.
/// - Reference: Q. McNemar, Psychometrika 12(2), 1947; M. W. Fagerland, S. Lydersen, P. Laake, "The McNemar Test for
///   Binary Matched-Pairs Data: Mid-p and Asymptotic Are Better than Exact Conditional", BMC Medical Research
///   Methodology 13:91, 2013.
package struct McNemar: Sendable, Equatable {
    package let pairs: Int64
    /// Yes on the first side, no on the second.
    package let firstOnly: Int64
    /// No on the first side, yes on the second.
    package let secondOnly: Int64
    /// Yes on both.
    package let both: Int64

    /// - Returns: `nil` without pairs, or with counts that make none.
    package init?(both: Int64, firstOnly: Int64, secondOnly: Int64, neither: Int64) {
        guard min(both, firstOnly, secondOnly, neither) >= 0 else { return nil }
        pairs = both + firstOnly + secondOnly + neither
        guard pairs > 0 else { return nil }
        self.both = both
        self.firstOnly = firstOnly
        self.secondOnly = secondOnly
    }

    private var discordant: Int64 { firstOnly + secondOnly }

    /// The exact binomial p-value, two-sided; 1 where no pair disagrees.
    package var exactPValue: Double { SignTest.pValue(firstOnly, secondOnly) }

    /// The exact p-value less the probability of this very split: nearer to nominal, and recommended.
    package var midPValue: Double {
        guard discordant > 0 else { return 1 }
        // At an even split both tails hold the split itself; what is left is one less half of it, twice.
        let density = SaddlePoint.binomial(Double(firstOnly), Double(secondOnly), p: 0.5, q: 0.5)
        return firstOnly == secondOnly ? 1 - density / 2 : exactPValue - density
    }

    /// Chi-square with one degree of freedom; `nil` where no pair disagrees.
    ///
    /// - Parameter corrected: with Edwards' continuity correction, which makes it as cautious as the exact test.
    package func chiSquare(corrected: Bool) -> (statistic: Double, pValue: Double)? {
        guard discordant > 0 else { return nil }
        let excess = max(0, Double(abs(firstOnly - secondOnly)) - (corrected ? 1 : 0))
        let statistic = excess * excess / Double(discordant)
        return (statistic, ChiSquare.upperTail(statistic, degreesOfFreedom: 1))
    }

    /// The first side's share of yes less the second's.
    package var difference: Double { Double(firstOnly - secondOnly) / Double(pairs) }

    /// Wald's interval of the difference: for many pairs.
    package func wald(confidence: Double) -> ConfidenceInterval? {
        guard confidence > 0, confidence < 1 else { return nil }
        let z = -StandardNormal.quantile((1 - confidence) / 2)
        let n = Double(pairs)
        let excess = Double(firstOnly - secondOnly)
        let reach = z * (Double(discordant) - excess * excess / n).squareRoot() / n
        return ConfidenceInterval(lower: difference - reach, upper: difference + reach)
    }

    /// Newcombe's interval of the difference, from the two Wilson intervals and the correlation of the sides: also for
    /// few pairs.
    ///
    /// - Reference: R. G. Newcombe, "Improved Confidence Intervals for the Difference Between Binomial Proportions
    ///   Based on Paired Data", Statistics in Medicine 17, 1998, method 10.
    package func newcombe(confidence: Double) -> ConfidenceInterval? {
        let first = Proportion(both + firstOnly, of: pairs)
        let second = Proportion(both + secondOnly, of: pairs)
        guard let a = first.wilson(confidence: confidence), let b = second.wilson(confidence: confidence),
            let p = first.rate, let q = second.rate
        else { return nil }
        let correlation = correlation
        func reach(_ x: Double, _ y: Double) -> Double {
            max(0, x * x - 2 * correlation * x * y + y * y).squareRoot()
        }
        return ConfidenceInterval(
            lower: difference - reach(p - a.lower, b.upper - q), upper: difference + reach(a.upper - p, q - b.lower))
    }

    /// φ of the two sides, with the continuity correction of method 10; 0 where a side is all yes or all no.
    private var correlation: Double {
        let neither = pairs - both - discordant
        let n = Double(pairs)
        let margins = [both + firstOnly, secondOnly + neither, both + secondOnly, firstOnly + neither]
        let product = margins.reduce(1.0) { $0 * Double($1) }
        guard product > 0 else { return 0 }
        let cross = Double(both) * Double(neither) - Double(firstOnly) * Double(secondOnly)
        return (cross > 0 ? max(cross - n / 2, 0) : cross) / product.squareRoot()
    }
}

/// The exact test of as many ups as downs.
package enum SignTest {
    /// The two-sided p-value of a split of untied pairs; 1 where there is none.
    package static func pValue(_ first: Int64, _ second: Int64) -> Double {
        let fewer = Double(min(first, second))
        let more = Double(max(first, second))
        guard more > 0 else { return 1 }
        // The chance of at most `fewer` among all is that of a beta variable above one half.
        return min(1, 2 * IncompleteBeta.lowerTail(0.5, more, fewer + 1))
    }
}
