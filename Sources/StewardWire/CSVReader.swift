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
    private var columnCount: Int?
    private let maximumRowBytes: Int
    private var scanner: CSVRowScanner
    private var line = 1
    /// Bytes of a row that has not ended.
    private var rest: [UInt8] = []
    /// The row on which the rest begins was too long and is passed over.
    private var isSkipping = false
    private var isAtStart = true

    /// - Parameters:
    ///   - maximumRowBytes: a longer row is reported and dropped, which also bounds what a quote that is never closed
    ///     can swallow.
    ///   - readsNumbers: whether rows are asked for ``CSVRowView/number(_:)``.
    package init(
        separator: UInt8 = UInt8(ascii: ","), maximumRowBytes: Int = 1 << 20, readsNumbers: Bool = false
    ) {
        self.maximumRowBytes = maximumRowBytes
        scanner = CSVRowScanner(
            separator: separator, maximumRowBytes: maximumRowBytes, readsNumbers: readsNumbers)
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
                    headerProblem = take(bytes, onHeader, body)
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
    @inline(__always)
    private mutating func take(
        _ bytes: UnsafeBufferPointer<UInt8>, _ onHeader: ([String]) -> Void, _ body: (borrowing CSVRowView) -> Void
    ) -> StewardError? {
        guard !scanner.row.isEmpty else { return nil }
        if columnCount != nil {
            scanner.withRow(of: bytes, line: line, columns: columnCount, body)
            return nil
        }
        let (names, problem) = scanner.withRow(of: bytes, line: line, columns: nil) { row in
            (row.problem == nil ? (0..<row.count).map { row.text($0) } : [], row.problem)
        }
        if let problem { return StewardError(.invalidInput, "line \(line), the header: \(problem)") }
        (header, columnCount) = (names, names.count)
        onHeader(names)
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
    let fields: UnsafeBufferPointer<CSVRowScanner.Field>
    let unquoted: UnsafeBufferPointer<UInt8>
    let source: UnsafeBufferPointer<UInt8>

    /// How many fields there are.
    package var count: Int { fields.count }

    /// The number that a field is, where the reader reads numbers and the field is a short decimal such as `-12.5`.
    ///
    /// - Returns: `nil` for all other fields, other notations of numbers among them: see ``text(_:)``.
    package func number(_ index: Int) -> Double? {
        let number = fields[index].number
        return number.isNaN ? nil : number
    }

    /// A field without its quotes.
    package func text(_ index: Int) -> String {
        let field = fields[index]
        let bytes = field.isUnquoted ? unquoted : source
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[field.range]), as: UTF8.self)
    }
}
