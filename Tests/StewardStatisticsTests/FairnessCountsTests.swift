import StewardStatistics
import Testing

@Suite("Counts of groups")
struct FairnessCountsTests {
    private func random(_ generator: inout SplitMix64) -> AuditedDecision {
        let score = Double.random(in: -0.1...1.1, using: &generator)
        return AuditedDecision(
            isSelected: Bool.random(using: &generator),
            isPositive: [true, false, nil].randomElement(using: &generator) ?? nil,
            score: Bool.random(using: &generator) ? score : nil, isAboveThreshold: score > 0.4)
    }

    @Test("merged in any order and any parts, the counts are the same to the bit", arguments: 1...20)
    func merging(seed: Int) {
        var generator = SplitMix64(seed: UInt64(seed))
        let decisions = (0..<300).map { _ in random(&generator) }
        func counts(_ decisions: some Sequence<AuditedDecision>) -> GroupCounts {
            var counts = GroupCounts()
            for decision in decisions { counts.add(decision) }
            return counts
        }
        let whole = counts(decisions)
        let shuffled = decisions.shuffled(using: &generator)
        let cut = Int.random(in: 0...300, using: &generator)
        var merged = counts(shuffled[cut...])
        merged += counts(shuffled[..<cut])
        #expect(merged == whole, "seed \(seed)")
        #expect(whole.decisions == 300)
        #expect(whole.labelled == decisions.count { $0.isPositive != nil })
        #expect(whole.scores.compared == whole.scores.count)
    }

    @Test("a decision falls into one cell", arguments: [(true, true), (true, false), (false, true), (false, false)])
    func cells(isSelected: Bool, isPositive: Bool) {
        var counts = GroupCounts()
        counts.add(AuditedDecision(isSelected: isSelected, isPositive: isPositive))
        #expect(counts.labelled == 1)
        #expect(counts.truePositives == (isSelected && isPositive ? 1 : 0))
        #expect(counts.falsePositives == (isSelected && !isPositive ? 1 : 0))
        #expect(counts.falseNegatives == (!isSelected && isPositive ? 1 : 0))
        #expect(counts.selected == (isSelected ? 1 : 0))
    }

    @Test("scores that are no numbers are counted apart")
    func unusableScores() {
        var scores = ScoreCounts()
        for score in [0.25, .nan, .infinity, 1e10, 3] {
            scores.add(score, isAboveThreshold: true, isPositive: true)
        }
        #expect(scores.unusable == 3)
        #expect(scores.count == 2)
        #expect(scores.mean == 1.625)
        #expect(scores.bins[5].count == 1 && scores.bins.reduce(0) { $0 + $1.count } == 1)
    }

    @Test("calibration: promised less what came true")
    func calibration() throws {
        var scores = ScoreCounts()
        for (score, isPositive) in [(0.9, true), (0.9, false), (0.9, true), (0.1, false), (1, true), (0.1, nil)] {
            scores.add(score, isAboveThreshold: nil, isPositive: isPositive)
        }
        let calibration = try #require(scores.calibration)
        #expect(calibration.labelled == 5)
        #expect(abs(calibration.bias - (3.8 - 3) / 5) < 1e-12)
        #expect(abs(calibration.expectedError - (0.7 + 0.1 + 0) / 5) < 1e-12)
        #expect(ScoreCounts().calibration == nil)
        #expect(scores.bins[18].observed == Proportion(2, of: 3))
        #expect(abs((scores.bins[18].meanScore ?? 0) - 0.9) < 1e-12)
    }

    @Test("an intersection knows a group only where it knows all its parts")
    func intersections() {
        var decisions = AuditedDecisions(attributes: ["sex", "age"])
        let rows: [(String?, String?)] = [("f", "old"), ("m", "young"), ("f", nil), (nil, "old"), ("f", "old")]
        for (sex, age) in rows {
            decisions.decisions.append(AuditedDecision(isSelected: true))
            decisions.attributes[0].append(sex)
            decisions.attributes[1].append(age)
        }
        let both = decisions.table(of: [0, 1])
        #expect(both.groups.mapValues(\.decisions) == [["f", "old"]: 2, ["m", "young"]: 1])
        #expect(both.unknown.decisions == 2)
        #expect(decisions.table(of: [1]).groups.mapValues(\.decisions) == [["old"]: 3, ["young"]: 1])
    }

    @Test("beyond the limit of groups decisions are counted, not lost")
    func limit() {
        var table = GroupTable(attributes: ["id"], maximumGroups: 3)
        for id in 0..<10 { table.add(GroupCounts(decisions: 2, selected: 1), to: ["\(id)"]) }
        table.add(GroupCounts(decisions: 5, selected: 1), to: ["1"])
        table.add(GroupCounts(decisions: 4, selected: 1), to: nil)
        #expect(table.groups.count == 3)
        #expect(table.overflow.decisions == 14)
        #expect(table.unknown.decisions == 4)
        var doubled = table
        doubled.merge(table)
        #expect(doubled.groups.count == 3)
        #expect(doubled.groups[["1"]]?.decisions == 14)
        #expect(doubled.overflow.decisions == 28)
        #expect(doubled.unknown.decisions == 8)
    }
}
