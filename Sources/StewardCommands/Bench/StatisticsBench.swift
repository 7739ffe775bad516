import ArgumentParser
import Foundation
import StewardAnalysis
import StewardJSON
import StewardModel
import StewardStatistics
import StewardStore

/// What the statistics cost, on this machine: medians of several rounds. Drift reports use the cores that
/// there are; all else is one thread.
struct StatisticsBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statistics", abstract: "Measure what drift reports, rollups and monitors cost.",
        discussion: """
            Example:
              steward bench statistics --rounds 5 --output json
            """)

    @Option(help: "Rounds, of which the median is shown.") var rounds = 5
    @Option(help: "Rows of the drift report.") var rows = 100_000
    @Option(help: "Columns of the drift report.") var columns = 10
    @Option(help: "Series that are watched.") var series = 10_000
    @Option(
        help: ArgumentHelp("Write the two files of the drift report here, for other tools, and end.", valueName: "DIR"))
    var write: String?
    @Option(help: "How to print the answer: 'table' for people, 'json' for programs.") var output: OutputFormat = .table

    func validate() throws {
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds must be 1 to 99.") }
        guard (100...10_000_000).contains(rows) else { throw ValidationError("--rows must be 100 to 10000000.") }
        guard (1...100).contains(columns) else { throw ValidationError("--columns must be 1 to 100.") }
        guard (1...Watchtower.mostSeries).contains(series) else {
            throw ValidationError("--series must be 1 to \(Watchtower.mostSeries).")
        }
    }

    func run() throws {
        let console = Console.live()
        if let write {
            _ = try writeFiles(to: URL(fileURLWithPath: write))
            return
        }
        let results = [driftReport(), try driftFromFiles(), rollups(), watch(traffic: 20), watch(traffic: 2000)]
        BenchTime.show(results, as: output, heading: "WHAT", places: 1, on: console)
    }

    private func median(_ body: () throws -> Void) rethrows -> Double {
        var seconds: [Double] = []
        for _ in 0..<rounds {
            let duration = try ContinuousClock().measure(body)
            seconds.append(Double(duration.wholeMicroseconds) / 1e6)
        }
        return seconds.sorted()[seconds.count / 2]
    }

    /// Numbers with three decimals, as files hold them, drawn anew for each side; the first column's grow by a tenth.
    private func drawn(_ column: Int, isCurrent: Bool) -> [Double] {
        var random = SplitMix64(seed: UInt64(column) &* 77 &+ (isCurrent ? 1 << 32 : 0))
        let factor = column == 0 && isCurrent ? 1.1 : 1
        return (0..<rows).map { _ in (exp(6.5 + random.normal()) * factor * 1000).rounded() / 1000 }
    }

    private func driftReport() -> BenchTime {
        let data = (0..<columns).map { column in
            let sides = [false, true].map { isCurrent in
                drawn(column, isCurrent: isCurrent).reduce(into: FileDriftColumn()) { $0.add($1) }
            }
            return (name: "c\(column)", reference: Optional(sides[0]), current: Optional(sides[1]))
        }
        var found = 0
        let seconds = median { found = FileDriftReport(data).count(.drift) }
        return BenchTime(
            name: "drift report, \(rows) rows × \(columns) columns a side", seconds: seconds,
            note: "every test and distance; \(found) of \(columns) columns stated, 1 changed")
    }

    /// From opening the files to the verdicts; the files are in the page cache.
    private func driftFromFiles() throws -> BenchTime {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("steward-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (reference, current, bytes) = try writeFiles(to: folder)
        let seconds = try median {
            _ = try DriftComparison(reference: reference, current: current, columns: nil)
                .report(rule: DriftRule(), columns: nil, categorical: [])
        }
        return BenchTime(
            name: "the same from two CSV files", seconds: seconds,
            note: "\(Humanize.decimal(Double(bytes) / 1e6 / seconds, places: 0)) MB/s with the report")
    }

    private func writeFiles(to folder: URL) throws -> (reference: String, current: String, bytes: Int) {
        var size = 0
        let paths = try [("reference", false), ("current", true)].map { name, isCurrent in
            let data = (0..<columns).map { drawn($0, isCurrent: isCurrent) }
            var bytes = Array(((0..<columns).map { "c\($0)" }.joined(separator: ",") + "\n").utf8)
            for row in 0..<rows { bytes += Array((data.map { "\($0[row])" }.joined(separator: ",") + "\n").utf8) }
            size += bytes.count
            let path = folder.appendingPathComponent("\(name).csv").path
            try Files.write(bytes, to: path)
            return path
        }
        return (paths[0], paths[1], size)
    }

    private func rollups() -> BenchTime {
        var random = SplitMix64(seed: 5)
        let values = (0..<1_000_000).map { _ in Int64(exp(13 + random.normal())) }
        var histogram = LogLinearHistogram()
        let seconds = median {
            histogram = LogLinearHistogram()
            for value in values { histogram.add(value) }
        }
        return BenchTime(
            name: "rollup update, 1,000,000 signals", seconds: seconds,
            note: "\(Humanize.decimal(seconds * 1e9 / Double(values.count), places: 1)) ns a signal; "
                + "\(histogram.entries.count) bins")
    }

    /// One minute of all series, with drift of five signals and six monitors each.
    private func watch(traffic: Int) -> BenchTime {
        var random = SplitMix64(seed: 9)
        var cells: [RollupCell] = []
        for _ in 0..<16 { cells.append(RollupCell.simulated(events: traffic, &random)) }
        let baseline = RollupCell.simulated(events: 20_000, &random)
        var tower = Watchtower()
        let names = (0..<series).map { SeriesKey(deployment: "d\($0)", version: "v2") }
        let reference = Baseline(
            kind: .pinned, name: "bench", number: 1, series: SeriesKey(deployment: "d", version: "v1"),
            from: Timestamp(seconds: 0), until: Timestamp(seconds: 60))
        let subjects = names.map { WatchSubject(series: $0, baseline: reference) }
        for subject in tower.watch(subjects) {
            tower.compare(subject, with: baseline, earlier: [], descriptions: Signal.all)
        }
        let minuteOf = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, cells[$0 % cells.count]) })
        var minute: Int64 = 30_000_000
        let seconds = median {
            minute += 1
            tower.take(minute: minute, minuteOf)
            _ = tower.report(minute: minute)
        }
        return BenchTime(
            name: "a minute of \(series) series, \(traffic) events each", seconds: seconds,
            note: "\(Humanize.decimal(seconds * 1e6 / Double(series), places: 1)) µs a series: 6 monitors, 5 signals")
    }
}

extension RollupCell {
    fileprivate static func simulated(events: Int, _ random: inout SplitMix64) -> RollupCell {
        var cell = RollupCell()
        for _ in 0..<events {
            cell.add(number: random.unit() < 0.01 ? 1 : 0, of: .status)
            cell.add(number: Int64(exp(13 + 0.4 * random.normal())), of: .latency)
            cell.add(number: Int64(exp(6 + 0.4 * random.normal())), of: .inputTokens)
            cell.add(number: Int64(exp(5 + 0.5 * random.normal())), of: .outputTokens)
            cell.add(number: Int64(exp(12 + 0.5 * random.normal())), of: .cost)
        }
        return cell
    }
}
