/// Fisher's exact test of two proportions, conditional on both margins.
package struct FisherExact: Sendable, Equatable {
    /// The two-sided p-value: the probability of all tables with these margins that are no likelier than this one.
    package var pValue: Double
    /// The same less half the probability of this table: nearer to its nominal level, at the price of not keeping it in
    /// every case.
    package var midPValue: Double

    /// - Assumption: independent trials. Range: `nil` where a side has no trials, or counts make no proportion.
    /// - When not to use: as proof of equality; a large p-value of small groups says nothing.
    /// - Cost: grows with the standard deviation of the table, not with its size.
    /// - Reference: R. A. Fisher, "The Logic of Inductive Inference", JRSS 98(1), 1935; tables are ordered by
    ///   probability (J. O. Irwin, 1935). Mid-p: H. O. Lancaster, "Significance Tests in Discrete Distributions", JASA
    ///   56(294), 1961.
    package init?(successes first: Int64, of firstTrials: Int64, and second: Int64, of secondTrials: Int64) {
        guard firstTrials > 0, secondTrials > 0, (0...firstTrials).contains(first),
            (0...secondTrials).contains(second)
        else { return nil }
        let successes = first + second
        let total = firstTrials + secondTrials
        let (lowest, highest) = (max(0, successes - secondTrials), min(successes, firstTrials))
        let mode = Int64(
            (Double(successes + 1) * Double(firstTrials + 1) / Double(total + 2)).rounded(.down)
        ).clamped(to: lowest...highest)

        /// P(x + 1)/P(x) for x successes on the first side.
        func ratio(_ x: Int64) -> Double {
            Double(successes - x) * Double(firstTrials - x)
                / (Double(x + 1) * Double(secondTrials - successes + x + 1))
        }
        // Probabilities relative to that of the mode: the factor they share cancels, and with it all large logarithms.
        // Outward they only fall, so each side ends where a double does.
        var above: [Double] = []
        var weight = 1.0
        var x = mode
        while x < highest, weight > 0 {
            weight *= ratio(x)
            above.append(weight)
            x += 1
        }
        var below: [Double] = []
        weight = 1
        x = mode
        while x > lowest, weight > 0 {
            weight /= ratio(x - 1)
            below.append(weight)
            x -= 1
        }
        let offset = Int(first - mode)
        let observed: Double =
            if offset == 0 { 1 } else if offset > 0 { offset <= above.count ? above[offset - 1] : 0 } else {
                -offset <= below.count ? below[-offset - 1] : 0
            }
        // From the small to the large, so that small terms are not lost.
        let all = above.reversed().reduce(0, +) + below.reversed().reduce(0, +) + 1
        // Tables that are exactly as likely may differ in the last digits.
        let limit = observed * (1 + 1e-11)
        let tail =
            above.reversed().reduce(0) { $1 <= limit ? $0 + $1 : $0 }
            + below.reversed().reduce(0) { $1 <= limit ? $0 + $1 : $0 } + (1 <= limit ? 1 : 0)
        // A table too unlikely for a double is still possible.
        pValue = min(1, max(tail / all, .leastNormalMagnitude))
        midPValue = max((tail - observed / 2) / all, .leastNormalMagnitude)
    }
}

extension Int64 {
    fileprivate func clamped(to range: ClosedRange<Int64>) -> Int64 {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
