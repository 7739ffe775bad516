import Testing

@testable import StewardStatistics

struct AliasTableTests {
    /// Pearson's χ² of a million draws against the exact density, cells below five expected ones left out.
    @Test(arguments: [(1, 0.3), (20, 0.5), (100, 0.02), (9_900, 0.02), (2_000_000, 0.0001)])
    func binomialDrawsHaveTheBinomialDensity(trials: Int, rate: Double) {
        let table = AliasTable(binomial: trials, rate: rate)
        var generator = StewardStatistics.SplitMix64(seed: 11)
        let draws = 1_000_000
        var counts: [Int: Int] = [:]
        for _ in 0..<draws { counts[table.draw(&generator), default: 0] += 1 }
        var (statistic, cells) = (0.0, 0)
        for (hits, count) in counts {
            let density = SaddlePoint.binomial(Double(hits), Double(trials - hits), p: rate, q: 1 - rate)
            let expected = density * Double(draws)
            guard expected >= 5 else { continue }
            statistic += (Double(count) - expected) * (Double(count) - expected) / expected
            cells += 1
        }
        // Five standard deviations above the mean of χ².
        #expect(statistic < Double(cells) + 5 * (2 * Double(cells)).squareRoot(), "seed 11")
    }

    @Test func whatIsCertainIsAlwaysDrawn() {
        var generator = StewardStatistics.SplitMix64(seed: 1)
        #expect(AliasTable(binomial: 0, rate: 0.5).draw(&generator) == 0)
        #expect(AliasTable(binomial: 7, rate: 0).draw(&generator) == 0)
        #expect(AliasTable(binomial: 7, rate: 1).draw(&generator) == 7)
        #expect(AliasTable(weights: [0, 2, 0], offset: 5).draw(&generator) == 6)
    }

    @Test func logNormalLevelsHaveTheMeanAndTheSpread() {
        let levels = LogNormal.levels(spread: 1, count: 1024)
        let mean = levels.reduce(0, +) / 1024
        let deviation = (levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1024).squareRoot()
        #expect(abs(mean - 1) < 1e-12)
        #expect(abs(deviation - 1) < 0.05, "the far tail is cut off")
        #expect(LogNormal.levels(spread: 0, count: 4) == [1, 1, 1, 1])
    }
}
