import ArgumentParser
import Foundation
import StewardJSON
import StewardModel
import StewardStatistics

/// How often the detectors alarm where nothing changed, and how soon where something did: on this machine, with any
/// seed, so that nobody has to take it on trust.
struct DetectorBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detectors", abstract: "Measure false alarms, detection delay and power of every method.",
        discussion: """
            Streams of minutes without and with a change go through every detector; pairs of samples go through every \
            two-sample test. All are simulated, from a seed.

            Example:
              steward bench detectors --runs 40
              steward bench detectors --draws 2000 --output json
            """)

    @Option(help: "Streams of 30 days per row of the first table.") var runs = 20
    @Option(help: "Pairs of samples per row of the second table.") var draws = 200
    @Option(help: "Seed of all that is drawn.") var seed: UInt64 = 1
    @Option(help: "How to print the answer: 'table' for people, 'json' for programs.") var output: OutputFormat = .table

    func validate() throws {
        guard (1...10_000).contains(runs) else { throw ValidationError("--runs must be 1 to 10000.") }
        guard (1...100_000).contains(draws) else { throw ValidationError("--draws must be 1 to 100000.") }
    }

    func run() throws {
        let console = Console.live()
        let streams = StreamTrial.all.map { $0.run(runs: runs, days: 30, seed: seed) }
        let pairs = PairTrial.all.flatMap { $0.run(draws: draws, seed: seed) }
        switch output {
        case .json:
            let answer: JSONValue = [
                "seed": .integer(Int64(clamping: seed)), "streams": .array(streams.map(\.json)),
                "samples": .array(pairs.map(\.json)),
            ]
            console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: console.outputRenderer, now: console.now())
            console.output(Self.report(streams, pairs, page))
        }
    }

    static func report(_ streams: [StreamTrial.Result], _ pairs: [PairTrial.Result], _ page: Page) -> String {
        page.heading("Streams: \(streams.first?.runs ?? 0) of 30 days of minutes each")
            + page.table(
                [
                    .left("METHOD"), .left("STREAM"), .right("ALARMS IN 30 DAYS"), .right("PROMISED"),
                    .left("CHANGE"), .right("FOUND"), .right("MEDIAN DELAY"),
                ],
                streams.map { result in
                    [
                        Cell(result.trial.method), Cell(result.trial.stream),
                        Cell(Humanize.decimal(result.falseAlarms, places: 2)), Cell(result.trial.promise),
                        Cell(result.trial.change), Cell(Humanize.share(result.found)),
                        Cell(result.delay.map { "\($0) min" } ?? Humanize.absent),
                    ]
                })
            + "\n" + page.heading("Samples: \(pairs.first?.draws ?? 0) pairs each, at 0.05")
            + page.table(
                [.left("METHOD"), .left("SAMPLES"), .right("SIZES"), .right("STATED"), .right("SHOULD BE")],
                pairs.map { result in
                    [
                        Cell(result.method), Cell(result.samples), Cell(result.sizes),
                        Cell(Humanize.share(result.rate)), Cell(result.isNull ? "5.0% or less" : "95% or more"),
                    ]
                })
    }
}

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
            var random = SplitMix64(state: seed &+ UInt64(run) &* 0x9E37_79B9)
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
        var random = SplitMix64(state: 99)
        var baseline = LogLinearHistogram()
        for _ in 0..<20_000 { baseline.add(Int64(exp(6.5 + random.normal()))) }
        var drift = SequentialDrift(DriftQuestions(numbers: baseline))
        var isStated = false
        return { value, minute in
            let code = Int64(value)
            var events = SplitMix64(state: UInt64(code / 2))
            var counts = LogLinearHistogram()
            for _ in 0..<20 { counts.add(Int64(exp(6.5 + events.normal()) * (code % 2 == 1 ? 1.3 : 1))) }
            drift?.add(counts, minute: Int64(minute))
            guard !isStated, let standing = drift?.standing(level: 0.01), standing.pValue <= 0.01 else { return false }
            isStated = true
            return true
        }
    }
}

extension SplitMix64 {
    /// Standard normal, by Box and Muller.
    mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()) }
}
