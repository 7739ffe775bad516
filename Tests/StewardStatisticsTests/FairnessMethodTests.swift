import StewardStatistics
import Testing

@Suite("Methods of fairness audits")
struct FairnessMethodTests {
    /// The regulator's example of a scored tool: category, applicants, above the median, impact ratio as published.
    private static let workedExample: [[(String, Int64, Int64, String)]] = [
        [("Male", 92, 50, "1.00"), ("Female", 76, 34, "0.82")],
        [
            ("Hispanic or Latino", 28, 18, "1.00"), ("White", 40, 15, "0.58"),
            ("Black or African American", 32, 16, "0.78"),
            ("Native Hawaiian or Pacific Islander", 8, 5, "0.97"), ("Asian", 24, 10, "0.65"),
        ],
    ]

    @Test("Local Law 144's worked example to two decimals", arguments: workedExample.indices)
    func regulatorsExample(index: Int) throws {
        var table = GroupTable(attributes: ["category"])
        for (category, applicants, above, _) in Self.workedExample[index] {
            var counts = GroupCounts()
            for applicant in 0..<applicants {
                counts.add(AuditedDecision(isSelected: false, score: 0, isAboveThreshold: applicant < above))
            }
            table.add(counts, to: [category])
        }
        let audit = LocalLaw144(table, basis: .scoringRate)
        for (category, applicants, _, published) in Self.workedExample[index] {
            let row = try #require(audit.categories.first { $0.category == [category] })
            #expect(row.applicants == applicants)
            let hundredths = Int((try #require(row.impactRatio) * 100).rounded())
            #expect(hundredths == Int(published.filter { $0 != "." }), "\(category)")
        }
        #expect(audit.highest == [Self.workedExample[index][0].0])
    }

    @Test("a small category may be left out of the ratios, and is still shown")
    func smallCategories() throws {
        var table = GroupTable(attributes: ["category"])
        table.add(GroupCounts(decisions: 1, selected: 1), to: ["tiny"])
        table.add(GroupCounts(decisions: 500, selected: 100), to: ["a"])
        table.add(GroupCounts(decisions: 500, selected: 80), to: ["b"])
        table.add(GroupCounts(decisions: 30, selected: 3), to: nil)
        let all = LocalLaw144(table, basis: .selectionRate)
        #expect(all.highest == ["tiny"] && all.categories[0].impactRatio == 0.2 && all.unknown == 30)
        let large = LocalLaw144(table, basis: .selectionRate, excludedBelowShare: LocalLaw144.smallShare)
        #expect(large.highest == ["a"])
        #expect(large.categories[0].impactRatio == 1 && agree(large.categories[1].impactRatio, 0.8))
        #expect(large.categories[2].impactRatio == nil)
        #expect(large.categories[2].isExcluded && large.categories[2].rate == Proportion(1, of: 1))
        #expect(LocalLaw144(table, basis: .scoringRate).categories.allSatisfy { $0.impactRatio == nil })
    }

    /// scipy 1.17.1: `stats.fisher_exact`, and half of `hypergeom.pmf` less for mid-p.
    @Test(
        "Fisher's exact test far out and with many trials",
        arguments: [
            (3000, 10_000, 3100, 10_000, 0.12838929198389457, 0.12650527528446742),
            (1, 10, 11, 14, 0.0027594561852200836, 0.0020864180912639656),
            (0, 500, 250, 500, 4.841309531448566e-94, 3.630982148586425e-94),
            (8000, 10_000, 7000, 10_000, 3.9249220528425143e-60, 3.514940793649282e-60), (3, 3, 0, 1, 0.25, 0.125),
        ] as [(Int64, Int64, Int64, Int64, Double, Double)])
    func fisher(a: Int64, n: Int64, b: Int64, m: Int64, pValue: Double, midPValue: Double) throws {
        let test = try #require(FisherExact(successes: a, of: n, and: b, of: m))
        #expect(agree(test.pValue, pValue))
        #expect(agree(test.midPValue, midPValue))
        let mirrored = try #require(FisherExact(successes: b, of: m, and: a, of: n))
        #expect(agree(test.pValue, mirrored.pValue, relative: 1e-12))
    }

    @Test("a table too unlikely for a double is not impossible")
    func fisherUnderflow() throws {
        let test = try #require(FisherExact(successes: 0, of: 100_000, and: 100_000, of: 100_000))
        #expect(test.pValue > 0 && test.pValue < 1e-300)
        #expect(FisherExact(successes: 0, of: 0, and: 1, of: 2) == nil)
        #expect(FisherExact(successes: 3, of: 2, and: 1, of: 2) == nil)
    }

    @Test("corrections, in the order given")
    func corrections() {
        let raw = [0.01, 0.04, 0.03, 0.005, 0.8]
        let holm = Multiplicity.holm.adjusted(raw)
        for (value, expected) in zip(holm, [0.04, 0.09, 0.09, 0.025, 0.8]) { #expect(agree(value, expected)) }
        let bh = Multiplicity.benjaminiHochberg.adjusted(raw)
        for (value, expected) in zip(bh, [0.025, 0.05, 0.05, 0.025, 0.8]) { #expect(agree(value, expected)) }
        #expect(Multiplicity.none.adjusted(raw) == raw)
        #expect(agree(Multiplicity.holm.adjusted([0.001, 0.5], familySize: 45)[0], 0.045))
        #expect(Multiplicity.holm.adjusted([0.001, 0.5], familySize: 45)[1] == 1)
        #expect(Multiplicity.holm.adjusted([]).isEmpty)
    }

    /// Moments by numpy, intervals by `scipy.stats.beta.ppf`.
    @Test("small groups are drawn towards all, large ones stay")
    func shrinkage() throws {
        let groups = [
            Proportion(213, of: 400), Proportion(54, of: 120), Proportion(5, of: 25), Proportion(2, of: 9),
            Proportion(1, of: 6), Proportion(1, of: 1),
        ]
        let fit = try #require(BetaBinomialShrinkage(groups))
        #expect(agree(fit.priorSuccesses, 8.598417811024937))
        #expect(agree(fit.priorFailures, 8.878801000514882))
        #expect(agree(fit.rate(groups[0]), 0.5308036171215854))
        #expect(agree(fit.rate(groups[5]), 0.5194730824441129))
        let interval = try #require(fit.interval(groups[5], confidence: 0.95))
        #expect(agree(interval.lower, 0.29841853, relative: 1e-7))
        #expect(agree(interval.upper, 0.7365326, relative: 1e-7))
        #expect(BetaBinomialShrinkage([Proportion(1, of: 2), Proportion(0, of: 0), Proportion(1, of: 3)]) == nil)
        #expect(BetaBinomialShrinkage([Proportion](repeating: Proportion(0, of: 9), count: 4)) == nil)
        // Groups that differ less than chance would have it share one rate, but not without bounds.
        let alike = try #require(BetaBinomialShrinkage([Proportion](repeating: Proportion(5, of: 10), count: 4)))
        #expect(agree(alike.priorSuccesses + alike.priorFailures, 40))
    }

    /// `scipy.stats.beta.ppf`.
    @Test("quantiles of the beta law at its ends")
    func betaQuantiles() {
        #expect(agree(IncompleteBeta.quantile(0.025, 1, 1e6), 2.5317807663794178e-08))
        #expect(agree(IncompleteBeta.quantile(0.975, 5, 0.5), 0.9998967717899883))
        #expect(IncompleteBeta.quantile(0, 2, 3) == 0 && IncompleteBeta.quantile(1, 2, 3) == 1)
        #expect(IncompleteBeta.quantile(-0.1, 2, 3).isNaN && IncompleteBeta.quantile(0.5, 0, 3).isNaN)
    }

    @Test("the exact interval gives each tail its half", arguments: 1...100)
    func clopperPearson(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        let trials = Int64.random(in: 1...100_000, using: &generator)
        let successes = Int64.random(in: 0...trials, using: &generator)
        let interval = try #require(
            ClopperPearson.interval(successes: successes, trials: trials, confidence: 0.9))
        let (k, n) = (Double(successes), Double(trials))
        if successes > 0 {
            #expect(abs(IncompleteBeta.lowerTail(interval.lower, k, n - k + 1) - 0.05) < 1e-9, "seed \(seed)")
        }
        if successes < trials {
            #expect(abs(IncompleteBeta.lowerTail(interval.upper, k + 1, n - k) - 0.95) < 1e-9, "seed \(seed)")
        }
    }

    @Test("what has no trials has no numbers")
    func nothing() {
        #expect(Proportion(0, of: 0).rate == nil)
        #expect(ProportionComparison(Proportion(0, of: 0), to: Proportion(1, of: 2)) == nil)
        #expect(ProportionComparison(Proportion(1, of: 2), to: Proportion(0, of: 2))?.ratio == nil)
        #expect(OmnibusTest([Proportion(1, of: 2)]) == nil)
        #expect(OmnibusTest([Proportion(0, of: 2), Proportion(0, of: 3)]) == nil)
        #expect(RateGap([nil, nil], overall: nil).difference == nil)
        #expect(RateGap([0, 0], overall: 0).ratio == nil)
        #expect(ClopperPearson.interval(successes: 1, trials: 0) == nil)
    }
}
