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

    @Test func methodsKeepTheirLevelAndFindTheChange() {
        var results: [PairTrial.Result] = []
        for trial in PairTrial.all where trial.reference + trial.current <= 1101 {
            results += trial.run(draws: 40, seed: 1)
        }
        for result in results where result.isNull { #expect(result.rate <= 0.18, "\(result)") }
        let text = DetectorBench.report([], results, ReportGoldenTests.page)
        #expect(text.contains("5 categories"))
        #expect(text.contains("5.0% or less"))
    }
}
