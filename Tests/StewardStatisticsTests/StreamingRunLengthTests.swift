import Testing

@testable import StewardStatistics

/// Published run lengths: D. M. Hawkins, D. H. Olwell, "Cumulative Sum Charts", 1998, for CUSUM (to the digits given
/// there); J. M. Lucas, M. S. Saccucci, Technometrics 32(1), 1990, table 3, for EWMA; the chart of single values at
/// three deviations for smoothing 1.
@Suite struct StreamingRunLengthTests {
    @Test(arguments: [
        (0.5, 4.0, 0.0, 168.0), (0.5, 5.0, 0.0, 465.0), (0.5, 4.0, 1.0, 8.38), (0.5, 5.0, 1.0, 10.4),
        (0.25, 8.0, 0.0, 368.0), (0.5, 4.0, 2.0, 3.34),
    ]) func cusumRunLengthsAreThePublishedOnes(reference: Double, limit: Double, shift: Double, length: Double) {
        let computed = AverageRunLength.cusum(reference: reference, limit: limit, shift: shift)
        #expect(abs(computed - length) <= 0.003 * length, "\(computed)")
    }

    @Test(arguments: [(1.0, 3.0, 370.4), (0.4, 3.054, 500), (0.25, 2.998, 500), (0.1, 2.814, 500), (0.05, 2.615, 500)])
    func ewmaRunLengthsAreThePublishedOnes(smoothing: Double, limit: Double, length: Double) {
        let computed = AverageRunLength.ewma(smoothing: smoothing, limit: limit)
        #expect(abs(computed - length) <= 0.005 * length, "\(computed)")
    }

    @Test(arguments: [100.0, 43_200, 1_000_000]) func limitsGiveTheRunLengthAskedFor(values: Double) {
        for reference in [0.25, 0.5, 1] {
            let limit = AverageRunLength.cusumLimit(reference: reference, values: values)
            let length = AverageRunLength.cusum(reference: reference, limit: limit)
            #expect(abs(length - values) < 1e-3 * values)
        }
        for smoothing in [0.05, 0.2, 1] {
            let limit = AverageRunLength.ewmaLimit(smoothing: smoothing, values: values)
            let length = AverageRunLength.ewma(smoothing: smoothing, limit: limit)
            #expect(abs(length - values) < 1e-3 * values)
        }
    }

    /// With step 1 the sum is a walk that moves up or down by one: its run length has a closed form.
    @Test(arguments: [0.1, 0.3, 0.6]) func aBernoulliWalkOfSingleStepsHasTheKnownRunLength(rate: Double) {
        let odds = (1 - rate) / rate
        for limit in 1...8 {
            // E(to next level from i) = 1/p · (1 + q/p + … + (q/p)^i), summed over the levels.
            var (expected, climb) = (0.0, 0.0)
            for _ in 0..<limit {
                climb = 1 / rate + odds * climb
                expected += climb
            }
            let computed = BernoulliCUSUM.runLength(rate: rate, step: 1, limit: limit)
            #expect(abs(computed - expected) < 1e-9 * expected)
        }
    }

    @Test func aBernoulliRunLengthIsTheMeanOfSimulatedRuns() {
        let (rate, step, limit, runs) = (0.05, 9, 30, 3000)
        var random = SplitMix64(seed: 11)
        var trials = 0
        for _ in 0..<runs {
            var sum = 0
            while sum < limit {
                trials += 1
                sum = max(0, sum + (Double.random(in: 0..<1, using: &random) < rate ? step : -1))
            }
        }
        let simulated = Double(trials) / Double(runs)
        let computed = BernoulliCUSUM.runLength(rate: rate, step: step, limit: limit)
        // Run lengths are about exponential: the mean's deviation is its value over √runs.
        #expect(abs(simulated - computed) < 4 * computed / Double(runs).squareRoot(), "\(simulated) \(computed)")
    }
}
