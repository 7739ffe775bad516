import ArgumentParser
import Foundation
import StewardModel
import StewardWire
import Testing

@testable import StewardCommands

@Suite struct AnomaliesTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/anomalies")

    static var inputs: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".csv") || $0.hasSuffix(".jsonl") }.filter { !$0.contains(".scored.") }
            .sorted()
    }

    /// The columns that stand in a fixture's first line.
    private func columns(_ text: String) -> (time: String, value: String) {
        let head = text.prefix { !$0.isNewline }
        return (
            ["timestamp", "minute"].first { head.contains($0) } ?? "t",
            ["value", "latency"].first { head.contains($0) } ?? "v"
        )
    }

    private func scored(
        _ bytes: [UInt8], _ format: OutputFormat, jsonLines: Bool, chunk: Int = .max,
        columns: (time: String, value: String) = ("timestamp", "value")
    ) throws -> RecordingConsole {
        let recording = RecordingConsole()
        let reader = AnomaliesReader(time: columns.time, value: columns.value, format: jsonLines ? .jsonl : .csv)
        var rest = bytes[...]
        let read: () -> [UInt8] = {
            let part = rest.prefix(chunk)
            rest = rest.dropFirst(chunk)
            return Array(part)
        }
        try Anomalies.run(reader, from: read, file: "f", format, recording.console())
        return recording
    }

    /// Every `Fixtures/anomalies/NAME.csv` or `.jsonl` is scored as the `NAME.scored.csv` and `.scored.jsonl` beside
    /// it; `STEWARD_RECORD=1 swift test` writes them for review. However the bytes come in, the scores are the same.
    @Test(arguments: inputs, OutputFormat.allCases) func scoresAsRecorded(name: String, format: OutputFormat) throws {
        let bytes = Array(try Data(contentsOf: Self.folder.appending(path: name)))
        let columns = columns(String(decoding: bytes, as: UTF8.self))
        let stem = name.prefix { $0 != "." }
        let golden = Self.folder.appending(path: "\(stem).scored.\(format == .table ? "csv" : "jsonl")")
        let whole = try scored(bytes, format, jsonLines: name.hasSuffix(".jsonl"), columns: columns)
        if ProcessInfo.processInfo.environment["STEWARD_RECORD"] != nil {
            try Data(whole.output.utf8).write(to: golden)
        }
        #expect(whole.output == String(decoding: try Data(contentsOf: golden), as: UTF8.self))
        let pieces = try scored(bytes, format, jsonLines: name.hasSuffix(".jsonl"), chunk: 7, columns: columns)
        #expect(pieces.output == whole.output)
    }

    @Test func thereAreFixtures() { #expect(Self.inputs.count >= 6) }

    @Test func saysHowManyRowsHadNoNumber() throws {
        let text = "timestamp,value\n1,5\n2,\n3,nan\n4,6\n"
        #expect(
            try scored(Array(text.utf8), .table, jsonLines: false).error
                == "steward: 2 of 4 rows have no number and no score\n")
    }

    @Test(arguments: [
        ("", false, "f: the file is empty: its first line must name the columns"),
        ("timestamp,value\n", false, "f: the file has no rows, so nothing was scored"),
        ("", true, "f: the file has no rows, so nothing was scored"),
        ("timestamp,value\n1,\n2,NaN\n", false, "f: no row has a number in its value column, so none was scored"),
        ("time,value\n1,2\n", false, "--time: the file has no column 'timestamp'; it has 'time', 'value'"),
        ("timestamp,v\n1,2\n", false, "--value: the file has no column 'value'; it has 'timestamp', 'v'"),
        (
            "timestamp,value\n1,2\n2,three\n", false,
            "f: line 3: column 'value' holds 'three', which is no number; leave it empty where there is none"
        ),
        ("timestamp,value\n1,2,3\n", false, "f: line 2: the row has 3 columns, the header has 2"),
        (
            #"{"timestamp":1,"value":true}"#, true,
            "f: line 1: column 'value' holds true, which is no number; leave it empty where there is none"
        ),
        ("[1]\n", true, "f: line 1: the row is no JSON object"),
    ]) func saysWhatIsWrong(text: String, jsonLines: Bool, message: String) {
        let error = #expect(throws: StewardError.self) {
            try scored(Array(text.utf8), .table, jsonLines: jsonLines)
        }
        #expect(error?.description == message)
        #expect(error?.code.exitStatus == 2)
    }

    @Test func bothColumnsMustBeNamed() {
        #expect(throws: (any Error).self) { try Anomalies.parse(["f.csv", "--time", "t"]) }
        #expect(throws: Never.self) { try Anomalies.parse(["f.csv", "--time", "t", "--value", "v"]) }
    }
}
