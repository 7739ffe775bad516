import Foundation
import Testing

@testable import StewardStatistics

/// False alarms of streams in which nothing changed. The full size, for which release builds are meant, runs with
/// STEWARD_FULL_SIMULATIONS=1; every series has its own printed seed.
@Suite struct StreamingSimulationTests {
    private static let isFull = ProcessInfo.processInfo.environment["STEWARD_FULL_SIMULATIONS"] != nil
    private static let minutesOfDay = 1440

    /// Looked at every minute, at most one series in a hundred may ever alarm at α = 0.01.
    @Test func theAlwaysValidMonitorKeepsItsPromise() throws {
        let (series, minutes) = Self.isFull ? (200, 30 * Self.minutesOfDay) : (40, 1000)
        let rate = 0.02
        var alarmed: [UInt64] = []
        for seed in 0..<UInt64(series) {
            var stream = SimulatedStream(seed: seed)
            var process = try #require(RateEProcess(nullRates: rate...rate))
            for _ in 0..<minutes {
                process.add(successes: stream.successes(of: 5, rate: rate), trials: 5)
                if process.pValue <= 0.01 {
                    alarmed.append(seed)
                    break
                }
            }
        }
        #expect(alarmed.count <= series / 100, "seeds \(alarmed)")
    }

    @Test func confidenceSequencesHoldAtEveryMinute() throws {
        let (series, minutes) = Self.isFull ? (200, 30 * Self.minutesOfDay) : (40, 2000)
        var missed: [UInt64] = []
        for seed in 0..<UInt64(series) {
            var stream = SimulatedStream(seed: seed)
            var sequence = try #require(ConfidenceSequence(bounds: 0...1, confidence: 0.99))
            for _ in 0..<minutes {
                // The cube of a uniform value: skewed, with mean ¼.
                let uniform = stream.uniform()
                sequence.add(uniform * uniform * uniform)
                if sequence.interval.lower > 0.25 || sequence.interval.upper < 0.25 {
                    missed.append(seed)
                    break
                }
            }
        }
        #expect(missed.count <= series / 100, "seeds \(missed)")
    }

    /// One false alarm in 30 days of minutes is what the limits are computed for.
    @Test(arguments: [StreamingDetectorTests.Kind.cusum, .ewma])
    func chartsAlarmAsOftenAsAskedFor(kind: StreamingDetectorTests.Kind) {
        let series = Self.isFull ? 200 : 8
        var alarms = 0
        let detect = kind.detector()
        var stream = SimulatedStream(seed: 77)
        for _ in 0..<series * 43_200 where detect(stream.normal()) != nil { alarms += 1 }
        let expected = Double(series)
        #expect(abs(Double(alarms) - expected) < 4 * expected.squareRoot(), "\(alarms) alarms, \(expected) expected")
    }

    @Test func rateChartsAlarmAsOftenAsAskedFor() throws {
        let expected = Self.isFull ? 400.0 : 25
        var detector = try #require(
            BernoulliCUSUM(usualRate: 0.02, changedRate: 0.06, trialsPerFalseAlarm: 20_000))
        var stream = SimulatedStream(seed: 78)
        var alarms = 0.0
        for _ in 0..<Int(expected) * 20_000 where detector.add(stream.uniform() < 0.02) != nil { alarms += 1 }
        // The limit is a whole number, so runs may be somewhat longer than asked.
        #expect(alarms < expected + 4 * expected.squareRoot())
        #expect(alarms > 0.7 * expected - 4 * expected.squareRoot())
    }

    enum Null: String, CaseIterable, Sendable {
        case independent, autoregressive, dailySeason, weeklySeason

        func value(_ minute: Int, _ previous: inout Double, _ stream: inout SimulatedStream) -> Double {
            let day = 2 * Double.pi * Double(minute) / 1440
            switch self {
            case .independent: return stream.normal()
            case .autoregressive:
                previous = 0.7 * previous + stream.normal()
                return previous
            case .dailySeason: return 800 + 300 * sin(day) + 60 * stream.normal()
            case .weeklySeason:
                return (minute / 1440 % 7 < 5 ? 800 + 300 * sin(day) : 500 + 100 * sin(day)) + 60 * stream.normal()
            }
        }
    }

    /// The monitor is calibrated for one false alarm in 30 days; two weeks should give at most one, which chance alone
    /// breaks in one stream of fifteen.
    @Test(arguments: [Null.independent, .autoregressive, .dailySeason])
    func theComposedMonitorIsQuiet(null: Null) {
        let series = Self.isFull ? 200 : 6
        let chart = CUSUM()
        var alarms: [Int] = []
        for seed in 0..<UInt64(series) {
            var (stream, previous) = (SimulatedStream(seed: seed), 0.0)
            var monitor = ChangeMonitor(chart: chart)
            alarms.append(
                (0..<14 * Self.minutesOfDay).reduce(0) { count, minute in
                    let value = null.value(minute, &previous, &stream)
                    return count + (monitor.add(value, at: Double(minute) * 60) == nil ? 0 : 1)
                })
        }
        let total = alarms.reduce(0, +)
        #expect(Double(total) <= Double(series), "\(null): \(alarms)")
        #expect(alarms.count { $0 > 1 } <= series / 6, "\(null): \(alarms)")
    }

    /// Weekends with half the level: once learned, they are no more changes. Every weekend would be two or more.
    @Test func theComposedMonitorLearnsTheWeek() {
        let (series, chart) = (Self.isFull ? 50 : 4, CUSUM())
        var alarms = 0
        for seed in 0..<UInt64(series) {
            var (stream, previous) = (SimulatedStream(seed: seed), 0.0)
            var monitor = ChangeMonitor(chart: chart)
            for minute in 0..<42 * Self.minutesOfDay {
                let value = Null.weeklySeason.value(minute, &previous, &stream)
                let change = monitor.add(value, at: Double(minute) * 60)
                if change != nil, minute >= 28 * Self.minutesOfDay { alarms += 1 }
            }
        }
        #expect(Double(alarms) <= 2 * Double(series), "\(alarms) alarms in two weeks of \(series) series")
    }

    /// A shift of one deviation on a daily season, at a random minute of the tenth day.
    @Test func theComposedMonitorFindsAShift() throws {
        let chart = CUSUM()
        var found = 0
        for seed in 100..<UInt64(106) {
            var (stream, previous) = (SimulatedStream(seed: seed), 0.0)
            var monitor = ChangeMonitor(chart: chart)
            let start = 9 * Self.minutesOfDay + Int(stream.uniform() * 1440)
            for minute in 0..<start + 240 {
                let value = Null.dailySeason.value(minute, &previous, &stream) + (minute < start ? 0 : 60)
                guard let change = monitor.add(value, at: Double(minute) * 60), minute >= start else { continue }
                #expect(abs(change.changedAtSeconds / 60 - Double(start)) <= 30, "seed \(seed)")
                #expect(change.residuals.after.mean > 0.5, "seed \(seed)")
                found += 1
                break
            }
        }
        #expect(found == 6)
    }
}
