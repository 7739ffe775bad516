import StewardJSON
import StewardModel
import StewardWire
import Testing

@Suite("Import by a map")
struct ImportTests {
    private static func events(
        _ map: String, _ file: String, format: ImportMap.Format = .csv
    ) throws -> [Result<[UInt8], StewardError>] {
        var reader = ImportReader(try ImportMap(JSONValue(parsing: map)), format: format)
        let bytes = Array(file.utf8)
        let half = bytes.count / 2
        return try (reader.read(bytes[..<half]) + reader.read(bytes[half...]) + reader.finish()).map(\.event)
    }

    private static func texts(_ map: String, _ file: String, format: ImportMap.Format = .csv) throws -> [String] {
        try events(map, file, format: format).map { event in
            switch event {
            case .success(let json): String(decoding: json, as: UTF8.self)
            case .failure(let error): "\(error)"
            }
        }
    }

    private static let publishedTrace = #"""
        {"format": "csv", "event": {"deployment": {"value": "azure-conv"}, "version": {"value": "2023-11"},
         "time": "TIMESTAMP", "usage.input_tokens": "ContextTokens", "usage.output_tokens": "GeneratedTokens"}}
        """#
    private static let publishedRows = """
        TIMESTAMP,ContextTokens,GeneratedTokens
        2023-11-16 18:17:03.9799600,4808,10
        2023-11-16 18:17:04.0319600,3180,8

        """

    @Test func publishedTraceBecomesEvents() throws {
        let events = try Self.events(Self.publishedTrace, Self.publishedRows).map { try $0.get() }
        let decoded = try EventDecoder.decode(
            Array(events.joined(separator: [0x0A])), format: .ndjson, now: EventReport.now, limits: .init(),
            makeID: { "unused" })
        #expect(decoded.rejected.isEmpty)
        #expect(
            decoded.events.map(\.event.time.rfc3339) == ["2023-11-16T18:17:03.979960Z", "2023-11-16T18:17:04.031960Z"])
        #expect(decoded.events.map(\.event.usage?.inputTokens) == [4808, 3180])
        #expect(decoded.events.map(\.event.usage?.outputTokens) == [10, 8])
        #expect(
            decoded.events.map(\.event.series)
                == Array(repeating: .init(deployment: "azure-conv", version: "2023-11"), count: 2))
    }

    @Test func derivedIDs() throws {
        func ids(_ map: String, _ rows: String) throws -> [String] {
            try Self.events(map, rows).map { try JSONValue(parsing: $0.get())["id"]?.string ?? "" }
        }
        let first = try ids(Self.publishedTrace, Self.publishedRows)
        // The documented hash, computed by another program: ids must stay the same from release to release.
        #expect(first == ["import-1ac88e9fc94bd4680161fe2dac84aa5b", "import-be6cb998e6655a5daf64dbeba707862f"])
        #expect(try ids(Self.publishedTrace, Self.publishedRows) == first)
        #expect(try ids(Self.publishedTrace, Self.publishedRows.replacing("\n", with: "\r\n")) == first)
        let other = try ids(Self.publishedTrace.replacing("azure-conv", with: "other"), Self.publishedRows)
        #expect(Set(other).isDisjoint(with: first))
        let row = "2023-11-16 18:17:03.9799600,4808,10\n"
        #expect(Set(try ids(Self.publishedTrace, "TIMESTAMP,ContextTokens,GeneratedTokens\n\(row)\(row)")).count == 2)
    }

    private static func map(_ rules: String, _ more: String = "") -> String {
        #"{"event":{"deployment":{"value":"d"},"version":{"value":"v"},"id":{"value":"i"},\#(rules)}\#(more)}"#
    }

    private static let prefix = #"{"deployment":"d","version":"v","id":"i","#

    /// The rules beside `time` taken from column T, the cell of column C, and what is made of them.
    static let cells: [(rules: String, cell: String, event: String)] = [
        (#""model":"C""#, "gpt", #""model":"gpt"}"#),
        (#""model":"C""#, "", "}"),
        (#""model":{"column":"C","default":"none"}"#, "", #""model":"none"}"#),
        (#""latency_ms":"C""#, " 12.50 ", #""latency_ms":12.5}"#),
        (#""latency_ms":{"column":"C","scale":1000}"#, "0.25", #""latency_ms":250}"#),
        (#""latency_ms":{"column":"C","scale":0.001}"#, "1500", #""latency_ms":1.5}"#),
        (
            #""latency_ms":"C""#, "12 ms",
            "latency_ms: line 2: column 'C' expected a number such as 12.5, without thousands separators or units"
        ),
        (
            #""latency_ms":"C""#, "NaN",
            "latency_ms: line 2: column 'C' expected a number such as 12.5, without thousands separators or units"
        ),
        (
            #""latency_ms":{"column":"C","scale":1e300}"#, "1e300",
            "latency_ms: line 2: column 'C' is out of range when scaled"
        ),
        (#""usage.images":"C""#, "3.0", #""usage":{"images":3}}"#),
        (#""usage.images":"C""#, "3.5", "usage.images: line 2: column 'C' expected a whole number"),
        (#""usage.images":{"column":"C","scale":0.5}"#, "4", #""usage":{"images":2}}"#),
        (#""simulated":"C""#, "TRUE", #""simulated":true}"#),
        (#""simulated":"C""#, "0", #""simulated":false}"#),
        (#""simulated":"C""#, "yes", "simulated: line 2: column 'C' expected true, false, 1 or 0"),
        (#""status":{"column":"C","map":{"OK":"ok","FAIL":"error"}}"#, "FAIL", #""status":"error"}"#),
        (#""status":{"column":"C","map":{"OK":"ok"},"default":"error"}"#, "other", #""status":"error"}"#),
        (
            #""status":{"column":"C","map":{"OK":"ok"}}"#, "other",
            "status: line 2: column 'C' holds a value that the map does not list and there is no default"
        ),
        (#""segments.gender":"C","segments.region":{"value":"eu"}"#, "f", #""segments":{"gender":"f","region":"eu"}}"#),
        (#""scores.toxicity":"C","error.code":"C""#, "7", #""scores":{"toxicity":7},"error":{"code":"7"}}"#),
        (#""input":"C","consent":"C""#, "hi", #""input":"hi","consent":"hi"}"#),
        (#""session":{"column":"C","prefix":"s-"}"#, "7", #""session":"s-7"}"#),
        (#""session":{"column":"C","prefix":"s-"}"#, "", "}"),
        (#""segments.race":"C","ground_truth":"C""#, "?", #""segments":{"race":"?"},"ground_truth":"?"}"#),
    ]

    @Test(arguments: cells) func cell(_ rules: String, cell: String, event: String) throws {
        let made = try Self.texts(Self.map(#""time":"T","# + rules), "T,C\n2026-03-03T14:03:00Z,\(cell)\n")
        let time = #""time":"2026-03-03T14:03:00Z""#
        #expect(made == [event.hasSuffix("}") ? Self.prefix + time + (event == "}" ? "}" : "," + event) : event])
    }

    /// A cell, the rest of the column's rule and of the map, and the time; `nil` where it is refused.
    static let times: [(cell: String, rule: String, map: String, time: String?)] = [
        ("2023-11-16 18:17:03.9799600", "", "", "2023-11-16T18:17:03.979960Z"),
        ("2023-11-16T18:17:03", "", #","timezone":"UTC""#, "2023-11-16T18:17:03Z"),
        ("2023-11-16T18:17:03", "", #","timezone":"+01:00""#, "2023-11-16T17:17:03Z"),
        ("2023-11-16T18:17:03", "", #","timezone":"-05:30""#, "2023-11-16T23:47:03Z"),
        ("2023-11-16T18:17:03Z", "", #","timezone":"+01:00""#, "2023-11-16T18:17:03Z"),
        ("1700158623", "", "", "2023-11-16T18:17:03Z"),
        ("1700158623.25", "", "", "2023-11-16T18:17:03.250Z"),
        ("1700158623250", "", "", "2023-11-16T18:17:03.250Z"),
        ("1700158623250000", "", "", nil),
        ("1700158623", #","format":"unix_seconds""#, "", "2023-11-16T18:17:03Z"),
        ("1700158623250", #","format":"unix_milliseconds""#, "", "2023-11-16T18:17:03.250Z"),
        ("1700158623250001", #","format":"unix_microseconds""#, "", "2023-11-16T18:17:03.250001Z"),
        ("1700158623250001999", #","format":"unix_nanoseconds""#, "", "2023-11-16T18:17:03.250001Z"),
        ("1700158623", #","format":"rfc3339""#, "", nil),
        ("2023-11-16", "", "", "2023-11-16T00:00:00Z"),
        ("2023-11-16", "", #","timezone":"+01:00""#, "2023-11-15T23:00:00Z"),
        ("16.11.2023", "", "", nil), ("-1", "", "", nil), ("", "", "", nil),
        ("9223372036854775807", #","format":"unix_seconds""#, "", nil), ("1e300", "", "", nil),
        ("", #","default":"2023-01-01T00:00:00Z""#, "", "2023-01-01T00:00:00Z"),
    ]

    @Test(arguments: times) func time(_ cell: String, rule: String, map: String, time: String?) throws {
        let rules = #""time":{"column":"T"\#(rule)}"#
        let events = try Self.events(Self.map(rules, map), "T,C\n\(cell),x\n")
        let made = try? events.first?.get()
        #expect(try made.flatMap { try JSONValue(parsing: $0)["time"]?.string } == time)
        if made == nil, case .failure(let error) = events.first { #expect(error.field == "time") }
    }

    @Test func jsonLines() throws {
        let map = #"""
            {"format":"jsonl","event":{"id":"/meta/id","time":"ts","deployment":{"value":"d"},"version":"/meta/v/0",
             "usage.input_tokens":"/usage/prompt_tokens","latency_ms":{"column":"/s","scale":1000},"input":"/messages",
             "status":{"column":"ok","map":{"true":"ok","false":"error"}},"session":"/session"}}
            """#
        let file = #"""
            {"meta":{"id":"a","v":["v1"]},"ts":1700158623,"usage":{"prompt_tokens":12},"s":0.5,"messages":[2],\#
            "ok":false,"session":7}
            {"meta":{"id":"b","v":["v1"]},"ts":"2023-11-16 18:17:03"}
            {"meta":{"id":"c"},"ts":1}
            {"meta":
            {"meta":{"id":"d","v":["v1"]},"ts":1,"session":{}}
            """#
        #expect(
            try Self.texts(map, file) == [
                #"{"id":"a","time":"2023-11-16T18:17:03Z","deployment":"d","version":"v1","usage":{"input_tokens":12},"#
                    + #""latency_ms":500,"input":[2],"status":"error","session":"7"}"#,
                #"{"id":"b","time":"2023-11-16T18:17:03Z","deployment":"d","version":"v1"}"#,
                "version: line 3: its cell is empty",
                "line 4: column 9: expected a value, found the end of the text",
                "session: line 5: column '/session' expected a text, found an object",
            ])
    }

    /// Maps that are wrong, the field that the error names, and a part of what it says.
    static let wrongMaps: [(map: String, field: String?, message: String)] = [
        ("[]", "the map", "must be an object, not an array"),
        (#"{"event":{},"formats":"csv"}"#, "formats", "is not known here; allowed are format, timezone, trim, event"),
        (#"{"format":"xlsx","event":{"time":"T"}}"#, "format", "must be csv or jsonl"),
        (#"{"format":1,"event":{"time":"T"}}"#, "format", "must be csv or jsonl"),
        (#"{"timezone":"Europe/Berlin","event":{"time":"T"}}"#, "timezone", "names of zones are not known"),
        (#"{"timezone":1,"event":{"time":"T"}}"#, "timezone", "must be UTC or an offset"),
        (#"{}"#, "event", "must say for each event field"),
        (#"{"event":{}}"#, "event", "must say for each event field"),
        (#"{"event":{"time":"T","deployment":"D"}}"#, "event.version", "is missing"),
        (map(#""model":"M""#), "event.time", "is missing"),
        (map(#""time":"T","colour":"C""#), "event.colour", "allowed are id, time, deployment"),
        (map(#""time":"T","usage.tokens":"C""#), "event.usage.tokens", "usage.input_tokens"),
        (map(#""time":"T","segments.":"C""#), "event.segments.", "segments.NAME"),
        (map(#""time":"T","usage":"C""#), "event.usage", "is no event field"),
        (map(#""time":5"#), "event.time", "must be a column's name"),
        (map(#""time":{"format":"rfc3339"}"#), "event.time", "must be a column's name"),
        (
            map(#""time":{"column":"T","zone":"UTC"}"#), "event.time.zone",
            "allowed are column, scale, prefix, format, map, default"
        ),
        (map(#""time":"T","model":{"value":"m","scale":2}"#), "event.model.scale", "allowed are value"),
        (map(#""time":"T","model":{"value":5}"#), "event.model.value", "must be a string; put it in quotes"),
        (map(#""time":{"value":"today"}"#), "event.time.value", "must be a day, an RFC 3339 string"),
        (#"{"trim":1,"event":{"time":"T"}}"#, "trim", "must be true or false"),
        (map(#""time":"T","latency_ms":{"value":"5"}"#), "event.latency_ms.value", "must be a number"),
        (map(#""time":"T","model":{"column":"M","scale":2}"#), "event.model.scale", "only for fields that are numbers"),
        (map(#""time":"T","latency_ms":{"column":"M","scale":0}"#), "event.latency_ms.scale", "other than 0"),
        (
            map(#""time":{"column":"T","format":"epoch"}"#), "event.time.format",
            "rfc3339, unix_seconds, unix_milliseconds"
        ),
        (map(#""time":"T","model":{"column":"M","format":"rfc3339"}"#), "event.model.format", "only for time"),
        (map(#""time":"T","status":{"column":"M","map":["ok"]}"#), "event.status.map", "from cell to value"),
        (map(#""time":"T","status":{"column":"M","map":{"1":true}}"#), "event.status.map.1", "must be a string"),
        (map(#""time":{"column":"T","prefix":"x"}"#), "event.time.prefix", "only for fields that are texts"),
        (#"{"event":{"time":"T"},"feedback":{"event_id":"I"}}"#, "feedback", "the rows of a file are either"),
        (#"{"feedback":{"label":"L"}}"#, "feedback.event_id", "is missing"),
        (#"{"feedback":{"event_id":"I","truth":"L"}}"#, "feedback.truth", "allowed are event_id, ground_truth, label"),
        (map(#""time":"T","usage.images":{"column":"M","default":1.5}"#), "event.usage.images.default", "whole number"),
    ]

    @Test(arguments: wrongMaps) func wrongMap(_ map: String, field: String?, message: String) throws {
        let error = #expect(throws: StewardError.self) { try ImportMap(JSONValue(parsing: map)) }
        #expect(error?.code == .configuration && error?.field == field)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("T,B\n1,2\n", "names the column 'C', which the file does not have; it has 'T', 'B'"),
        ("T,C,C\n1,2,3\n", "names the column 'C', which the file has 2 times; write 'C#1' for the first of them"),
    ])
    func wrongHeader(_ file: String, message: String) {
        let error = #expect(throws: StewardError.self) {
            try Self.texts(Self.map(#""time":"T","model":"C""#), file)
        }
        #expect(error == StewardError(.configuration, message, field: "event.model"))
    }

    /// Public files have columns of the same name; `#` says which is meant, and is no more than a letter elsewhere.
    @Test(arguments: [("C#1", "2"), ("C#2", "3"), ("D#2", "4")])
    func repeatedColumns(_ name: String, cell: String) throws {
        let made = try Self.texts(
            Self.map(#""time":{"value":"2026-03-03T14:03:00Z"},"model":"\#(name)""#), "T,C,C,D#2\n1,2,3,4\n")
        #expect(made == [Self.prefix + #""time":"2026-03-03T14:03:00Z","model":"\#(cell)"}"#])
    }

    @Test func aConstantTimeMayBeADay() throws {
        let rules = #""time":{"value":"2026-03-03"},"model":"C""#
        let made = try Self.texts(Self.map(rules, #","timezone":"+01:00""#), "C\n1\n")
        #expect(made == [Self.prefix + #""time":"2026-03-02T23:00:00Z","model":"1"}"#])
    }

    @Test func spacesAroundNamesAndCellsMayBeLeftOut() throws {
        let rules = #""time":{"value":"2026-03-03"},"segments.race":"race""#
        let made = try Self.texts(Self.map(rules, #","trim":true"#), "age, race \n39, White\n40, \n")
        let start = Self.prefix + #""time":"2026-03-03T00:00:00Z""#
        #expect(made == [start + #","segments":{"race":"White"}}"#, start + "}"])
        #expect(throws: StewardError.self) { try Self.texts(Self.map(rules), "age, race \n39, White\n") }
    }

    @Test func feedbackHasFieldsOfItsOwn() throws {
        let map = #"{"feedback":{"event_id":{"column":"I","prefix":"case-"},"ground_truth":"T"}}"#
        #expect(
            try Self.texts(map, "I,T\n7,1\n,0\n8,\n") == [
                #"{"event_id":"case-7","ground_truth":"1"}"#, "event_id: line 3: its cell is empty",
                #"{"event_id":"case-8"}"#,
            ])
    }

    @Test func rowsAreRefusedAlone() throws {
        let file = "T,C\n1700158623,a\n1700158623\n,b\n1700158623,\"c\n"
        #expect(
            try Self.texts(Self.map(#""time":"T","model":"C""#), file) == [
                Self.prefix + #""time":"2023-11-16T18:17:03Z","model":"a"}"#,
                "line 3: the row has 1 columns, the header has 2",
                "time: line 4: its cell is empty",
                "line 5: a quoted field is not closed before the end of the file",
            ])
        #expect(throws: StewardError.self) { try Self.texts(Self.publishedTrace, "") }
    }
}
