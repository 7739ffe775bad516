import Foundation
import StewardStatistics
import Testing

@Suite("Means compared")
struct MeanComparisonTests {
    private func comparison(_ mean: Double, _ variance: Double? = 4, count: Int64 = 100) -> MeanComparison? {
        MeanComparison(
            GroupMean(count: count, mean: mean, variance: variance), to: GroupMean(count: 100, mean: 10, variance: 4))
    }

    /// By hand: errors of 0.2 on each side, so of √0.08 for the difference, and of √(0.2²/12² + 0.2²/10²) for the
    /// logarithm of the ratio.
    @Test func estimatesAndIntervals() throws {
        let made = try #require(comparison(12))
        #expect(made.estimate(.difference) == 2 && made.estimate(.ratio) == 1.2)
        let difference = try #require(made.interval(.difference, confidence: 0.95))
        #expect(abs(difference.lower - (2 - 1.959963984540054 * 0.08.squareRoot())) < 1e-9)
        let ratio = try #require(made.interval(.ratio, confidence: 0.95))
        let error = (0.04 / 144 + 0.04 / 100).squareRoot()
        #expect(abs(ratio.upper - 1.2 * exp(1.959963984540054 * error)) < 1e-9)
        #expect(made.pValue(outside: -3...3, .difference) == 1)
    }

    @Test(arguments: [8, 9, 9.5, 10.5, 11, 12, 14] as [Double], [0.8, 0.95, 0.999])
    func aPValueIsTheInversionOfTheInterval(mean: Double, confidence: Double) throws {
        let made = try #require(comparison(mean))
        for (scale, allowed) in [(ProportionComparison.Scale.ratio, 0.9...1.1), (.difference, -0.7...0.7)] {
            let interval = try #require(made.interval(scale, confidence: confidence))
            let isBeyond = interval.upper < allowed.lowerBound || interval.lower > allowed.upperBound
            #expect(isBeyond == (try #require(made.pValue(outside: allowed, scale)) < 1 - confidence))
        }
    }

    @Test func whatIsUndefinedIsNil() throws {
        #expect(comparison(12, nil) == nil)
        let negative = try #require(comparison(-1))
        #expect(negative.estimate(.ratio) == nil && negative.interval(.ratio, confidence: 0.95) == nil)
        #expect(negative.pValue(outside: 0.5...2, .ratio) == nil)
        let flat = try #require(
            MeanComparison(GroupMean(count: 5, mean: 1, variance: 0), to: GroupMean(count: 5, mean: 1, variance: 0)))
        #expect(flat.pValue(outside: -1...1, .difference) == nil)
    }
}
