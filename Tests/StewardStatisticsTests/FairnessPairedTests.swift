import Foundation
import StewardStatistics
import Testing

@Suite("Paired tests")
struct FairnessPairedTests {
    static let folder = FairnessCase.folder.appending(path: "paired")

    /// `synthetic_NAME.csv` beside `paired_truth.json`; scipy 1.17.1 on b − a, rounded to ten places.
    @Test("scores against reference answers")
    func scores() throws {
        let data = try Data(contentsOf: Self.folder.appending(path: "paired_truth.json"))
        let answers = Reference(try JSONSerialization.jsonObject(with: data))["synthetic"]
        #expect(answers.names.count == 5)
        for name in answers.names {
            let expected = answers[name]
            let rows = try FairnessCase.lines(Self.folder.appending(path: "synthetic_\(name).csv")).dropFirst()
            let differences = rows.compactMap { row in Double(row[0]).flatMap { a in Double(row[1]).map { $0 - a } } }
            let paired = try #require(PairedDifference(differences))
            let place: Comment = "\(name)"
            #expect(Double(paired.differences.count) == expected["n"].number)
            #expect(agree(paired.mean, expected["mean_diff"].number), place)
            #expect(agree(paired.median, expected["median_diff"].number), place)
            #expect(agree(paired.tTest?.statistic, expected["paired_t"]["t"].number), place)
            #expect(agree(paired.tTest?.pValue, expected["paired_t"]["p"].number), place)
            #expect(agree(paired.effectSize, expected["cohen_dz"].number), place)
            for (zeros, method) in [(WilcoxonSignedRank.Zeros.dropped, "wilcox"), (.ranked, "pratt")] {
                let wilcoxon = WilcoxonSignedRank(paired.differences, zeros: zeros)
                for corrected in [false, true] {
                    let test = expected["wilcoxon_\(method)_cc\(corrected ? 1 : 0)"]
                    #expect(agree(wilcoxon?.statistic, test["W"].number), place)
                    #expect(agree(wilcoxon?.normalPValue(corrected: corrected), test["p"].number), place)
                }
            }
            let ups = Int64(paired.differences.count { $0 > 0 })
            let downs = Int64(paired.differences.count { $0 < 0 })
            #expect(Double(ups + downs) == expected["nonzero"].number)
            if let pValue = expected["sign_test_p"].number { #expect(agree(SignTest.pValue(ups, downs), pValue)) }
            guard let lower = expected["bootstrap_percentile95_mean_diff"][0].number else { continue }
            var generator = SplitMix64(seed: 20_261_121)
            let interval = try #require(
                paired.bootstrap(confidence: 0.95, resamples: name == "large_5000" ? 1000 : 4000, using: &generator))
            let upper = try #require(expected["bootstrap_percentile95_mean_diff"][1].number)
            // Both ends are random: they may differ by the simulation's error, a tenth of the width.
            #expect(abs(interval.lower - lower) < 0.1 * (upper - lower), place)
            #expect(abs(interval.upper - upper) < 0.1 * (upper - lower), place)
        }
    }

    struct Table: Sendable {
        var both, firstOnly, secondOnly, neither: Int64
        var exact, mid: Double
    }

    /// Exact p: `scipy.stats.binomtest(b, b + c).pvalue`; mid-p: less `binom.pmf(b, b + c, 0.5)`, half where b = c.
    @Test(
        "McNemar",
        arguments: [
            Table(both: 1, firstOnly: 1, secondOnly: 7, neither: 12, exact: 0.0703125, mid: 0.0390625),
            Table(both: 0, firstOnly: 0, secondOnly: 6, neither: 0, exact: 0.03125, mid: 0.015625),
            Table(both: 9, firstOnly: 3, secondOnly: 3, neither: 9, exact: 1, mid: 0.84375),
            Table(both: 9, firstOnly: 0, secondOnly: 0, neither: 9, exact: 1, mid: 1),
            Table(
                both: 59, firstOnly: 6, secondOnly: 16, neither: 80, exact: 0.052478790283203125,
                mid: 0.03468966484069824),
        ])
    func mcNemar(_ table: Table) throws {
        let test = try #require(
            McNemar(
                both: table.both, firstOnly: table.firstOnly, secondOnly: table.secondOnly, neither: table.neither))
        #expect(agree(test.exactPValue, table.exact))
        #expect(agree(test.midPValue, table.mid))
    }

    @Test("McNemar's chi-square and the interval of the difference")
    func mcNemarIntervals() throws {
        let test = try #require(McNemar(both: 59, firstOnly: 6, secondOnly: 16, neither: 80))
        #expect(agree(test.chiSquare(corrected: false)?.statistic, 100.0 / 22))
        #expect(agree(test.chiSquare(corrected: true)?.statistic, 81.0 / 22))
        #expect(agree(test.chiSquare(corrected: true)?.pValue, 0.055008833629265896))
        #expect(McNemar(both: 1, firstOnly: 0, secondOnly: 0, neither: 1)?.chiSquare(corrected: false) == nil)
        // From scipy's Wilson intervals, by the formula of method 10.
        let tables: [(Int64, Int64, Int64, Int64, Double, Double)] = [
            (36, 12, 2, 0, 0.05692958400323875, 0.3404276029749408),
            (53, 0, 1, 0, -0.09771437488781931, 0.049621661889404076),
            (59, 6, 16, 80, -0.11862119563870996, -0.00462511393305004),
        ]
        for (both, firstOnly, secondOnly, neither, lower, upper) in tables {
            let interval = McNemar(both: both, firstOnly: firstOnly, secondOnly: secondOnly, neither: neither)?
                .newcombe(confidence: 0.95)
            #expect(agree(interval?.lower, lower) && agree(interval?.upper, upper))
        }
        // −10/161 ∓ z √(22 − 100/161)/161
        let wald = try #require(test.wald(confidence: 0.95))
        #expect(agree(wald.lower + wald.upper, -20.0 / 161))
        #expect(agree(wald.upper - wald.lower, 2 * 1.959963984540054 * (22 - 100.0 / 161).squareRoot() / 161))
    }

    @Test("exact signed ranks agree with counting every sign pattern", arguments: 1...10)
    func exactRanks(count: Int) throws {
        var generator = SplitMix64(seed: UInt64(count))
        let magnitudes = (1...count).map { Double($0) * 1.5 }
        let differences = magnitudes.map { Bool.random(using: &generator) ? $0 : -$0 }
        let test = try #require(WilcoxonSignedRank(differences))
        let patterns = 0..<(1 << count)
        let atMost = patterns.count { pattern in
            let sum = (0..<count).reduce(0) { $0 + (pattern >> $1 & 1 == 1 ? $1 + 1 : 0) }
            return Double(sum) <= test.statistic
        }
        #expect(agree(test.exactPValue, min(1, 2 * Double(atMost) / Double(patterns.count))), "seed \(count)")
    }

    @Test("equivalence: the p-value is that of the nearer of the two one-sided tests")
    func equivalence() throws {
        let paired = try #require(PairedDifference([0.01, -0.02, 0.03, 0.0, -0.01, 0.02, -0.03, 0.01]))
        let standardError = paired.standardDeviation / 8.0.squareRoot()
        let margin = 0.05
        let lower = StudentT.upperTail((paired.mean + margin) / standardError, degreesOfFreedom: 7)
        let upper = StudentT.upperTail((margin - paired.mean) / standardError, degreesOfFreedom: 7)
        #expect(agree(paired.equivalencePValue(margin: margin), max(lower, upper)))
        #expect(try #require(paired.equivalencePValue(margin: 0.001)) > 0.05)
        #expect(paired.equivalencePValue(margin: 0) == nil)
    }

    @Test("what holds no pairs gives no test")
    func nothing() {
        #expect(PairedDifference([1]) == nil)
        #expect(PairedDifference([1, .nan]) == nil)
        #expect(WilcoxonSignedRank([0, 0]) == nil)
        #expect(McNemar(both: 0, firstOnly: 0, secondOnly: 0, neither: 0) == nil)
        #expect(McNemar(both: -1, firstOnly: 1, secondOnly: 1, neither: 0) == nil)
        #expect(SignTest.pValue(0, 0) == 1)
    }
}
