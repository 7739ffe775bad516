import ArgumentParser
import Foundation
import StewardJSON
import StewardModel
import StewardPolicy
import StewardWire

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send recorded events from CSV or JSON Lines files.",
        discussion: """
            The map says which column becomes which field of an event. A row gets the same event id in every run, so \
            an import can be repeated: what is there already is counted as a duplicate. An import that was \
            interrupted goes on where it stopped.

            Rows that cannot be taken are reported with their line and skipped. Exit status 0: every row was accepted \
            or a duplicate; 1: some rows were rejected.

            Example:
              steward import calls.csv --map calls.yaml --rejects rejects.txt

              # calls.yaml
              event:
                deployment: {value: support-bot}
                version: Release
                time: Timestamp
                latency_ms: {column: Seconds, scale: 1000}
                status: {column: Outcome, map: {OK: ok, FAIL: error}, default: ok}

              # decisions.yaml: who was decided about, what was decided, and what came true
              event:
                id: {column: case, prefix: parole-}
                deployment: {value: parole}
                version: {value: v1}
                time: screening_date
                segments.sex: sex
                segments.race: race
                scores.risk: decile_score#1
                outcome: score_text
                ground_truth: two_year_recid

              # truths.yaml: what became known about events that are there already
              feedback:
                event_id: {column: case, prefix: parole-}
                ground_truth: two_year_recid

            NAME#2 is the second column called NAME. An id belongs to one event of the whole daemon, so give ids that \
            are only numbers a prefix. What is audited of decisions says a policy of kind bias: policies/README.md.
            """)

    @Argument(help: "The files. Names that end in .jsonl or .ndjson are JSON Lines unless the map says otherwise.")
    var files: [String]

    @Option(help: "The map, in YAML or JSON.")
    var map: String

    @Option(help: "Events that are sent at once, 1 to 10000.")
    var batch = 500

    @Flag(help: "Start from the first row, whatever was sent before.")
    var restart = false

    @Flag(help: "Compress what is sent, for a slow network.")
    var gzip = false

    @Option(help: "Write the line and the reason of every row that this run rejects to this file.")
    var rejects: String?

    @Option(help: "Keep the place to resume from in this file. (default: in $XDG_STATE_HOME/steward/imports)")
    var resumeFile: String?

    @OptionGroup var options: DaemonOptions

    func validate() throws {
        guard (1...10_000).contains(batch) else { throw ValidationError("--batch must be 1 to 10000.") }
        guard resumeFile == nil || files.count == 1 else {
            throw ValidationError("--resume-file keeps one place; give one file.")
        }
    }

    func run() throws {
        let session = try options.session()
        let console = session.console
        let mapBytes = try Files.read(map)
        let importMap = try Self.importMap(file: map, text: try Files.text(map))
        let sources = try files.map { try ImportFile(path: $0) }
        let rejectsFile = try rejects.map { try OutputFile(path: $0) }
        let started = console.now()
        var reporter = ImportReporter(
            progress: ImportProgress(totalBytes: sources.map(\.size).reduce(0, +), started: started), console: console,
            writeReject: rejectsFile.map { file in { try file.write($0) } })
        // A daemon that is at its limit may say so with every batch.
        var notices = Throttle(every: .seconds(5))
        var sender = ImportSender(
            daemon: session.daemon, content: importMap.content, compresses: gzip, sleep: console.sleep
        ) { error, wait in
            guard notices.isDue(console.now()) else { return }
            let seconds = Humanize.decimal(Double(wait.wholeMicroseconds) / 1_000_000, places: 1)
            let lineStart = console.errorIsTerminal ? "\r\u{1B}[K" : ""
            console.error("\(lineStart)steward: \(error.message); trying again in \(seconds) s\n")
        }
        var tally = ImportTally()
        for source in sources {
            let place = ResumePlace(
                path: resumeFile ?? source.statePath(console.environment, url: session.daemon.url, map: mapBytes),
                file: source.path, now: console.now)
            let settled = restart ? 0 : place.load()
            if settled > 0 {
                reporter.note("Resuming \(source.path) behind row \(Humanize.count(settled)).")
            }
            var run = ImportRun(
                file: source.path, maximumEvents: batch, settledRows: settled, sender: sender, reporter: reporter,
                settle: place.settle)
            do {
                try run.run(ImportReader(importMap, format: source.format), read: try source.open())
            } catch {
                run.reporter.clear()
                place.save()
                throw Self.located(error, map: map)
            }
            place.forget()
            (sender, reporter, tally) = (run.sender, run.reporter, tally + run.tally)
        }
        reporter.clear()
        let seconds = Double((console.now() - started).wholeMicroseconds) / 1_000_000
        let summary = ImportSummary(tally: tally, seconds: seconds, rejects: rejects)
        console.output(summary.text(session.format))
        if tally.rejected > 0 { throw ExitCode(1) }
    }

    static func importMap(file: String, text: String) throws -> ImportMap {
        switch YAMLNode.parse(file: file, text: text) {
        case .failure(let problems): throw StewardError(.configuration, problems.description)
        case .success(let node):
            do {
                return try ImportMap(node.json)
            } catch {
                throw located(error, map: file)
            }
        }
    }

    /// What is wrong with a map is said with the map's name; a file's header can show it, too.
    private static func located(_ error: any Error, map: String) -> any Error {
        guard var error = error as? StewardError, let field = error.field,
            field.hasPrefix("event.") || field.hasPrefix("feedback.")
        else {
            return error
        }
        error.field = "\(map): \(field)"
        return error
    }
}

/// What is said at the end.
struct ImportSummary {
    var tally: ImportTally
    var seconds: Double
    var rejects: String?

    private var rowsPerSecond: Double { seconds > 0 ? Double(tally.read) / seconds : 0 }

    func text(_ format: OutputFormat) -> String {
        switch format {
        case .json: String(decoding: json.pretty, as: UTF8.self)
        case .table:
            "\(Humanize.count(tally.read, "row")) in \(Humanize.decimal(seconds, places: 1)) s "
                + "(\(Humanize.decimal(rowsPerSecond, places: 0)) rows/s): "
                + "\(Humanize.count(tally.accepted)) accepted, \(Humanize.count(tally.duplicates)) duplicates, "
                + "\(Humanize.count(tally.rejected)) rejected"
                + (tally.rejected > 0 ? rejects.map { " (see \($0))" } ?? "" : "") + ".\n"
        }
    }

    private var json: JSONValue {
        [
            "read": .integer(tally.read), "accepted": .integer(tally.accepted),
            "duplicates": .integer(tally.duplicates), "rejected": .integer(tally.rejected),
            "seconds": .number(seconds), "rows_per_second": .number(rowsPerSecond),
        ]
    }
}
