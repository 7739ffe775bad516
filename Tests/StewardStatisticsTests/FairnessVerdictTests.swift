import Foundation
import StewardStatistics
import Testing

@Suite("Fairness verdicts")
struct FairnessVerdictTests {
    /// Groups `a`, `b`, … with as many selected of as many decisions.
    static func table(_ counts: [(Int64, Int64)]) -> GroupTable {
        var table = GroupTable(attributes: ["group"])
        for (index, (selected, decisions)) in counts.enumerated() {
            let name = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index)))
            table.add(GroupCounts(decisions: decisions, selected: selected), to: [name])
        }
        return table
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var counts: [(Int64, Int64)]
        var rule: FairnessRule
        var verdict: FairnessVerdict
        var sentence: String

        init(
            _ name: String, _ counts: [(Int64, Int64)], _ rule: FairnessRule, _ verdict: FairnessVerdict,
            _ sentence: String
        ) {
            (testDescription, self.counts, self.rule, self.verdict, self.sentence) =
                (name, counts, rule, verdict, sentence)
        }
    }

    private static let fourFifths = FairnessRule(.impactRatio, bound: 0.8)
    private static let parity = FairnessRule(.demographicParityDifference, bound: 0.1)

    static let cases: [Case] = [
        Case(
            "plainly unequal", [(50, 500), (250, 500)], fourFifths, .fail,
            "a: selection rate 0.200 times that of b (95% interval 0.152 to 0.263), beyond the bound of 0.800; "
                + "p < 0.001 after Holm's correction."),
        Case(
            "one group never selected", [(0, 500), (250, 500)], fourFifths, .fail,
            "a: selection rate 0.000 times that of b (95% interval 0.000 to 0.015), beyond the bound of 0.800; "
                + "p < 0.001 after Holm's correction."),
        Case(
            "plainly equal", [(480, 1000), (500, 1000)], fourFifths, .pass,
            "In the one comparison the whole interval lies within the bound."),
        Case(
            "equal by what little there is", [(15, 50), (16, 50)], fourFifths, .insufficient,
            "a: selection rate 0.938 times that of b (95% interval 0.528 to 1.663), which leaves both sides of the "
                + "bound possible."),
        Case(
            "below four fifths, but that may be chance", [(55, 200), (75, 200)], fourFifths, .insufficient,
            "a: selection rate 0.733 times that of b (95% interval 0.550 to 0.975), which leaves both sides of the "
                + "bound possible."),
        Case(
            "a group of nine", [(2, 9), (200, 400)], fourFifths, .insufficient,
            "Too few decisions for a: 9, where 30 are needed."),
        Case(
            "a group of one is not the mark for the others", [(1, 1), (400, 1000), (410, 1000)], fourFifths,
            .insufficient, "Too few decisions for a: 1, where 30 are needed."),
        Case(
            "too few to be selected", [(0, 40), (2, 40)], fourFifths, .insufficient,
            "b, the group compared with, has 2; of the selection rate 5 are needed in the numerator for a ratio."),
        Case(
            "a failure outweighs a small group", [(50, 500), (250, 500), (1, 2)], fourFifths, .fail,
            "a: selection rate 0.200 times that of b (95% interval 0.152 to 0.263), beyond the bound of 0.800; "
                + "p < 0.001 after Holm's correction."),
        Case(
            "nobody selected at all is no 0/0 pass", [(0, 500), (0, 500)], fourFifths, .insufficient,
            "a, the group compared with, has 0; of the selection rate 5 are needed in the numerator for a ratio."),
        Case(
            "nobody selected is a difference of nothing", [(0, 500), (0, 500)], parity, .pass,
            "In the one comparison the whole interval lies within the bound."),
        Case(
            "no truth, no equal opportunity", [(50, 500), (250, 500)],
            FairnessRule(.equalOpportunityDifference, bound: 0.1), .insufficient,
            "Too few decisions that were positive in truth for b: 0, where 30 are needed."),
        Case("one group", [(50, 500)], fourFifths, .insufficient, "There are not two groups to compare."),
        Case(
            "no difference at all cannot be shown", [(500, 1000), (500, 1000)],
            FairnessRule(.demographicParityRatio, bound: 1), .insufficient,
            "b: selection rate 1.000 times that of a (95% interval 0.916 to 1.092), which leaves both sides of the "
                + "bound possible."),
        Case(
            "unless a margin is declared", [(500, 1000), (500, 1000)],
            FairnessRule(.demographicParityRatio, bound: 1, margin: 0.1), .pass,
            "In the one comparison the whole interval lies within the bound."),
        Case(
            "too much is a disparity too", [(500, 1000), (300, 600)],
            FairnessRule(.demographicParityDifference, bound: 0.1), .pass,
            "In the one comparison the whole interval lies within the bound."),
        Case(
            "favoured beyond the bound", [(300, 1000), (400, 600)],
            FairnessRule(.demographicParityRatio, bound: 0.8), .fail,
            "b: selection rate 2.222 times that of a (95% interval 1.990 to 2.481), beyond the bound of 1.250; "
                + "p < 0.001 after Holm's correction."),
        Case(
            "shown beside a large group where the highest is a small one", [(550, 1600), (240, 1110), (78, 198)],
            fourFifths, .fail,
            "b: selection rate 0.629 times that of a (95% interval 0.552 to 0.716), beyond the bound of 0.800; "
                + "p < 0.001 after Holm's correction."),
        Case(
            "a rule that means nothing", [(50, 500), (250, 500)], FairnessRule(.impactRatio, bound: 1.2), .insufficient,
            "The rule means nothing: the bound of a ratio must be above 0 and at most 1."),
    ]

    @Test("fail and pass take evidence", arguments: cases)
    func verdict(_ example: Case) {
        let judgement = FairnessJudgement.of(Self.table(example.counts), by: example.rule, reference: nil)
        #expect(judgement.verdict == example.verdict)
        #expect(judgement.sentence == example.sentence)
    }

    @Test("groups beyond the limit were not audited, so nothing passes")
    func overflow() {
        var table = GroupTable(attributes: ["group"], maximumGroups: 2)
        for name in ["a", "b", "c"] { table.add(GroupCounts(decisions: 1000, selected: 500), to: [name]) }
        let judgement = FairnessJudgement.of(table, by: Self.fourFifths, reference: nil)
        #expect(judgement.verdict == .insufficient)
        #expect(
            judgement.sentence == "1000 decisions belong to groups beyond the limit of 2, and were not audited.")
        #expect(FairnessAudit(table, .init()).verdict == .insufficient, "no rule is no pass")
    }

    @Test("a fail is the corrected interval lying beyond the bound, and the other way round", arguments: 1...200)
    func inversion(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        func random() -> Proportion {
            let trials = Int64.random(in: 1...400, using: &generator)
            return Proportion(Int64.random(in: 0...trials, using: &generator), of: trials)
        }
        let comparison = try #require(ProportionComparison(random(), to: random()))
        for (scale, bound) in [(ProportionComparison.Scale.ratio, 0.8), (.difference, 0.05), (.difference, -0.1)] {
            for confidence in [0.8, 0.95, 0.999] {
                let interval = try #require(comparison.interval(scale, confidence: confidence))
                let (below, above) = (
                    comparison.pValue(below: bound, scale), comparison.pValue(above: bound, scale)
                )
                #expect((interval.upper < bound) == (below < 1 - confidence), "seed \(seed)")
                #expect((interval.lower > bound) == (above < 1 - confidence), "seed \(seed)")
                #expect(max(below, above) == 1)
                if let estimate = comparison.estimate(scale) {
                    #expect(interval.lower <= estimate + 1e-12 && estimate - 1e-12 <= interval.upper, "seed \(seed)")
                }
            }
        }
    }

    /// 10 groups of 200 with the same true rate of 0.30: whatever fails, fails by chance. STEWARD_SIMULATION_DRAWS sets
    /// the number of draws; 4,000 is what the numbers in the documentation were made with.
    @Test("equal groups fail in at most 5 % of draws")
    func noiseFloor() {
        let draws = ProcessInfo.processInfo.environment["STEWARD_SIMULATION_DRAWS"].flatMap { Int($0) } ?? 200
        var generator = SplitMix64(seed: 144)
        var fails = [0, 0, 0]
        var naive = 0
        let rules = [
            Self.fourFifths, FairnessRule(.impactRatio, bound: 1), FairnessRule(.demographicParityDifference, bound: 0),
        ]
        for _ in 0..<draws {
            let counts = (0..<10).map { _ in
                (Int64((0..<200).count { _ in Double.random(in: 0..<1, using: &generator) < 0.3 }), Int64(200))
            }
            let selected = counts.map(\.0)
            if Double(selected.min() ?? 0) < 0.8 * Double(selected.max() ?? 0) { naive += 1 }
            let table = Self.table(counts)
            for (index, rule) in rules.enumerated()
            where FairnessJudgement.of(table, by: rule, reference: nil).verdict == .fail { fails[index] += 1 }
        }
        let shares = fails.map { Double($0) / Double(draws) }
        print(
            "of \(draws) draws at equal rates fail: four fifths \(shares[0]), any lower ratio \(shares[1]), "
                + "any difference \(shares[2]); the naive four-fifths rule: \(Double(naive) / Double(draws))")
        // The number of fails of a rule that fails 5 % of the time stays below this in all but one of a thousand runs.
        let limit = 0.05 + 3.1 * (0.05 * 0.95 / Double(draws)).squareRoot()
        #expect(shares[0] <= 0.05 && shares[1] <= limit && shares[2] <= limit)
        #expect(Double(naive) / Double(draws) > 0.8)
    }
}
