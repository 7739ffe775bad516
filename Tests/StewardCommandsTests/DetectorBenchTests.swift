import StewardModel
import Testing

@testable import StewardCommands

/// The bench of detectors, in small: what it prints is what it measured, and the promises hold here, too.
@Suite struct DetectorBenchTests {
    @Test func calibratedChartsAreQuietAndFindTheChange() throws {
        let trial = try #require(StreamTrial.all.first { $0.method == "CUSUM" })
        let result = trial.run(runs: 3, days: 2, seed: 1)
        #expect(result.found == 1)
        #expect(try #require(result.delay) < 40)
        #expect(result.falseAlarms <= 15)
        #expect(trial.run(runs: 3, days: 2, seed: 1).falseAlarms == result.falseAlarms)
    }

    @Test func methodsKeepTheirLevelAndFindTheChange() throws {
        let results = PairTrial.quick.filter { $0.reference + $0.current <= 1101 }.map { $0.run(draws: 40, seed: 1) }
        for result in results {
            for (method, share) in result.stated {
                #expect(share <= 0.18, "\(method), \(result.trial.name), \(result.sizes)")
            }
        }
        let text = DetectorBench.report(results, ReportGoldenTests.page)
        #expect(text.contains("5 categories  500 vs 500  5.0% or less"))
        #expect(text.contains("5% with three standard errors is 15.3%."))
        let changed = try #require(PairTrial.quick.first { $0.name == "lognormal, top 5 % × 3" })
        #expect(try #require(changed.run(draws: 10, seed: 1).stated.first).share >= 0.9)
    }

    @Test func theGridHasEveryDistributionAtEverySize() {
        #expect(PairTrial.grid.count == 6 * 10 + 2)
        #expect(Set(PairTrial.grid.map { "\($0.name) \($0.reference) \($0.current)" }).count == PairTrial.grid.count)
    }

    @Test func whatIsWatchedEveryMinuteStaysQuiet() {
        for trial in WatchTrial.all {
            let result = trial.run(series: 3, days: 1, seed: 1)
            #expect(result.significant == 0 && result.stated == 0, "\(trial.name)")
            #expect(result.looks == 3 * 1440)
        }
    }
}
