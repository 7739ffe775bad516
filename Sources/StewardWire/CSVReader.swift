import StewardModel

/// Reads CSV (RFC 4180) from chunks as they come: quoted fields, line breaks and doubled quotes inside them, LF or
/// CRLF, a byte order mark in front. Lines with nothing on them are passed over.
///
/// The first row is the header, without which nothing can be read. Any other row that cannot be read is reported in its
/// place, and the next line starts afresh.
package struct CSVReader: Sendable {
    package struct Row: Sendable, Equatable {
        /// 1-based number of the physical line on which the row begins.
        package var line: Int
        /// As many as the header has columns, unless there is a problem.
        package var fields: [String]
        /// The row as it stands in the file, without the line break.
        package var bytes: [UInt8]
        /// Why the row cannot be used.
        package var problem: String?
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The names of the columns; `nil` until the header has been read.
    package private(set) var header: [String]?
    private let maximumRowBytes: Int
    private var scanner: CSVRowScanner
    private var line = 1
    /// Bytes of a row that has not ended.
    private var rest: [UInt8] = []
    /// The row on which the rest begins was too long and is passed over.
    private var isSkipping = false
    private var isAtStart = true

    /// - Parameter maximumRowBytes: a longer row is reported and dropped, which also bounds what a quote that is never
    ///   closed can swallow.
    package init(separator: UInt8 = UInt8(ascii: ","), maximumRowBytes: Int = 1 << 20) {
        self.maximumRowBytes = maximumRowBytes
        scanner = CSVRowScanner(separator: separator, maximumRowBytes: maximumRowBytes)
    }

    /// Takes the next bytes of the file and returns the rows that they complete.
    ///
    /// - Throws: `invalidInput` when the header cannot be read.
    package mutating func read(_ chunk: some Sequence<UInt8>) throws(StewardError) -> [Row] {
        try rows(Array(chunk), isLast: false)
    }

    /// Ends the file: returns the last row when no line break followed it.
    package mutating func finish() throws(StewardError) -> [Row] { try rows([], isLast: true) }

    private mutating func rows(_ chunk: [UInt8], isLast: Bool) throws(StewardError) -> [Row] {
        var rows: [Row] = []
        try scan(chunk, isLast: isLast) { row in
            let fields = row.problem == nil ? (0..<row.count).map { row.text($0) } : []
            rows.append(Row(line: row.line, fields: fields, bytes: Array(row.bytes), problem: row.problem))
        }
        return rows
    }

    /// Takes the next bytes of the file and shows each row that they complete, without making texts of its fields.
    ///
    /// - Parameters:
    ///   - isLast: whether the file ends with them, so that a last row needs no line break.
    ///   - onHeader: called once with the names of the columns, before any row.
    ///   - body: called for every row behind the header.
    /// - Throws: `invalidInput` when the header cannot be read.
    package mutating func scan(
        _ chunk: [UInt8], isLast: Bool, header onHeader: ([String]) -> Void = { _ in },
        row body: (borrowing CSVRowView) -> Void
    ) throws(StewardError) {
        var buffer = rest
        rest = []
        if buffer.isEmpty { buffer = chunk } else { buffer += chunk }
        var start = 0
        if isAtStart {
            let mark = buffer.prefix(3)
            if !isLast, mark.count < 3, Self.byteOrderMark.starts(with: mark) {
                // Whether this is a byte order mark is not known yet.
                rest = buffer
                return
            }
            isAtStart = false
            if mark.elementsEqual(Self.byteOrderMark) { start = 3 }
        }
        var headerProblem: StewardError?
        buffer.withUnsafeBufferPointer { bytes in
            while start < bytes.count, headerProblem == nil {
                if isSkipping {
                    while start < bytes.count, bytes[start] != 0x0A { start += 1 }
                    guard start < bytes.count else { return }
                    (start, isSkipping, line) = (start + 1, false, line + 1)
                } else if let end = scanner.scan(bytes, from: start, isLast: isLast) {
                    let row = CSVRowView(scanner, bytes, line: line, columns: header?.count)
                    headerProblem = take(row, onHeader, body)
                    (start, isSkipping, line) = (end.next, end.skipsLine, line + end.lineBreaks)
                } else {
                    return
                }
            }
        }
        if let headerProblem { throw headerProblem }
        rest = Array(buffer[start...])
    }

    /// - Returns: what is wrong with the header, if this row is the header.
    private mutating func take(
        _ row: borrowing CSVRowView, _ onHeader: ([String]) -> Void, _ body: (borrowing CSVRowView) -> Void
    ) -> StewardError? {
        guard !row.bytes.isEmpty else { return nil }
        if header != nil {
            body(row)
        } else if let problem = row.problem {
            return StewardError(.invalidInput, "line \(row.line), the header: \(problem)")
        } else {
            let names = (0..<row.count).map { row.text($0) }
            header = names
            onHeader(names)
        }
        return nil
    }
}

/// A row while it is read: its fields as bytes, valid only during the call that shows it.
package struct CSVRowView: ~Copyable {
    /// 1-based number of the physical line on which the row begins.
    package let line: Int
    /// Why the row cannot be used.
    package let problem: String?
    /// The row as it stands in the file, without the line break.
    package let bytes: UnsafeBufferPointer<UInt8>
    private let fields: [CSVRowScanner.Field]
    private let unquoted: [UInt8]
    private let source: UnsafeBufferPointer<UInt8>

    /// - Parameter columns: how many the header has; `nil` while there is none.
    fileprivate init(_ scanner: CSVRowScanner, _ source: UnsafeBufferPointer<UInt8>, line: Int, columns: Int?) {
        self.line = line
        self.source = source
        (fields, unquoted) = (scanner.fields, scanner.unquoted)
        bytes = UnsafeBufferPointer(rebasing: source[scanner.row])
        if let problem = scanner.problem {
            self.problem = problem
        } else if scanner.hasHighBytes, String(validating: bytes, as: UTF8.self) == nil {
            problem = "the row is not valid UTF-8"
        } else if let columns, columns != scanner.fields.count {
            problem = "the row has \(scanner.fields.count) columns, the header has \(columns)"
        } else {
            problem = nil
        }
    }

    /// How many fields there are.
    package var count: Int { fields.count }

    /// Lends the bytes of a field, without its quotes.
    package func withField<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let field = fields[index]
        guard field.isUnquoted else { return body(UnsafeBufferPointer(rebasing: source[field.range])) }
        return unquoted.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[field.range])) }
    }

    package func text(_ index: Int) -> String { withField(index) { String(decoding: $0, as: UTF8.self) } }
}
