import Foundation
import StewardJSON
import Testing

@testable import StewardStatistics

/// What gbstats, confseq and savvi answer on a grid (`Fixtures/sequential/answers.json` names their versions), to 10⁻⁹.
@Suite struct SequentialReferenceTests {
    static let answers: JSONValue = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/sequential/answers.json")
        return (try? JSONValue(parsing: Array(Data(contentsOf: file)))) ?? .null
    }()

    /// The rows of numbers under a name; there must be some.
    static func rows(_ name: String) throws -> [[Double]] {
        let rows = (answers[name]?.array ?? []).map { ($0.array ?? []).compactMap(\.double) }
        try #require(!rows.isEmpty)
        return rows
    }

    /// Relative to the larger of the two and 1: all answers here are of the order of 1 or are logarithms.
    static func agree(_ value: Double, _ expected: Double, within tolerance: Double = 1e-9) -> Bool {
        value == expected || abs(value - expected) <= tolerance * max(1, abs(value), abs(expected))
    }

    @Test func theNormalMixtureIsConfseqs() throws {
        for row in try Self.rows("normal_mixture") {
            let (variance, alpha) = (row[1], row[2])
            let mixture = NormalMixture(optimalAt: row[3], alpha: alpha, sides: row[0] == 1 ? .one : .two)
            #expect(Self.agree(mixture.bound(variance: variance, alpha: alpha), row[4]), "\(row)")
            for (z, expected) in zip([-2.0, 0, 1, 4], row[5...]) {
                let sum = z * variance.squareRoot()
                #expect(Self.agree(mixture.logEValue(sum: sum, variance: variance), expected), "\(row)")
            }
        }
    }

    @Test func rateIntervalsAreConfseqs() throws {
        for row in try Self.rows("rate_interval") {
            let mixture = RateMixture(optimalAt: row[3], alpha: row[2], sides: .two)
            let interval = mixture.interval(hits: row[0], trials: row[1], alpha: row[2])
            #expect(Self.agree(interval.lower, row[4]) && Self.agree(interval.upper, row[5]), "\(row): \(interval)")
        }
    }

    @Test func evidenceAboutRatesIsConfseqs() throws {
        for row in try Self.rows("rate_evidence") {
            let mixture = RateMixture(optimalAt: row[5], alpha: row[4], sides: row[0] == 1 ? .one : .two)
            let value = mixture.logEValue(hits: row[1], trials: row[2], rate: row[3])
            #expect(Self.agree(value, row[6]), "\(row): \(value)")
        }
    }

    @Test func effectsOfMeansAreGbstats() throws {
        for row in try Self.rows("mean_effect") {
            let effect = try #require(
                MeanEffect(
                    control: ArmMoments(count: row[0], mean: row[1], variance: row[2]),
                    treatment: ArmMoments(count: row[3], mean: row[4], variance: row[5]), isRelative: row[8] == 1))
            let interval = effect.interval(alpha: row[6], optimalAt: row[7])
            #expect(Self.agree(effect.estimate, row[9]), "\(row)")
            #expect(Self.agree(interval.lower, row[10]) && Self.agree(interval.upper, row[11]), "\(row)")
            #expect(Self.agree(effect.pValue(alpha: row[6], optimalAt: row[7]), row[12]), "\(row)")
        }
        for row in try Self.rows("rate_effect") {
            let effect = try #require(
                MeanEffect(
                    control: ArmMoments(hits: row[0], trials: row[1]),
                    treatment: ArmMoments(hits: row[2], trials: row[3]), isRelative: row[5] == 1))
            let interval = effect.interval(alpha: row[4], optimalAt: 5000)
            #expect(Self.agree(effect.estimate, row[6]), "\(row)")
            #expect(Self.agree(interval.lower, row[7]) && Self.agree(interval.upper, row[8]), "\(row)")
            #expect(Self.agree(effect.pValue(alpha: row[4], optimalAt: 5000), row[9]), "\(row)")
        }
    }

    @Test func covariateAdjustmentIsGbstats() throws {
        let cases = Self.answers["cuped"]?.array ?? []
        #expect(!cases.isEmpty)
        for entry in cases {
            let pair = entry.array ?? []
            let arms = (pair[0].array ?? []).map { arm in
                let sums = (arm.array ?? []).compactMap(\.double)
                return CovariateSums(
                    count: sums[0], outcome: sums[1], outcomeSquares: sums[2], covariate: sums[3],
                    covariateSquares: sums[4], products: sums[5])
            }
            for (moments, expected) in zip(CovariateAdjustment.adjusted(arms), pair[1].array ?? []) {
                let numbers = (expected.array ?? []).compactMap(\.double)
                #expect(Self.agree(moments.mean, numbers[0]) && Self.agree(moments.variance, numbers[1]))
            }
        }
    }

    @Test func theSampleRatioTestIsGbstats() throws {
        for entry in Self.answers["sample_ratio"]?.array ?? [] {
            let row = entry.array ?? []
            let counts = (row[0].array ?? []).compactMap(\.int64)
            let weights = (row[1].array ?? []).compactMap(\.double)
            let value = try #require(SampleRatio.pValue(counts: counts, weights: weights))
            #expect(Self.agree(value, try #require(row[2].double)), "\(entry)")
        }
    }

    @Test func theSampleRatioOverTimeIsSavvis() throws {
        let cases = Self.answers["sequential_sample_ratio"]?.array ?? []
        #expect(!cases.isEmpty)
        for entry in cases {
            let row = entry.array ?? []
            var test = try #require(SequentialSampleRatio(weights: (row[0].array ?? []).compactMap(\.double)))
            for look in row[1].array ?? [] {
                let pair = look.array ?? []
                let isTaken = test.look((pair[0].array ?? []).compactMap(\.int64))
                #expect(isTaken)
                #expect(Self.agree(test.pValue, try #require(pair[1].double)), "\(entry)")
            }
        }
    }

    @Test func badSampleRatiosHaveNoAnswer() {
        #expect(SampleRatio.pValue(counts: [5], weights: [1]) == nil)
        #expect(SampleRatio.pValue(counts: [5, 1], weights: [1, 0]) == nil)
        #expect(SampleRatio.pValue(counts: [5, -1], weights: [1, 1]) == nil)
        #expect(SampleRatio.pValue(counts: [5, 1], weights: [.nan, 1]) == nil)
        #expect(SequentialSampleRatio(weights: [1, 0]) == nil)
        #expect(
            MeanEffect(
                control: ArmMoments(count: 1, mean: 1, variance: 1),
                treatment: ArmMoments(count: 9, mean: 1, variance: 1)) == nil)
        #expect(
            MeanEffect(
                control: ArmMoments(count: 9, mean: .nan, variance: 1),
                treatment: ArmMoments(count: 9, mean: 1, variance: 1)) == nil)
    }
}
