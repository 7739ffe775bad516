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

    private enum State { case fieldStart, plain, quoted, quoteInQuoted, lineEnd, skippingLine }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The names of the columns; `nil` until the header has been read.
    package private(set) var header: [String]?
    private let separator: UInt8
    private let maximumRowBytes: Int

    private var state = State.fieldStart
    private var line = 1
    private var rowLine = 1
    private var raw: [UInt8] = []
    private var field: [UInt8] = []
    private var fields: [[UInt8]] = []
    private var problem: String?
    private var rows: [Row] = []
    private var headerProblem: StewardError?
    /// How much of a byte order mark the file has begun with; `nil` behind it.
    private var markedBytes: Int? = 0

    /// - Parameter maximumRowBytes: a longer row is reported and dropped, which also bounds what a quote that is never
    ///   closed can swallow.
    package init(separator: UInt8 = UInt8(ascii: ","), maximumRowBytes: Int = 1 << 20) {
        self.separator = separator
        self.maximumRowBytes = maximumRowBytes
    }

    /// Takes the next bytes of the file and returns the rows that they complete.
    ///
    /// - Throws: `invalidInput` when the header cannot be read.
    package mutating func read(_ chunk: some Sequence<UInt8>) throws(StewardError) -> [Row] {
        for byte in chunk {
            if let marked = markedBytes { takeMark(byte, marked) } else { take(byte) }
        }
        return try takeRows()
    }

    /// Ends the file: returns the last row when no line break followed it.
    package mutating func finish() throws(StewardError) -> [Row] {
        if let marked = markedBytes { for byte in Self.byteOrderMark.prefix(marked) { take(byte) } }
        if state == .quoted { problem = "a quoted field is not closed before the end of the file" }
        if state != .skippingLine { endRow() }
        return try takeRows()
    }

    private mutating func takeRows() throws(StewardError) -> [Row] {
        if let headerProblem { throw headerProblem }
        defer { rows = [] }
        return rows
    }

    private mutating func takeMark(_ byte: UInt8, _ marked: Int) {
        let matches = byte == Self.byteOrderMark[marked]
        markedBytes = matches && marked < 2 ? marked + 1 : nil
        guard !matches else { return }
        for byte in Self.byteOrderMark.prefix(marked) { take(byte) }
        take(byte)
    }

    private mutating func take(_ byte: UInt8) {
        if byte == 0x0A { line += 1 }
        if byte == 0x0A, state != .quoted {
            if state != .skippingLine { endRow() }
            startRow()
            return
        }
        guard state != .skippingLine else { return }
        raw.append(byte)
        if raw.count > maximumRowBytes {
            problem = "the row is longer than \(maximumRowBytes) bytes; is a quoted field not closed?"
            endRow()
            if byte == 0x0A { startRow() } else { state = .skippingLine }
            return
        }
        switch (state, byte) {
        case (.fieldStart, UInt8(ascii: "\"")): state = .quoted
        case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
        case (.quoted, _): field.append(byte)
        case (.quoteInQuoted, UInt8(ascii: "\"")):
            field.append(byte)
            state = .quoted
        case (_, separator): endField()
        // The carriage return of a CRLF; endRow() takes it off a field without quotes.
        case (.quoteInQuoted, 0x0D): state = .lineEnd
        case (.quoteInQuoted, _), (.lineEnd, _):
            problem = problem ?? "column \(fields.count + 1) has text behind its closing quote"
            state = .plain
        default:
            if byte == UInt8(ascii: "\"") {
                problem = problem ?? "column \(fields.count + 1) has a quote but does not begin with one"
            }
            field.append(byte)
            state = .plain
        }
    }

    private mutating func endField() {
        fields.append(field)
        field.removeAll(keepingCapacity: true)
        state = .fieldStart
    }

    private mutating func startRow() {
        state = .fieldStart
        rowLine = line
        raw.removeAll(keepingCapacity: true)
        field.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        problem = nil
    }

    private mutating func endRow() {
        if raw.last == 0x0D {
            raw.removeLast()
            if state == .plain, field.last == 0x0D { field.removeLast() }
        }
        guard !raw.isEmpty else { return }
        endField()
        let texts = fields.compactMap { String(validating: $0, as: UTF8.self) }
        if texts.count != fields.count { problem = problem ?? "the row is not valid UTF-8" }
        if let header {
            if texts.count != header.count {
                problem = problem ?? "the row has \(fields.count) columns, the header has \(header.count)"
            }
            rows.append(Row(line: rowLine, fields: problem == nil ? texts : [], bytes: raw, problem: problem))
        } else if let problem {
            headerProblem = StewardError(.invalidInput, "line \(rowLine), the header: \(problem)")
        } else {
            header = texts
        }
    }
}
