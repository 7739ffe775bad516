import Foundation
import StewardCurl
import StewardJSON
import StewardModel
import StewardWire
import Testing

@testable import StewardCommands

@Suite struct ImportArithmeticTests {
    private let start = Timestamp(seconds: 1_772_546_400)

    @Test func progressCountsOnlyThisRunForItsSpeed() {
        var progress = ImportProgress(totalBytes: 1000, started: start)
        #expect(progress.line(start) == "0%  0 rows")
        progress.doneBytes = 400
        progress.restartClock(start + .seconds(60))
        let now = start + .seconds(70)
        #expect(progress.remainingSeconds(now) == nil)
        progress.doneBytes = 600
        progress.rows = 5000
        #expect(progress.share == 0.6)
        #expect(progress.rowsPerSecond(now) == 500)
        #expect(progress.remainingSeconds(now) == 20)
        #expect(progress.line(now) == "60%  5,000 rows  500 rows/s  20 s left")
        #expect(progress.bar(now, width: 5) == "▕███  ▏ 60%  5,000 rows  500 rows/s  20 s left")
    }

    @Test func progressStaysWithinItsBounds() {
        var progress = ImportProgress(totalBytes: 0, started: start)
        #expect(progress.share == 1)
        progress.doneBytes = 10
        #expect(progress.share == 1)
        #expect(progress.remainingSeconds(start) == nil)
        #expect(progress.elapsedSeconds(start - .seconds(5)) == 0)
    }

    @Test func aThrottleIsDueAtOnceAndThenByItsInterval() {
        var throttle = Throttle(every: .seconds(5))
        let due = [0, 1, 4, 5, 9, 10, 30].map { throttle.isDue(start + .seconds($0)) }
        #expect(due == [true, false, false, true, false, true, true])
    }

    @Test func retriesDoubleUpToABound() {
        var schedule = RetrySchedule()
        var waits: [Duration] = []
        while let wait = schedule.next(retryAfterSeconds: nil) { waits.append(wait) }
        #expect(
            waits == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16)]
                + Array(repeating: .seconds(30), count: 3))
    }

    @Test(arguments: [(0, 0), (7, 7), (86_400, 300)] as [(Int, Int64)])
    func retriesWaitAsLongAsTheDaemonAsks(asked: Int, seconds: Int64) {
        var schedule = RetrySchedule()
        #expect(schedule.next(retryAfterSeconds: asked) == .seconds(seconds))
    }

    @Test func aBatchEndsByCountAndByBytes() {
        var batch = ImportBatch(maximumEvents: 2)
        #expect(batch.hasRoom(for: 1 << 30))
        batch.append([0x31], line: 4)
        #expect(batch.hasRoom(for: 1))
        #expect(!batch.hasRoom(for: ImportBatch.maximumBytes))
        batch.append([0x32], line: 9)
        #expect(!batch.hasRoom(for: 1))
        #expect(String(decoding: batch.body, as: UTF8.self) == "1\n2\n")
        #expect(batch.lines == [4, 9])
    }

    @Test func stateSurvivesItsFile() {
        let state = ImportState(file: "calls.csv", rows: 500)
        #expect(ImportState(parsing: state.json.text) == state)
    }

    @Test(arguments: ["", "{}", "[1]", #"{"file":"a","rows":-1}"#, #"{"file":"a","rows":"7"}"#, #"{"rows":7}"#])
    func otherStateIsNone(text: String) { #expect(ImportState(parsing: Array(text.utf8)) == nil) }

    @Test(
        arguments: [
            (["XDG_STATE_HOME": "/s", "HOME": "/h"], "/s/steward/imports"),
            (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/steward/imports"),
            (["HOME": "/h"], "/h/.local/state/steward/imports"), (["HOME": ""], nil), ([:], nil),
        ] as [([String: String], String?)]) func stateLivesWhereTheEnvironmentSays(
            environment: [String: String], folder: String?
        )
    { #expect(ImportState.defaultFolder(environment) == folder) }

    @Test func anythingElseIsAnotherImport() {
        let digest = ImportState.digest(path: "/a", url: "u", map: [1], head: [2])
        #expect(digest == ImportState.digest(path: "/a", url: "u", map: [1], head: [2]))
        let others = [
            ImportState.digest(path: "/b", url: "u", map: [1], head: [2]),
            ImportState.digest(path: "/a", url: "v", map: [1], head: [2]),
            ImportState.digest(path: "/a", url: "u", map: [2], head: [2]),
            ImportState.digest(path: "/a", url: "u", map: [1], head: [3]),
        ]
        #expect(Set(others + [digest]).count == 5)
    }

    @Test(arguments: [
        (
            ImportTally(read: 1200, accepted: 1000, duplicates: 199, rejected: 1), "r.txt" as String?,
            "1,200 rows in 2.5 s (480 rows/s): 1,000 accepted, 199 duplicates, 1 rejected (see r.txt).\n"
        ),
        (
            ImportTally(read: 1, accepted: 1), "r.txt",
            "1 row in 2.5 s (0 rows/s): 1 accepted, 0 duplicates, 0 rejected.\n"
        ),
    ]) func summarizes(tally: ImportTally, rejects: String?, text: String) {
        #expect(ImportSummary(tally: tally, seconds: 2.5, rejects: rejects).text(.table) == text)
    }
}

@Suite struct ImportRunTests {
    private static let map = """
        event:
          deployment: {value: bot}
          version: Version
          time: Time
        """
    private static let rows = (1...5).map { "v\($0),2026-03-03T14:00:0\($0)Z\n" }
    private static func accepted(_ count: Int) -> Result<HTTPResponse, StewardError> {
        ScriptedDaemon.json(#"{"accepted":\#(count),"duplicates":0,"rejected":[]}"#, status: 202)
    }

    private let recording = RecordingConsole()

    /// Imports a CSV of `Version,Time` in batches of two.
    private func run(
        _ text: String, _ daemon: ScriptedDaemon, settledRows: Int64 = 0, isTerminal: Bool = false,
        compresses: Bool = false
    ) throws -> (tally: ImportTally, settled: [Int64]) {
        let console = recording.console(isTerminal: isTerminal)
        let sender = ImportSender(
            daemon: daemon.client, content: .event, compresses: compresses, sleep: console.sleep
        ) { error, wait in
            console.error("wait \(wait): \(error.message)\n")
        }
        let bytes = Array("Version,Time\n\(text)".utf8)
        let reporter = ImportReporter(
            progress: ImportProgress(totalBytes: Int64(bytes.count), started: console.now()), console: console,
            writeReject: nil)
        var settled: [Int64] = []
        var run = ImportRun(
            file: "f.csv", maximumEvents: 2, settledRows: settledRows, sender: sender, reporter: reporter,
            settle: { settled.append($0) })
        var rest = bytes[...]
        // Seven bytes at a time: rows and lines are cut everywhere.
        try run.run(ImportReader(try Import.importMap(file: "m.yaml", text: Self.map))) { _ in
            defer { rest = rest.dropFirst(7) }
            return Array(rest.prefix(7))
        }
        return (run.tally, settled)
    }

    private func versions(_ daemon: ScriptedDaemon) -> [[String]] {
        daemon.bodies.map { body in
            body.split(separator: "\n").map { (try? JSONValue(parsing: String($0)))?["version"]?.string ?? "?" }
        }
    }

    @Test func sendsBatchesAndSettlesBehindEach() throws {
        let daemon = ScriptedDaemon([Self.accepted(2), Self.accepted(2), Self.accepted(1)])
        let (tally, settled) = try run(Self.rows.joined(), daemon)
        #expect(versions(daemon) == [["v1", "v2"], ["v3", "v4"], ["v5"]])
        #expect(tally == ImportTally(read: 5, accepted: 5))
        #expect(settled == [2, 4, 5])
        #expect(daemon.requests.first?.headers.contains { $0.value == "application/x-ndjson" } == true)
    }

    /// Stopping anywhere and going on sends the same events with the same ids as one run does.
    @Test(arguments: 0...5) func resumesWithTheSameEvents(settledRows: Int) throws {
        let whole = ScriptedDaemon([Self.accepted(2), Self.accepted(2), Self.accepted(1)])
        _ = try run(Self.rows.joined(), whole)
        let rest = ScriptedDaemon([Self.accepted(2), Self.accepted(2), Self.accepted(1)])
        let (tally, _) = try run(Self.rows.joined(), rest, settledRows: Int64(settledRows))
        let lines = { (daemon: ScriptedDaemon) in daemon.bodies.joined().split(separator: "\n") }
        #expect(lines(rest) == Array(lines(whole).dropFirst(settledRows)))
        #expect(tally.read == Int64(5 - settledRows))
    }

    @Test func waitsAsAskedAndTriesAgain() throws {
        let daemon = ScriptedDaemon([
            ScriptedDaemon.problem(503, #"{"type":"x/overloaded","detail":"full"}"#, retryAfter: 3), Self.accepted(2),
            .failure(StewardError(.unreachable, "gone")), ScriptedDaemon.problem(429, "{}"), Self.accepted(2),
            Self.accepted(1),
        ])
        let (tally, _) = try run(Self.rows.joined(), daemon)
        #expect(tally.accepted == 5)
        #expect(recording.waits == [.seconds(3), .milliseconds(500), .seconds(1)])
        #expect(recording.error.contains("wait 3.0 seconds: full\n"))
        #expect(versions(daemon)[2] == versions(daemon)[4])
    }

    @Test func aDaemonThatWasNeverThereIsNotWaitedFor() throws {
        let daemon = ScriptedDaemon([.failure(StewardError(.unreachable, "connection refused"))])
        let error = #expect(throws: StewardError.self) { try run(Self.rows.joined(), daemon) }
        #expect(error?.code == .unreachable)
        #expect(recording.waits.isEmpty)
    }

    @Test func aFullDaemonIsNotAskedForEver() throws {
        let refusal = ScriptedDaemon.problem(503, "{}")
        let daemon = ScriptedDaemon(Array(repeating: refusal, count: 50))
        let error = #expect(throws: StewardError.self) { try run(Self.rows.joined(), daemon) }
        #expect(error?.code == .overloaded)
        #expect(daemon.requests.count == RetrySchedule.maximumAttempts)
    }

    @Test(arguments: [401, 403, 413]) func whatNoRetryHelpsIsThrown(status: Int) throws {
        let daemon = ScriptedDaemon([ScriptedDaemon.problem(status, "{}")])
        #expect(throws: StewardError.self) { try run(Self.rows.joined(), daemon) }
        #expect(daemon.requests.count == 1)
    }

    @Test func reportsRejectedRowsWithTheirLines() throws {
        let daemon = ScriptedDaemon([
            ScriptedDaemon.json(
                #"{"accepted":1,"duplicates":0,"rejected":[{"index":1,"field":"version","reason":"is odd"}]}"#),
            ScriptedDaemon.problem(400, #"{"type":"x/invalid-input","detail":"nothing could be read"}"#),
        ])
        let bad = "too,many,columns\n,2026-03-03T14:00:00Z\n"
        let (tally, settled) = try run(Self.rows[0] + bad + Self.rows[1] + Self.rows[2], daemon)
        #expect(tally == ImportTally(read: 5, accepted: 1, rejected: 4))
        #expect(settled == [4, 5])
        #expect(
            recording.error == """
                f.csv:3: the row has 3 columns, the header has 2
                f.csv:4: version: its cell is empty
                f.csv:5: version: is odd
                f.csv:6: nothing could be read

                """)
    }

    @Test func countsWhatTheDaemonDoesNotList() throws {
        let daemon = ScriptedDaemon([
            ScriptedDaemon.json(#"{"accepted":0,"duplicates":0,"rejected":[],"rejected_count":2}"#)
        ])
        #expect(try run(Self.rows[0] + Self.rows[1], daemon).tally.rejected == 2)
        #expect(recording.error == "f.csv:2: 2 more rows up to line 3 rejected, without a reason\n")
    }

    @Test func compressesWhenAsked() throws {
        let daemon = ScriptedDaemon([Self.accepted(1)])
        _ = try run(Self.rows[0], daemon, compresses: true)
        let request = try #require(daemon.requests.first)
        #expect(request.headers.contains { $0.name == "Content-Encoding" && $0.value == "gzip" })
        let body = try Gzip.inflate(request.body ?? [], limit: 1 << 20)
        #expect(String(decoding: body, as: UTF8.self).contains(#""version":"v1""#))
    }

    @Test func onlySoManyRejectsAreShownButAllAreWritten() throws {
        var written: [String] = []
        let console = recording.console()
        var reporter = ImportReporter(
            progress: ImportProgress(totalBytes: 1, started: console.now()), console: console,
            writeReject: { written.append($0) })
        for line in 1...30 { try reporter.reject(file: "f", line: Int64(line), reason: "bad \u{1B}[2J") }
        #expect(written.count == 30)
        #expect(recording.error.split(separator: "\n").count == ImportReporter.maximumShownRejects + 1)
        #expect(!recording.error.contains("\u{1B}"))
    }

    @Test func drawsABarOnATerminalAndPlainLinesElsewhere() {
        let terminal = RecordingConsole()
        let pipe = RecordingConsole()
        for (recording, isTerminal) in [(terminal, true), (pipe, false)] {
            let console = recording.console(isTerminal: isTerminal)
            var reporter = ImportReporter(
                progress: ImportProgress(totalBytes: 100, started: console.now()), console: console, writeReject: nil)
            for second in 0..<10 {
                reporter.progress.doneBytes = Int64(second) * 10
                reporter.tick()
                recording.now = recording.now + .seconds(1)
            }
            reporter.clear()
        }
        #expect(terminal.error.split(separator: "\r").count == 11)
        #expect(terminal.error.hasSuffix("\r\u{1B}[K"))
        #expect(pipe.error == "50%  0 rows  0 rows/s  5 s left\n")
    }

    @Test func aWrongMapNamesItsFile() {
        let wrong = "event: {deployment: {value: a}, version: V, time: T, nonsense: N}"
        let error = #expect(throws: StewardError.self) { try Import.importMap(file: "m.yaml", text: wrong) }
        #expect(error?.field == "m.yaml: event.nonsense")
        #expect(throws: StewardError.self) { try Import.importMap(file: "m.yaml", text: "a: [") }
    }
}
