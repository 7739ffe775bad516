import Foundation
import Testing

@testable import StewardStatistics

struct ContinuousComparisonTests {
    private func comparison(_ a: Int64, _ n: Int64, _ b: Int64, _ m: Int64) throws -> ProportionComparison {
        try #require(ProportionComparison(Proportion(a, of: n), to: Proportion(b, of: m)))
    }

    /// At equality of rates the best common rate is the pooled one, so the evidence has a closed form.
    @Test func evidenceAgainstEqualityIsTheClosedForm() throws {
        func beta(_ hits: Double, _ misses: Double) -> Double {
            lgamma(hits + 0.5) + lgamma(misses + 0.5) - lgamma(hits + misses + 1) - log(Double.pi)
        }
        let watched = ContinuousComparison(try comparison(30, 200, 90, 220))
        let pooled = 120.0 / 420
        let likelihood = 120 * log(pooled) + 300 * log1p(-pooled)
        let expected = 2 * exp(likelihood - beta(30, 170) - beta(90, 130))
        #expect(abs(watched.pValue(below: 1, .ratio) / expected - 1) < 1e-6)
        #expect(abs(watched.pValue(below: 0, .difference) / expected - 1) < 1e-6)
        #expect(watched.pValue(above: 1, .ratio) == 1)
    }

    @Test func intervalsAreTheInversionOfThePValues() throws {
        for scale in [ProportionComparison.Scale.ratio, .difference] {
            let watched = ContinuousComparison(try comparison(60, 200, 90, 220))
            let interval = try #require(watched.interval(scale, confidence: 0.95))
            #expect(abs(watched.pValue(above: interval.lower, scale) - 0.05) < 1e-6)
            #expect(abs(watched.pValue(below: interval.upper, scale) - 0.05) < 1e-6)
            let once = try #require(try comparison(60, 200, 90, 220).interval(scale, confidence: 0.95))
            #expect(interval.lower < once.lower && once.upper < interval.upper)
        }
    }

    @Test func extremeCountsHaveIntervalsWithoutNaN() throws {
        for (a, n, b, m) in [
            (0, 1, 0, 1), (0, 50, 0, 50), (50, 50, 50, 50), (0, 9, 9, 9), (1_000_000, 2_000_000, 5, 9),
        ] {
            let watched = ContinuousComparison(try comparison(Int64(a), Int64(n), Int64(b), Int64(m)))
            for scale in [ProportionComparison.Scale.ratio, .difference] {
                let interval = try #require(watched.interval(scale, confidence: 0.95))
                #expect(interval.lower <= interval.upper, "\(a)/\(n) to \(b)/\(m)")
                #expect((0...1).contains(watched.pValue(below: 0.8, scale)))
            }
        }
    }

    /// Looked at after every decision, a watched rule keeps its promise; the intervals for one look do not.
    @Test func lookingAllTheTimeRaisesNoFalseAlarm() {
        let runs = Int(ProcessInfo.processInfo.environment["STEWARD_BIAS_RUNS"] ?? "") ?? 60
        var (watchedAlarms, naiveAlarms) = (0, 0)
        for run in 0..<runs {
            var random = SplitMix64(seed: UInt64(run))
            var counts = [Proportion(0, of: 0), Proportion(0, of: 0)]
            var (watched, naive) = (false, false)
            for step in 1...1500 {
                let group = step % 2
                counts[group].trials += 1
                if Double.random(in: 0..<1, using: &random) < 0.3 { counts[group].successes += 1 }
                guard step % 5 == 0, let pair = ProportionComparison(counts[0], to: counts[1]) else { continue }
                naive = naive || min(pair.pValue(below: 0, .difference), pair.pValue(above: 0, .difference)) < 0.05
                guard step % 50 == 0 else { continue }
                let continuous = ContinuousComparison(pair)
                let p = min(continuous.pValue(below: 0, .difference), continuous.pValue(above: 0, .difference))
                watched = watched || p < 0.05
            }
            if watched { watchedAlarms += 1 }
            if naive { naiveAlarms += 1 }
        }
        #expect(Double(watchedAlarms) / Double(runs) <= 0.05, "\(watchedAlarms) of \(runs)")
        #expect(Double(naiveAlarms) / Double(runs) > 0.15, "else this test shows nothing: \(naiveAlarms) of \(runs)")
    }
}
