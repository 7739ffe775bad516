import StewardAnalysis
import StewardModel
import StewardStatistics
import Testing

@testable import StewardCommands

@Suite struct DriftFileTests {
    @Test func readsMembersOfObjects() throws {
        let text = """
            {"latency_ms":12.5,"usage":{"input_tokens":3},"status":"ok","stream":true,"tags":[1]}
            {"latency_ms":null,"usage":{"input_tokens":4},"status":"error","score":"NaN"}

            """
        let file = try DriftSamples.file(text, path: "a.jsonl")
        #expect(file.rowCount == 2)
        #expect(
            file.columnNames == ["latency_ms", "usage.input_tokens", "status", "stream", "tags", "score"])
        #expect(file.columns["latency_ms"]?.numbers == [12.5])
        #expect(file.columns["latency_ms"]?.missingCount == 1)
        #expect(file.columns["usage.input_tokens"]?.numbers == [3, 4])
        #expect(file.columns["status"]?.texts == ["ok": 1, "error": 1])
        #expect(file.columns["stream"]?.texts == ["true": 1])
        #expect(file.columns["stream"]?.missingCount == 1)
        #expect(file.columns["tags"]?.uncategorizedCount == 1)
        #expect(file.columns["score"]?.nonFiniteCount == 1)
    }

    @Test func readsOnlyWhatIsWanted() throws {
        let file = try DriftSamples.file("a,b,c\n1,2,3\n", columns: ["b"])
        #expect(file.columnNames == ["b"])
        #expect(file.columns["b"]?.numbers == [2])
    }

    @Test(arguments: [
        ("", "missing"), (" ", "missing"), ("NA", "missing"), ("null", "missing"), ("1", "number"), (" 1.5 ", "number"),
        ("-2e3", "number"), ("nan", "not finite"), ("-inf", "not finite"), ("1,5", "text"), ("abc", "text"),
        ("0x1F", "number"), ("é", "text"),
    ])
    func knowsACell(text: String, kind: String) {
        var column = FileDriftColumn()
        column.addCell(text)
        let found =
            column.missingCount == 1
            ? "missing" : column.numberCount == 1 ? "number" : column.nonFiniteCount == 1 ? "not finite" : "text"
        #expect(found == kind)
    }

    @Test(arguments: [
        ("", "a.csv", "a.csv: the file is empty: its first line must name the columns"),
        ("a,a\n1,2\n", "a.csv", "a.csv: the header names the column 'a' twice; rename one of them"),
        ("a,b\n1\n1,2\n", "a.csv", "a.csv: 1 of 2 rows cannot be read; the first is line 2: "),
        ("{\"a\":1}\nnonsense\n", "a.jsonl", "a.jsonl: 1 of 2 rows cannot be read; the first is line 2: "),
    ])
    func saysWhatIsWrong(text: String, path: String, message: String) {
        let error = #expect(throws: StewardError.self) { try DriftSamples.file(text, path: path) }
        #expect(error?.code.exitStatus == 2)
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test func aFewUnreadableRowsAreLeftOutAndSaid() throws {
        let file = try DriftSamples.file("a,b\n" + String(repeating: "1,2\n", count: 150) + "1\n")
        #expect(file.rowCount == 150)
        #expect(
            file.remark?.hasPrefix("a.csv: 1 row could not be read and is left out; the first is line 152:") == true)
    }

    @Test func filesWithNothingInCommonAreAnError() throws {
        let error = #expect(throws: StewardError.self) {
            try DriftSamples.report(try DriftSamples.file("a\n1\n"), try DriftSamples.file("b\n1\n", path: "b.csv"))
        }
        #expect(error?.description == "b.csv: the files have no column in common: 'a' against 'b'")
        #expect(throws: StewardError.self) {
            try DriftSamples.report(try DriftSamples.file("a\n"), try DriftSamples.file("a\n1\n"))
        }
        let unknown = #expect(throws: StewardError.self) {
            let file = try DriftSamples.file("a\n1\n", columns: ["nonsense"])
            _ = try DriftSamples.report(file, file, columns: ["nonsense"])
        }
        #expect(unknown?.description == "--columns: no file has a column 'nonsense'; there are 'a'")
    }

    /// Beyond the limit a column goes on as counts, which must say nearly the same.
    @Test func theGridAgreesWithTheNumbers() throws {
        var (exact, gridded): ([Double], FileDriftColumn) = ([], FileDriftColumn())
        for index in 0..<(FileDriftColumn.mostNumbers + 20_000) {
            let part = Double(index) * 0.618_033_988_749_894_9
            let value = (part - part.rounded(.down)) + 1e9
            gridded.add(value)
            if index % 20 == 0 { exact.append(value) }
        }
        #expect(gridded.numbers.count == FileDriftColumn.mostNumbers && gridded.grid != nil)
        var few = FileDriftColumn()
        for value in exact { few.add(value + 0.1) }
        let report = FileDriftReport([(name: "a", reference: gridded, current: few)])
        guard case .numeric(let numeric) = report.columns[0].statistics else {
            Issue.record("not numeric")
            return
        }
        #expect(report.columns[0].referenceCount == gridded.numberCount)
        #expect(abs(numeric.ks.statistic - 0.1) < 0.001)
        #expect(abs(numeric.wasserstein.distance - 0.1) < 0.001)
        #expect(report.columns[0].judgement.verdict == .drift)
        #expect(report.columns[0].notes.contains { $0.contains("constant memory") })
    }
}
