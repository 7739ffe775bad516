import StewardJSON
import Testing

/// One text and whether RFC 8259, less what Steward refuses beyond it, has it for JSON.
struct GrammarCase: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var testDescription: String

    init(_ text: String) {
        bytes = Array(text.utf8)
        testDescription = text
    }

    init(bytes: [UInt8]) {
        self.bytes = bytes
        testDescription = bytes.map { String($0, radix: 16) }.joined(separator: " ")
    }

    /// A string whose content is the bytes as they are.
    init(stringOf content: [UInt8]) { self.init(bytes: [0x22] + content + [0x22]) }
}

@Suite("RFC 8259, rule by rule")
struct GrammarTests {
    static let accepted: [GrammarCase] =
        [
            // Section 2: any value may be a whole text; four kinds of white space around every token.
            "null", "true", "false", "0", "\"\"", "[]", "{}", " \t\r\n[ \t\r\n] \t\r\n", "{ \"a\" : 1 , \"b\" : 2 }",
            "[1 , 2]",
            // Section 4
            #"{"":0}"#, #"{"a":{"a":{"a":1}}}"#, #"{"a":1,"A":2}"#, "{\"\u{E9}\":1,\"e\u{301}\":2}",
            // Section 5
            "[[],[[]],{}]", "[null,true,1,\"x\",{},[]]",
            // Section 6
            "-0", "-1", "0.0", "-0.5", "10", "1e1", "1E1", "1e+1", "1e-1", "0e0", "0E+9", "1.5e10", "-1.5E-10",
            "9223372036854775807", "-9223372036854775808", "9223372036854775808", "123456789012345678901234567890",
            "1.7976931348623157e308", "5e-324", "1e-400", "0.00000000000000000000000000000000001", "0e999",
            // Section 7
            #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\u00E9""#, #""\ud83d\ude00""#, #""\uD83D\uDE00x""#,
            #""\uFFFF\uFFFE""#, #""\ud7ff\ue000""#, "\"\u{7F}\"", "\"é日本😀\"", "\"\u{2028}\u{2029}\"", #"{"\u0061":1}"#,
            #""\\u""#, #""\u005C""#,
        ].map { GrammarCase($0) }
        + [[0xC2, 0x80], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xF0, 0x90, 0x80, 0x80]]
        .map { GrammarCase(stringOf: $0) } + [GrammarCase(stringOf: [0xF4, 0x8F, 0xBF, 0xBF])]

    static let refused: [GrammarCase] =
        [
            "", " ", "nul", "nulll", "nu", "True", "TRUE", "tru", "truth", "fals", "undefined", "None", "'a'", "a",
            "1 2", "{} {}", "[] x", "null,", "/* */1", "1 // x", "# x\n1", "\u{0C}1", "\u{A0}1", "\u{FEFF}1",
            "{", "}", "{]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1"b":2}"#, #"{"a" 1}"#, #"{"a"::1}"#,
            #"{a:1}"#, #"{'a':1}"#, #"{1:1}"#, #"{"a":1,,"b":2}"#, #"{"a":1;"b":2}"#, #"{"a":1"#, #"{"a":"#, #"{"a"#,
            #"{null:1}"#, #"{"a":1]"#, #"{"a":1}}"#, #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#,
            "[", "]", "[1", "[1,", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1:2]", "[}", "[1}", "[1]]", "[\"\"", "[x]",
            "-", "+1", "--1", "01", "-01", "00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1ee1", "1e1.5",
            "1.2.3",
            "0x10", "1_000", "1,000", "NaN", "-NaN", "Infinity", "-Infinity", "inf", "1f", "1e999", "-1e999",
            "1" + String(repeating: "0", count: 400), "- 1", "1 .5", "１",
            "\"", "\"a", "\"\\\"", #""\"#, #""\x00""#, #""\a""#, #""\0""#, #""\U0061""#, #""\'""#, #""\u""#, #""\u0""#,
            #""\u00""#, #""\u006""#, #""\u00g0""#, #""\u 061""#, #""\ud800""#, #""\udc00""#, #""\ud800\ud800""#,
            #""\udc00\ud800""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\u0061""#, "\"\u{0}\"", "\"\u{1F}\"", "\"\n\"",
            "\"\t\"", "\"a\nb\"", #""\ud83d\ude"#, #""\ud83d""#,
        ].map { GrammarCase($0) }
        + [
            [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0x81], [0xC2], [0xC2, 0x22], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
            [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0xFF],
        ].map { GrammarCase(stringOf: $0) } + [
            GrammarCase(bytes: [0xEF, 0xBB, 0xBF, 0x31]), GrammarCase(bytes: [0xFF]),
        ]

    @Test(arguments: accepted) func accepts(_ text: GrammarCase) throws {
        _ = try JSONValue(parsing: text.bytes)
        var scanner = JSONScanner(text.bytes)
        try scanner.skipValue()
        try scanner.finish()
    }

    @Test(arguments: refused) func refuses(_ text: GrammarCase) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text.bytes) }
        let embedded = Array(#"{"a":[0,"#.utf8) + text.bytes + Array("]}".utf8)
        #expect(throws: JSONError.self) { try JSONValue(parsing: embedded) }
    }

    @Test(arguments: refused) func refusesWhatItSkips(_ text: GrammarCase) {
        // Duplicate names are judged where an object is kept.
        if text.testDescription.contains("\"a\":1,\"a\"") || text.testDescription.contains("u0061\":2") { return }
        var scanner = JSONScanner(text.bytes)
        #expect(throws: JSONError.self) {
            try scanner.skipValue()
            try scanner.finish()
        }
    }

    @Test(arguments: [
        ("{\n  \"a\": tru\n}", 2, 11, "expected 'true', found the byte 0xA"),
        ("{\"é\":1,}", 1, 8, "expected a member name in double quotes, found '}'"),
        ("[1\r\n,2 3]", 2, 4, "expected ',' or ']' after an element, found '3'"),
        ("[01]", 1, 2, "a number must not begin with 0"),
        ("\u{FEFF}{}", 1, 1, "expected a value, found a byte order mark: send plain UTF-8"),
        ("{\"a\":1,\n\"a\":2}", 2, 1, "an object has two members with the name 'a'"),
        ("\"abc", 1, 1, "a string is not terminated"),
        ("", 1, 1, "expected a value, found the end of the text"),
    ])
    func tellsWhere(_ text: String, line: Int, column: Int, reason: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.line == line)
        #expect(error.column == column)
        #expect(error.reason == reason)
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")] {
            let levels = open.utf8.filter { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }.count
            let deepest = nested(JSONScanner.deepest / levels, open, close)
            _ = try JSONValue(parsing: deepest)
            var scanner = JSONScanner(deepest)
            #expect(try scanner.skipValue() == 0..<deepest.count)
            for depth in [JSONScanner.deepest / levels + 1, 100_000] {
                let tooDeep = nested(depth, open, close)
                var scanner = JSONScanner(tooDeep)
                #expect(throws: JSONError.self) { try JSONValue(parsing: tooDeep) }
                #expect(throws: JSONError.self) { try scanner.skipValue() }
            }
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[[1]]", maximumDepth: 1) }
        #expect(try JSONValue(parsing: "[[],[]]", maximumDepth: 2) == [[], []])
    }

    @Test func longStrings() throws {
        let long = String(repeating: "0123456789é\\\"\n", count: 10_000_000 / 15)
        let value = JSONValue.array([.string(long), 1])
        #expect(try JSONValue(parsing: value.text) == value)
    }

    @Test func rangeIsScannedAlone() throws {
        let bytes = Array("{\"a\":1}\n[2,x]\n".utf8)
        var first = JSONScanner(bytes, in: 0..<7)
        #expect(try first.value() == ["a": 1])
        try first.finish()
        var second = JSONScanner(bytes, in: 8..<13, firstLine: 2)
        let error = #expect(throws: JSONError.self) { try second.value() }
        #expect(error?.line == 2 && error?.column == 4 && error?.offset == 11)
        var cut = JSONScanner(bytes, in: 0..<6)
        #expect(throws: JSONError.self) { try cut.value() }
    }
}
