import StewardModel
import StewardStatistics
import StewardStore

/// Which scores lie above the threshold of an audit: a declared one, or the median of all.
///
/// Rollups know scores to the width of a bin. That tells the side of all of them but those in the bins that hold the
/// threshold; of these the events are read again, as long as the store has them.
struct ScoreCut: Sendable {
    let threshold: Double
    /// Those that hold the threshold; two or more where a median lies between scores of different bins.
    let bins: ClosedRange<Int32>
    /// Whether every score was compared with the threshold itself. Otherwise the scores of the threshold's bin count as
    /// not above it, and a median is the lower end of its bin.
    let isExact: Bool
    private let scores: [GroupValue: [ScoredGroup: Int64]]
    /// Of each bin, over all groups.
    private let counts: [Int32: Int64]
    private let declared: Double?

    /// - Parameter threshold: `nil` for the median of all scores.
    /// - Returns: `nil` where there is no score.
    init?(_ cells: [GroupCell], threshold: Double?) {
        var counts: [Int32: Int64] = [:]
        for cell in cells { for (key, sum) in cell.scored { counts[key.bin, default: 0] += sum.count } }
        let total = counts.values.reduce(0, +)
        guard total > 0 else { return nil }
        if let threshold {
            let bin = ScoreGrid.bin(of: Int64((threshold * Signal.namedScale).rounded()))
            self.init(threshold: threshold, bins: bin...bin, counts: counts, declared: threshold)
        } else {
            // The middle score, or the two in the middle.
            let lower = Self.bin(ofRank: (total - 1) / 2, counts)
            let upper = Self.bin(ofRank: total / 2, counts)
            self.init(
                threshold: ScoreGrid.lowerBound(ofBin: lower), bins: lower...upper, counts: counts, declared: nil)
        }
    }

    private init(
        threshold: Double, bins: ClosedRange<Int32>, counts: [Int32: Int64], declared: Double?,
        scores: [GroupValue: [ScoredGroup: Int64]]? = nil
    ) {
        self.threshold = threshold
        self.bins = bins
        self.counts = counts
        self.declared = declared
        self.scores = scores ?? [:]
        isExact = scores != nil
    }

    /// The bin of a score by its place in the order of all, from 0.
    private static func bin(ofRank rank: Int64, _ counts: [Int32: Int64]) -> Int32 {
        var below: Int64 = 0
        for (bin, count) in counts.sorted(by: { $0.key < $1.key }) {
            below += count
            if rank < below { return bin }
        }
        return .max
    }

    /// The cut at the threshold itself.
    ///
    /// - Parameter near: all scores of ``bins``. Where they are not as many as were counted (their events were dropped)
    ///   the cut stays what it was.
    func refined(by near: [ScoredGroup: Int64]) -> ScoreCut {
        let counted = counts.reduce(0) { bins.contains($1.key) ? $0 + $1.value : $0 }
        guard near.values.reduce(0, +) == counted else { return self }
        var groups: [GroupValue: [ScoredGroup: Int64]] = [:]
        for (score, count) in near { groups[score.group, default: [:]][score] = count }
        return ScoreCut(
            threshold: declared ?? median(near), bins: bins, counts: counts, declared: declared, scores: groups)
    }

    private func median(_ near: [ScoredGroup: Int64]) -> Double {
        var ordered: [Int64: Int64] = [:]
        for (score, count) in near { ordered[score.millionths, default: 0] += count }
        let total = counts.values.reduce(0, +)
        let before = counts.reduce(0) { $1.key < bins.lowerBound ? $0 + $1.value : $0 }
        let sorted = ordered.sorted { $0.key < $1.key }
        func score(ofRank rank: Int64) -> Double {
            var below = before
            for (millionths, count) in sorted {
                below += count
                if rank < below { return Double(millionths) / Signal.namedScale }
            }
            return .nan
        }
        let (lower, upper) = (score(ofRank: (total - 1) / 2), score(ofRank: total / 2))
        return lower == upper ? lower : (lower + upper) / 2
    }

    /// The scores of a group by the side on which they lie, and by truth.
    func sides(of cell: GroupCell, _ group: GroupValue) -> [(isAbove: Bool, truth: Int32, count: Int64)] {
        var sides = cell.scored.compactMap { key, sum -> (isAbove: Bool, truth: Int32, count: Int64)? in
            isExact && bins.contains(key.bin) ? nil : (key.bin > bins.lowerBound, key.truth, sum.count)
        }
        for (score, count) in scores[group] ?? [:] {
            sides.append((Double(score.millionths) / Signal.namedScale > threshold, score.truth, count))
        }
        return sides
    }
}
