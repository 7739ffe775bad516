import Foundation
import StewardJSON
import StewardStatistics

/// A detector on a stream, with and without a change.
struct StreamTrial: Sendable {
    /// Minutes of one metric; the shift is in the stream's own unit.
    typealias Stream = @Sendable (inout SplitMix64, _ minute: Int, _ previous: inout Double, _ shift: Double) -> Double
    typealias Detector = @Sendable () -> (_ value: Double, _ minute: Int) -> Bool

    struct Result: Sendable {
        var trial: StreamTrial
        var runs: Int
        /// On average per run.
        var falseAlarms: Double
        /// The share of runs whose change was found within a day.
        var found: Double
        /// Minutes; `nil` where none was found.
        var delay: Int?

        var json: JSONValue {
            [
                "method": .string(trial.method), "stream": .string(trial.stream), "promised": .string(trial.promise),
                "change": .string(trial.change), "false_alarms_in_30_days": .number(falseAlarms),
                "found": .number(found), "median_delay_minutes": delay.map { .integer(Int64($0)) } ?? .null,
            ]
        }
    }

    var method: String
    var stream: String
    var promise: String
    var change: String
    var shift: Double
    var make: Detector
    var next: Stream

    private static let day = 1440
    private static let learning = 4 * day

    func run(runs: Int, days: Int, seed: UInt64) -> Result {
        var alarms = 0
        var delays: [Int] = []
        for run in 0..<runs {
            var random = SplitMix64(seed: seed &+ UInt64(run) &* 0x9E37_79B9)
            var previous = 0.0
            let detect = make()
            for minute in 0..<days * Self.day where detect(next(&random, minute, &previous, 0), minute) { alarms += 1 }
            let fresh = make()
            previous = 0
            for minute in 0..<Self.learning { _ = fresh(next(&random, minute, &previous, 0), minute) }
            for minute in Self.learning..<Self.learning + Self.day
            where fresh(next(&random, minute, &previous, shift), minute) {
                delays.append(minute - Self.learning + 1)
                break
            }
        }
        delays.sort()
        return Result(
            trial: self, runs: runs, falseAlarms: Double(alarms) / Double(runs) * 30 / Double(days),
            found: Double(delays.count) / Double(runs), delay: delays.isEmpty ? nil : delays[delays.count / 2])
    }
}

extension StreamTrial {
    static var all: [StreamTrial] {
        let charts: [(String, String, Detector)] = [
            ("CUSUM", "1", { [chart = CUSUM()] in mean(chart) { $0.add($1) } }),
            ("EWMA", "1", { [chart = EWMAChart()] in mean(chart) { $0.add($1) } }),
            ("ADWIN", "–", { mean(ADWIN()) { $0.add($1) } }),
            ("Page-Hinkley", "–", { mean(PageHinkley(tolerance: 0.25, threshold: 20)) { $0.add($1) } }),
        ]
        var trials = charts.map { name, promise, make in
            StreamTrial(
                method: name, stream: "normal", promise: promise, change: "+1 sd", shift: 1, make: make, next: normal)
        }
        for (name, change, shift, stream) in Self.learnedStreams {
            trials.append(
                StreamTrial(
                    method: "change monitor", stream: name, promise: "1 to 2", change: change, shift: shift,
                    make: { [chart = CUSUM()] in
                        var monitor = ChangeMonitor(chart: chart)
                        return { monitor.add($0, at: Double($1 * 60)) != nil }
                    }, next: stream))
        }
        trials.append(
            StreamTrial(
                method: "rate monitor", stream: "2 % errors of 20", promise: "1 at most", change: "6 %", shift: 0.04,
                make: {
                    var monitor = RateMonitor()
                    return { value, minute in
                        let wasAlarmed = monitor.alarm != nil
                        monitor.add(successes: Int64(value), trials: 20, at: Double(minute * 60))
                        return monitor.alarm != nil && !wasAlarmed
                    }
                }, next: failures))
        trials.append(
            StreamTrial(
                method: "drift e-process", stream: "lognormal, 20 a minute", promise: "0.01 at most", change: "× 1.3",
                shift: 0.3, make: driftWatch,
                next: { random, _, _, shift in
                    // The seed of a minute's events: drawing them is the detector's part, which counts all of them.
                    Double(random.next(below: 1 << 40)) * 2 + (shift > 0 ? 1 : 0)
                }))
        return trials
    }

    private static func mean<Chart>(_ start: Chart, _ add: @escaping (inout Chart, Double) -> StreamChange?)
        -> (Double, Int) -> Bool
    {
        var chart = start
        return { value, _ in add(&chart, value) != nil }
    }

    private static let learnedStreams: [(String, String, Double, Stream)] = [
        ("normal", "+1 sd", 1, normal),
        (
            "AR(1) 0.7", "+1.4 sd", 2,
            { random, _, previous, shift in
                previous = 0.7 * previous + random.normal()
                return previous + shift
            }
        ),
        (
            "daily season", "+1 sd", 1,
            { random, minute, _, shift in
                10 + 3 * sin(Double(minute % 1440) / 1440 * 2 * .pi) + random.normal() + shift
            }
        ),
        (
            "log-normal latency", "× 1.3", 0.26,
            { random, minute, _, shift in 0.3 * sin(Double(minute) / 1440 * 2 * .pi) + 0.25 * random.normal() + shift }
        ),
    ]

    private static let normal: Stream = { random, _, _, shift in random.normal() + shift }

    private static let failures: Stream = { random, _, _, shift in
        Double((0..<20).count { _ in random.unit() < 0.02 + shift })
    }

    private static let driftWatch: Detector = {
        var random = SplitMix64(seed: 99)
        var baseline = LogLinearHistogram()
        for _ in 0..<20_000 { baseline.add(Int64(exp(6.5 + random.normal()))) }
        var drift = SequentialDrift(DriftQuestions(numbers: baseline))
        var isStated = false
        return { value, minute in
            let code = Int64(value)
            var events = SplitMix64(seed: UInt64(code / 2))
            var counts = LogLinearHistogram()
            for _ in 0..<20 { counts.add(Int64(exp(6.5 + events.normal()) * (code % 2 == 1 ? 1.3 : 1))) }
            drift?.add(counts, minute: Int64(minute))
            guard !isStated, let progress = drift?.progress(level: 0.01), progress.pValue <= 0.01 else { return false }
            isStated = true
            return true
        }
    }
}

extension SplitMix64 {
    /// Standard normal, by Box and Muller.
    mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()) }
}
