import StewardJSON
import StewardModel
import StewardStatistics
import StewardWire
import Testing

@Suite("CSV and JSON Lines")
struct FileReaderTests {
    /// A file and its rows: `line: fields joined by |` or `line! problem`, the header in front.
    static let files: [(String, [String])] = [
        ("a,b\n1,2\n", ["a|b", "2: 1|2"]),
        ("a,b\n1,2", ["a|b", "2: 1|2"]),
        ("a,b\r\n1,2\r\n", ["a|b", "2: 1|2"]),
        ("\u{FEFF}a,b\n1,2\n", ["a|b", "2: 1|2"]),
        ("\u{FEFF}\"a\",b\n1,2\n", ["a|b", "2: 1|2"]),
        ("\u{FF41},b\n1,2\n", ["\u{FF41}|b", "2: 1|2"]),
        ("a\n\n \n\r\nx\n", ["a", "3:  ", "5: x"]),
        ("a,b,c\n,,\n", ["a|b|c", "2: ||"]),
        ("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", ["a|b", "2: 1,5|say \"hi\""]),
        ("a,b\n\"x\ny\r\nz\",2\n3,4\n", ["a|b", "2: x\ny\r\nz|2", "5: 3|4"]),
        ("a,b\n\"\",\"\"\r\n", ["a|b", "2: |"]),
        ("a,b\n 1 , 2 \n", ["a|b", "2:  1 | 2 "]),
        ("a,b\né,日😀\n", ["a|b", "2: é|日😀"]),
        (
            "a,b\n1\n1,2,3\n4,5\n",
            [
                "a|b", "2! the row has 1 columns, the header has 2", "3! the row has 3 columns, the header has 2",
                "4: 4|5",
            ]
        ),
        (
            "a,b\n1,x\"y\n\"1\"2,3\n\"1\"\r2,3\n4,5\n",
            [
                "a|b", "2! column 2 has a quote but does not begin with one",
                "3! column 1 has text behind its closing quote", "4! column 1 has text behind its closing quote",
                "5: 4|5",
            ]
        ),
        ("a,b\n1,\"2\n3,4\n", ["a|b", "2! a quoted field is not closed before the end of the file"]),
        ("a\n\"\"\"\"\n", ["a", "2: \""]),
        ("a\n\"\"\r\r\n1\n", ["a", "2! column 1 has text behind its closing quote", "3: 1"]),
    ]

    private func rows(_ bytes: [UInt8], chunk: Int, limit: Int = 1 << 20) throws(StewardError) -> [String] {
        var reader = CSVReader(maximumRowBytes: limit)
        var rows: [CSVReader.Row] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            rows += try reader.read(bytes[start..<min(start + chunk, bytes.count)])
        }
        rows += try reader.finish()
        let shown = rows.map { row in
            row.problem.map { "\(row.line)! \($0)" } ?? "\(row.line): \(row.fields.joined(separator: "|"))"
        }
        return (reader.header.map { [$0.joined(separator: "|")] } ?? []) + shown
    }

    @Test(arguments: files) func csv(_ file: String, expected: [String]) throws {
        for chunk in [1, 2, 3, 7, 1000] { #expect(try rows(Array(file.utf8), chunk: chunk) == expected) }
    }

    @Test func csvBounds() throws {
        let long = "a,b\n1,\"" + String(repeating: "x\n", count: 100) + "\"\n2,3\n"
        let read = try rows(Array(long.utf8), chunk: 5, limit: 50)
        #expect(read[1] == "2! the row is longer than 50 bytes; is a quoted field not closed?")
        #expect(read.last == "102! a quoted field is not closed before the end of the file")
        #expect(
            try rows(Array("a\n1\n".utf8) + [0xFF, 0x0A, 0x32], chunk: 3) == [
                "a", "2: 1", "3! the row is not valid UTF-8", "4: 2",
            ])
    }

    /// Whatever the bytes are, every row is whole or has a problem, and the cut into chunks changes nothing.
    @Test(arguments: [31, 32, 33] as [UInt64]) func csvOfAnyBytes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("a1,,\"\"\r\n\n ".utf8) + [0xC3, 0xA9]
        for round in 0..<2000 {
            let length = Int.random(in: 0..<60, using: &random)
            let bytes = Array("a,b\n".utf8) + (0..<length).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let whole = try rows(bytes, chunk: bytes.count, limit: 24)
            let chunk = Int.random(in: 1...5, using: &random)
            try #require(try rows(bytes, chunk: chunk, limit: 24) == whole, "seed \(seed), round \(round)")
            try #require(
                whole.allSatisfy { $0.contains("! ") || $0.count { $0 == "|" } == 1 }, "seed \(seed), round \(round)")
        }
    }

    /// The second field of each row behind the header, as text and as the number that was read in passing.
    private func numbers(_ bytes: [UInt8], chunk: Int, readsNumbers: Bool) throws(StewardError) -> [(String, Double?)] {
        var reader = CSVReader(readsNumbers: readsNumbers)
        var found: [(String, Double?)] = []
        for start in stride(from: 0, through: bytes.count, by: chunk) {
            let end = min(start + chunk, bytes.count)
            try reader.scan(Array(bytes[start..<end]), isLast: start + chunk > bytes.count) { row in
                if row.problem == nil { found.append((row.text(1), row.number(1))) }
            }
        }
        return found
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", -0.0), ("7", 7), ("-12.5", -12.5), ("1763.2e-3", 1.7632), ("1E+3", 1000),
            ("12345678", 12_345_678), ("123456789.25", 123_456_789.25), ("0.1", 0.1), ("00012.50", 12.5),
            ("9007199254740992", 0x1p53), ("3e22", 3e22),
            // Certain only by a slower way, in other notations, or no numbers.
            ("9007199254740993", nil), ("1e23", nil), ("0.00000000000000000001", nil), ("+1", nil), (".5", nil),
            ("1.", nil),
            ("1e", nil), ("1e+", nil), ("-", nil), ("", nil), ("1 ", nil), ("1x", nil), ("0x10", nil), ("nan", nil),
            ("\"1\"", nil), ("1:2", nil), ("1/2", nil),
        ] as [(String, Double?)])
    func csvNumbers(field: String, number: Double?) throws {
        let files = ["a,b,c\n1,\(field),2\n", "a,b\n1,\(field)\n", "a,b\r\nx,\(field)\r\n"]
        for (file, chunk) in zip(files, [1000, 3, 7]) {
            let found = try numbers(Array(file.utf8), chunk: chunk, readsNumbers: true)
            #expect(found.count == 1 && found.first?.1?.bitPattern == number?.bitPattern, "\(found)")
        }
        #expect(try numbers(Array("a,b\n1,\(field)\n".utf8), chunk: 100, readsNumbers: false).first?.1 == nil)
    }

    /// A number that was read is the one that the text stands for, to the last bit, and reading it changes no text.
    @Test(arguments: [41, 42] as [UInt64]) func csvNumbersAreTheirTexts(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("00112345678999.-e+ ,\r\n\"".utf8)
        var read = 0
        for round in 0..<2000 {
            let rows = (0..<4).map { _ in
                (0..<Int.random(in: 0..<22, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            }
            let bytes = Array("a,b\n".utf8) + rows.flatMap { Array("7,".utf8) + $0 + [0x0A] }
            let chunk = Int.random(in: 1...40, using: &random)
            let found = try numbers(bytes, chunk: chunk, readsNumbers: true)
            let plain = try numbers(bytes, chunk: bytes.count + 1, readsNumbers: false)
            try #require(found.map(\.0) == plain.map(\.0), "seed \(seed), round \(round)")
            for (text, number) in found {
                guard let number else { continue }
                read += 1
                try #require(Double(text)?.bitPattern == number.bitPattern, "\(text), seed \(seed), round \(round)")
            }
        }
        #expect(read > 500)
    }

    @Test func csvHeaderMustBeReadable() {
        for header in [Array("a,b\"c\n1,2\n".utf8), [0xFF, 0x0A], Array("\"a,b\n1,2\n".utf8)] {
            let error = #expect(throws: StewardError.self) { try rows(header, chunk: 4) }
            #expect(error?.message.hasPrefix("line 1, the header: ") == true)
        }
    }

    @Test func csvBytesAreTheRow() throws {
        var reader = CSVReader()
        let rows = try reader.read("a,b\r\n\"1\n2\",3\r\n4,5\n".utf8)
        #expect(rows.map { String(decoding: $0.bytes, as: UTF8.self) } == ["\"1\n2\",3", "4,5"])
    }

    @Test(arguments: [1, 2, 5, 1000]) func jsonLines(chunk: Int) {
        let bytes = Array("{\"a\":1}\r\n\n  \n[2]\n{\"a\":\n\"0123456789012345678901234567890123\"\n3".utf8)
        var reader = JSONLinesReader(maximumRowBytes: 30)
        var rows: [JSONLinesReader.Row] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            rows += reader.read(bytes[start..<min(start + chunk, bytes.count)])
        }
        rows += reader.finish()
        #expect(rows.map(\.line) == [1, 4, 5, 6, 7])
        #expect(rows.map(\.value) == [["a": 1], [2], nil, nil, 3])
        #expect(
            rows.map(\.problem) == [
                nil, nil, "column 6: expected a value, found the end of the text", "the line is longer than 30 bytes",
                nil,
            ])
    }
}
