import StewardModel
import StewardPolicy
import StewardStatistics
import StewardStore

/// Numbers by which the store knows the categories that a policy calls favourable.
package struct BiasCategories: Sendable, Equatable {
    package var favourableOutcomes: Set<Int32>
    package var favourableTruths: Set<Int32>

    package init(favourableOutcomes: Set<Int32>, favourableTruths: Set<Int32>) {
        self.favourableOutcomes = favourableOutcomes
        self.favourableTruths = favourableTruths
    }
}

/// What was counted of one declaration over a window, group by group, read as a policy wants it read.
struct BiasEvidence {
    /// Stands for all names beyond the store's limit of categories: an outcome that nobody can read any more.
    private static let otherCategory: Int32 = 0

    let declaration: GroupDeclaration
    let table: GroupTable
    /// Above it a score counts for the scoring rate; `nil` without scores.
    let threshold: Double?
    /// Whole cells, for what is no decision: latency, length, cost.
    let cells: [GroupValue: GroupCell]

    init(_ declaration: GroupDeclaration, _ points: [GroupPoint], _ policy: BiasPolicy, _ categories: BiasCategories) {
        self.declaration = declaration
        var cells: [GroupValue: GroupCell] = [:]
        for point in points where point.declaration == declaration {
            cells[point.value, default: GroupCell()].add(point.cell)
        }
        self.cells = cells
        let cut = policy.score.flatMap { score in
            score.threshold.map { ScoreCut($0) } ?? ScoreCut(medianOf: cells.values)
        }
        threshold = cut?.threshold
        var table = GroupTable(attributes: declaration.attributes)
        for (value, cell) in cells {
            let (counts, unreadable) = Self.counts(cell, policy, categories, cut)
            table.addOverflow(unreadable)
            switch value {
            case .known(let values): table.add(counts, to: values)
            case .unknown: table.add(counts, to: nil)
            case .overflow: table.addOverflow(counts)
            }
        }
        self.table = table
    }

    private static func counts(
        _ cell: GroupCell, _ policy: BiasPolicy, _ categories: BiasCategories, _ cut: ScoreCut?
    ) -> (counts: GroupCounts, unreadable: GroupCounts) {
        var (counts, unreadable) = (GroupCounts(), GroupCounts())
        func truth(_ category: Int32) -> Bool? {
            category == GroupCell.noTruth || category == otherCategory
                ? nil : categories.favourableTruths.contains(category)
        }
        if policy.favourableOutcomes != nil {
            for (key, count) in cell.decided {
                if key.outcome == otherCategory {
                    unreadable.decisions += count
                } else {
                    let isSelected = categories.favourableOutcomes.contains(key.outcome)
                    counts.add(isSelected: isSelected, isPositive: truth(key.truth), count)
                }
            }
        } else if let cut {
            for (key, sum) in cell.scored {
                counts.add(isSelected: cut.isBelow(key.bin), isPositive: truth(key.truth), sum.count)
            }
        }
        if policy.score != nil { counts.scores = scores(cell, cut, truth) }
        return (counts, unreadable)
    }

    private static func scores(_ cell: GroupCell, _ cut: ScoreCut?, _ truth: (Int32) -> Bool?) -> ScoreCounts {
        var (count, above, sum): (Int64, Int64, Int64) = (0, 0, 0)
        var bins = [(count: Int64, labelled: Int64, positives: Int64, sum: Int64)](
            repeating: (0, 0, 0, 0), count: ScoreCounts.binCount)
        for (key, part) in cell.scored {
            count += part.count
            sum += part.sum
            if cut?.isBelow(key.bin) ?? false { above += part.count }
            guard let share = ScoreGrid.share(ofBin: key.bin) else { continue }
            let index = min(Int(share * Double(ScoreCounts.binCount) + 1e-9), ScoreCounts.binCount - 1)
            bins[index].count += part.count
            guard let positive = truth(key.truth) else { continue }
            bins[index].labelled += part.count
            bins[index].sum += part.sum
            if positive { bins[index].positives += part.count }
        }
        return ScoreCounts(
            count: count, sum: Double(sum) / Signal.namedScale, compared: cut == nil ? 0 : count, above: above,
            bins: bins.map {
                ScoreCounts.Bin(
                    count: $0.count, labelled: $0.labelled, positives: $0.positives,
                    labelledSum: Double($0.sum) / Signal.namedScale)
            })
    }
}

/// Which bins of scores lie above the threshold. One that holds the threshold does not.
private struct ScoreCut {
    let threshold: Double
    private let bin: Int32

    init(_ threshold: Double) {
        self.threshold = threshold
        bin = ScoreGrid.bin(of: Int64((threshold * Signal.namedScale).rounded()))
    }

    /// The bin of the median of all scores; between two, the lower one.
    init?(medianOf cells: some Collection<GroupCell>) {
        var counts: [Int32: Int64] = [:]
        for cell in cells { for (key, sum) in cell.scored { counts[key.bin, default: 0] += sum.count } }
        let total = counts.values.reduce(0, +)
        guard total > 0 else { return nil }
        var below: Int64 = 0
        for (bin, count) in counts.sorted(by: { $0.key < $1.key }) {
            below += count
            if 2 * below >= total {
                self.bin = bin
                threshold = ScoreGrid.lowerBound(ofBin: bin)
                return
            }
        }
        return nil
    }

    func isBelow(_ other: Int32) -> Bool { other > bin }
}

extension GroupCounts {
    /// Counts decisions that were alike.
    fileprivate mutating func add(isSelected: Bool, isPositive: Bool?, _ count: Int64) {
        decisions += count
        if isSelected { selected += count }
        switch (isSelected, isPositive) {
        case (true, true?): truePositives += count
        case (true, false?): falsePositives += count
        case (false, true?): falseNegatives += count
        case (false, false?): trueNegatives += count
        case (_, nil): break
        }
    }
}
