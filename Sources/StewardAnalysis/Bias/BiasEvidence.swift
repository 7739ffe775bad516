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
    let cut: ScoreCut?
    /// Whole cells, for what is no decision: latency, length, cost.
    let cells: [GroupValue: GroupCell]

    /// - Parameter scores: those near the threshold, in full, as far as the store still has them.
    init(
        _ declaration: GroupDeclaration, _ points: [GroupPoint], _ policy: BiasPolicy, _ categories: BiasCategories,
        scores: [ScoredGroup: Int64]
    ) {
        self.declaration = declaration
        let cells = Self.cells(of: declaration, points)
        self.cells = cells
        let cut = policy.score.flatMap { ScoreCut(Array(cells.values), threshold: $0.threshold) }?.refined(by: scores)
        self.cut = cut
        var table = GroupTable(attributes: declaration.attributes)
        for (value, cell) in cells {
            let (counts, unreadable) = Self.counts(cell, value, policy, categories, cut)
            table.addOverflow(unreadable)
            switch value {
            case .known(let values): table.add(counts, to: values)
            case .unknown: table.add(counts, to: nil)
            case .overflow: table.addOverflow(counts)
            }
        }
        self.table = table
    }

    /// The bins in which the scores of each declaration have to be known in full.
    static func bins(_ policy: BiasPolicy, _ points: [GroupPoint]) -> [GroupDeclaration: ClosedRange<Int32>] {
        guard let score = policy.score else { return [:] }
        return Dictionary(
            policy.declarations.compactMap { declaration in
                let cells = Array(cells(of: declaration, points).values)
                return ScoreCut(cells, threshold: score.threshold).map { (declaration, $0.bins) }
            }, uniquingKeysWith: { first, _ in first })
    }

    private static func cells(
        of declaration: GroupDeclaration, _ points: [GroupPoint]
    ) -> [GroupValue: GroupCell] {
        var cells: [GroupValue: GroupCell] = [:]
        for point in points where point.declaration == declaration {
            cells[point.value, default: GroupCell()].add(point.cell)
        }
        return cells
    }

    private static func counts(
        _ cell: GroupCell, _ group: GroupValue, _ policy: BiasPolicy, _ categories: BiasCategories, _ cut: ScoreCut?
    ) -> (counts: GroupCounts, unreadable: GroupCounts) {
        var (counts, unreadable) = (GroupCounts(), GroupCounts())
        func truth(_ category: Int32) -> Bool? {
            category == GroupCell.noTruth || category == otherCategory
                ? nil : categories.favourableTruths.contains(category)
        }
        let sides = cut?.sides(of: cell, group) ?? []
        if policy.favourableOutcomes != nil {
            for (key, count) in cell.decided {
                if key.outcome == otherCategory {
                    unreadable.decisions += count
                } else {
                    let isSelected = categories.favourableOutcomes.contains(key.outcome)
                    counts.add(isSelected: isSelected, isPositive: truth(key.truth), count)
                }
            }
        } else {
            for side in sides { counts.add(isSelected: side.isAbove, isPositive: truth(side.truth), side.count) }
        }
        if cut != nil {
            counts.scores = scores(cell, above: sides.reduce(0) { $1.isAbove ? $0 + $1.count : $0 }, truth)
        }
        return (counts, unreadable)
    }

    private static func scores(_ cell: GroupCell, above: Int64, _ truth: (Int32) -> Bool?) -> ScoreCounts {
        var (count, sum): (Int64, Int64) = (0, 0)
        var bins = [(count: Int64, labelled: Int64, positives: Int64, sum: Int64)](
            repeating: (0, 0, 0, 0), count: ScoreCounts.binCount)
        for (key, part) in cell.scored {
            count += part.count
            sum += part.sum
            guard let share = ScoreGrid.share(ofBin: key.bin) else { continue }
            let index = min(Int(share * Double(ScoreCounts.binCount) + 1e-9), ScoreCounts.binCount - 1)
            bins[index].count += part.count
            guard let positive = truth(key.truth) else { continue }
            bins[index].labelled += part.count
            bins[index].sum += part.sum
            if positive { bins[index].positives += part.count }
        }
        return ScoreCounts(
            count: count, sum: Double(sum) / Signal.namedScale, compared: count, above: above,
            bins: bins.map {
                ScoreCounts.Bin(
                    count: $0.count, labelled: $0.labelled, positives: $0.positives,
                    labelledSum: Double($0.sum) / Signal.namedScale)
            })
    }
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
