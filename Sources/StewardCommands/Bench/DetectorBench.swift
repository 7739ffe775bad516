import ArgumentParser
import Foundation
import StewardAnalysis
import StewardJSON
import StewardModel
import StewardStatistics

/// How often the detectors alarm where nothing changed, and how soon where something did: on this machine, with any
/// seed, so that nobody has to take it on trust.
struct DetectorBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detectors", abstract: "Measure false alarms, detection delay and power of every method.",
        discussion: """
            Versions that never change are compared with a baseline at every minute; streams of minutes without and \
            with a change go through every detector; pairs of samples go through every two-sample test. All are \
            simulated, from a seed; --grid takes every distribution at every size.

            Example:
              steward bench detectors --runs 40
              steward bench detectors --series 200 --grid --draws 2000 --output json
            """)

    @Option(help: "Versions watched for 30 days of minutes; 0 leaves that out.") var series = 4
    @Option(help: "Streams of 30 days per row of the second table; 0 leaves it out.") var runs = 20
    @Option(help: "Pairs of samples per row of the third table; 0 leaves it out.") var draws = 200
    @Flag(help: "Draw the samples of every distribution at every size.") var grid = false
    @Option(help: "Seed of all that is drawn.") var seed: UInt64 = 1
    @Option(help: "How to print the answer: 'table' for people, 'json' for programs.") var output: OutputFormat = .table

    static let days = 30

    func validate() throws {
        guard (0...10_000).contains(series) else { throw ValidationError("--series must be 0 to 10000.") }
        guard (0...10_000).contains(runs) else { throw ValidationError("--runs must be 0 to 10000.") }
        guard (0...100_000).contains(draws) else { throw ValidationError("--draws must be 0 to 100000.") }
    }

    func run() throws {
        let console = Console.live()
        let watched = series == 0 ? [] : WatchTrial.all.map { $0.run(series: series, days: Self.days, seed: seed) }
        let streams = Parallel.map(runs == 0 ? 0 : StreamTrial.all.count) {
            StreamTrial.all[$0].run(runs: runs, days: Self.days, seed: seed)
        }
        let trials = draws == 0 ? [] : grid ? PairTrial.grid : PairTrial.quick
        let pairs = Parallel.map(trials.count) { trials[$0].run(draws: draws, seed: seed) }
        switch output {
        case .json:
            let answer: JSONValue = [
                "seed": .integer(Int64(clamping: seed)), "watched": .array(watched.map(\.json)),
                "streams": .array(streams.map(\.json)), "samples": .array(pairs.map(\.json)),
            ]
            console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: console.outputRenderer, now: console.now())
            let tables = [Self.report(watched, page), Self.report(streams, page), Self.report(pairs, page)]
            console.output(tables.filter { !$0.isEmpty }.joined(separator: "\n"))
        }
    }

    static func report(_ watched: [WatchTrial.Result], _ page: Page) -> String {
        guard let first = watched.first else { return "" }
        return page.heading("Watched: \(first.days) days, looked at every minute, at 0.01 for all signals together")
            + page.table(
                [
                    .left("WHAT"), .right("SERIES"), .right("LOOKS"), .right("p ≤ 0.01 EVER"), .right("STATED EVER"),
                    .right("SHOULD BE"), .right("µs A LOOK"),
                ],
                watched.map { result in
                    [
                        Cell(result.trial.name), Cell("\(result.series)"), Cell(Humanize.count(result.looks)),
                        Cell("\(result.significant)"), Cell("\(result.stated)"),
                        Cell("1.0% or less"), Cell(Humanize.decimal(result.microsecondsPerLook, places: 1)),
                    ]
                })
    }

    static func report(_ streams: [StreamTrial.Result], _ page: Page) -> String {
        guard let first = streams.first else { return "" }
        return page.heading("Streams: \(first.runs) of \(days) days of minutes each")
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
    }

    static func report(_ pairs: [PairTrial.Result], _ page: Page) -> String {
        guard let most = pairs.map(\.draws).max() else { return "" }
        // What chance lets a rate of 5 % look like: three standard errors.
        let bound = 0.05 + 3 * (0.05 * 0.95 / Double(most)).squareRoot()
        var text = page.heading("Samples: \(most) pairs of each, share stated to differ at 0.05")
        for isNumeric in [true, false] {
            let rows = pairs.filter { $0.trial.isNumeric == isNumeric }
            guard let methods = rows.first?.stated.map(\.method) else { continue }
            text +=
                page.table(
                    [.left("SAMPLES"), .right("SIZES"), .right("SHOULD BE")] + methods.map { .right($0) },
                    rows.map { row in
                        [
                            Cell(row.trial.name), Cell(row.sizes),
                            Cell(row.trial.isNull ? "5.0% or less" : "95% or more"),
                        ] + row.stated.map { Cell(Humanize.share($0.share)) }
                    }) + "\n"
        }
        let highest =
            pairs.filter { $0.trial.isNull && $0.draws == most }.flatMap(\.stated)
            .map(\.share).max() ?? 0
        return text + "Highest share where nothing changed: \(Humanize.share(highest)); "
            + "5% with three standard errors is \(Humanize.share(bound)).\n"
    }
}
