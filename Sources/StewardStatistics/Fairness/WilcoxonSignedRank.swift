/// Wilcoxon's signed-rank test of paired scores: is the one side higher more often, and by more?
///
/// - Assumption: under equality a difference is as likely as its negative; pairs are independent.
/// - Reference: F. Wilcoxon, Biometrics Bulletin 1(6), 1945; zeros: J. W. Pratt, JASA 54(287), 1959; the variance with
///   zeros: E. E. Cureton, JASA 62(319), 1967.
package struct WilcoxonSignedRank: Sendable, Equatable {
    /// What becomes of pairs without a difference.
    package enum Zeros: String, Sendable {
        /// Left out before ranking, as Wilcoxon did.
        case dropped = "wilcox"
        /// Ranked, then left out of both sums: many ties then speak against a difference, as they should.
        case ranked = "pratt"
    }

    /// The smaller of the two rank sums.
    package let statistic: Double
    package let positiveRankSum: Double
    package let negativeRankSum: Double
    private let deviation: Double
    private let scale: Double
    private let untied: Int?

    /// Differences of decimal numbers that are equal on paper differ in a double's last digits; those closer than this
    /// share of the largest are tied, and those closer than it to 0 are zeros.
    package static let tieTolerance = 1e-10

    /// - Parameter differences: all finite.
    /// - Returns: `nil` where no difference is other than 0, or one is not finite.
    package init?(_ differences: [Double], zeros: Zeros = .ranked) {
        guard differences.allSatisfy(\.isFinite), let largest = differences.map(\.magnitude).max(), largest > 0 else {
            return nil
        }
        let tolerance = Self.tieTolerance * largest
        let cleaned = differences.map { abs($0) <= tolerance ? 0 : $0 }
        let kept = zeros == .dropped ? cleaned.filter { $0 != 0 } : cleaned
        let order = kept.indices.sorted { abs(kept[$0]) < abs(kept[$1]) }
        var (positive, negative, tieSum) = (0.0, 0.0, 0.0)
        var start = 0
        while start < order.count {
            let magnitude = abs(kept[order[start]])
            var end = start + 1
            while end < order.count, abs(kept[order[end]]) - magnitude <= tolerance { end += 1 }
            let rank = Double(start + 1 + end) / 2
            for index in order[start..<end] where kept[index] != 0 {
                if kept[index] > 0 { positive += rank } else { negative += rank }
            }
            let size = Double(end - start)
            if magnitude != 0 { tieSum += size * size * size - size }
            start = end
        }
        let n = Double(kept.count)
        let zeroCount = Double(kept.count { $0 == 0 })
        let mean = (n * (n + 1) - zeroCount * (zeroCount + 1)) / 4
        let squares = n * (n + 1) * (2 * n + 1) - zeroCount * (zeroCount + 1) * (2 * zeroCount + 1)
        positiveRankSum = positive
        negativeRankSum = negative
        statistic = min(positive, negative)
        deviation = positive - mean
        scale = ((squares - tieSum / 2) / 24).squareRoot()
        untied = tieSum == 0 && zeroCount == 0 ? kept.count : nil
    }

    /// The two-sided p-value from the normal law.
    ///
    /// - Parameter corrected: with a continuity correction of one half.
    package func normalPValue(corrected: Bool) -> Double {
        let shift = corrected ? (deviation == 0 ? 0 : deviation > 0 ? 0.5 : -0.5) : 0
        return StandardNormal.bothTails((deviation - shift) / scale)
    }

    /// The exact two-sided p-value, by counting the sign patterns; `nil` with ties or zeros, or more than 50 pairs,
    /// where the normal law is as good.
    package var exactPValue: Double? {
        guard let untied, untied <= 50 else { return nil }
        // ways[s]: in how many ways signs give the positive ranks the sum s. 2⁵⁰ and below are exact in a Double.
        var ways = [1.0]
        for rank in 1...untied {
            ways += [Double](repeating: 0, count: rank)
            for sum in stride(from: ways.count - 1, through: rank, by: -1) { ways[sum] += ways[sum - rank] }
        }
        let total = ways.reduce(0, +)
        return min(1, 2 * ways[...Int(statistic)].reduce(0, +) / total)
    }
}
