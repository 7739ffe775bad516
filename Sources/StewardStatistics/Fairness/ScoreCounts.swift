/// The scores of a group, kept as counts: how they are spread, and whether a score of 0.7 comes true 7 times in 10.
///
/// - Range: the bins hold scores from 0 to 1; others count in ``mean`` and the scoring rate only. A score whose
///   magnitude exceeds ``largestMagnitude``, an infinite one and NaN are counted in ``unusable`` and nowhere else.
package struct ScoreCounts: Sendable, Equatable {
    package static let binCount = 20
    package static let largestMagnitude = 1e9

    /// Scores from `index/20` up to, but not including, `(index + 1)/20`; the last bin includes 1.
    package struct Bin: Sendable, Equatable {
        package var count: Int64 = 0
        /// Of those whose truth is known: how many, how many were positive, and the sum of their scores.
        package var labelled: Int64 = 0
        package var positives: Int64 = 0
        fileprivate var labelledSum: Int128 = 0

        package init() {}

        package init(count: Int64, labelled: Int64, positives: Int64, labelledSum: Double) {
            self.count = count
            self.labelled = labelled
            self.positives = positives
            self.labelledSum = ScoreCounts.units(labelledSum)
        }

        /// The mean score of those whose truth is known.
        package var meanScore: Double? { labelled > 0 ? ScoreCounts.value(labelledSum) / Double(labelled) : nil }
        /// How often the truth was positive.
        package var observed: Proportion { Proportion(positives, of: labelled) }
    }

    package private(set) var count: Int64 = 0
    package private(set) var unusable: Int64 = 0
    /// Scores that were compared with the threshold, and how many lay above it.
    package private(set) var compared: Int64 = 0
    package private(set) var above: Int64 = 0
    package private(set) var bins = [Bin](repeating: Bin(), count: binCount)
    /// In units of 2⁻⁶⁴, so that the sum does not depend on the order of its terms.
    private var sum: Int128 = 0

    package init() {}

    /// From counts made elsewhere, such as rollups.
    ///
    /// - Parameters:
    ///   - sum: of all `count` scores.
    ///   - bins: ``binCount`` of them.
    package init(count: Int64, sum: Double, compared: Int64, above: Int64, bins: [Bin]) {
        precondition(bins.count == Self.binCount, "a bin for every cut")
        self.count = count
        self.compared = compared
        self.above = above
        self.bins = bins
        self.sum = Self.units(sum)
    }

    package var mean: Double? { count > 0 ? Self.value(sum) / Double(count) : nil }

    /// Mean score less the share that came true, over the scores from 0 to 1 whose truth is known: above 0 where the
    /// scores promise too much. The weighted mean of the bins' absolute gaps is the expected calibration error.
    package var calibration: (bias: Double, expectedError: Double, labelled: Int64)? {
        let labelled = bins.reduce(0) { $0 + $1.labelled }
        guard labelled > 0 else { return nil }
        let gaps = bins.map { Self.value($0.labelledSum) - Double($0.positives) }
        let total = Double(labelled)
        return (gaps.reduce(0, +) / total, gaps.reduce(0) { $0 + abs($1) } / total, labelled)
    }

    package mutating func add(_ score: Double, isAboveThreshold: Bool?, isPositive: Bool?) {
        guard abs(score) <= Self.largestMagnitude else {
            unusable += 1
            return
        }
        count += 1
        let units = Self.units(score)
        sum += units
        if let isAboveThreshold {
            compared += 1
            if isAboveThreshold { above += 1 }
        }
        guard 0...1 ~= score else { return }
        let index = min(Int(score * Double(Self.binCount)), Self.binCount - 1)
        bins[index].count += 1
        if let isPositive {
            bins[index].labelled += 1
            bins[index].labelledSum += units
            if isPositive { bins[index].positives += 1 }
        }
    }

    package static func += (sum: inout ScoreCounts, other: ScoreCounts) {
        sum.count += other.count
        sum.unusable += other.unusable
        sum.compared += other.compared
        sum.above += other.above
        sum.sum += other.sum
        for index in sum.bins.indices {
            sum.bins[index].count += other.bins[index].count
            sum.bins[index].labelled += other.bins[index].labelled
            sum.bins[index].positives += other.bins[index].positives
            sum.bins[index].labelledSum += other.bins[index].labelledSum
        }
    }

    fileprivate static func units(_ value: Double) -> Int128 { Int128((value * 0x1p64).rounded()) }

    private static func value(_ units: Int128) -> Double { Double(units) * 0x1p-64 }
}
