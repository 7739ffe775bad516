/// Finds the fields of one row of CSV at a time in bytes that are all there.
struct CSVRowScanner: Sendable {
    /// Where the bytes of a field are: in the source, or in ``CSVRowScanner/unquoted`` when quotes had to be undone.
    struct Field: Sendable {
        var range: Range<Int>
        var isUnquoted: Bool
        /// What the field says, where numbers are read and it is a short decimal; NaN elsewhere.
        var number = Double.nan
    }

    /// Where a row ended.
    struct End {
        /// Where the next row begins.
        var next: Int
        var lineBreaks: Int
        /// The row was too long: what is left of its line is to be passed over.
        var skipsLine = false
    }

    private enum State { case fieldStart, plain, quoted, quoteInQuoted, lineEnd }

    private let separator: UInt8
    private let maximumRowBytes: Int
    private let readsNumbers: Bool
    private var fields: [Field] = []
    /// What quoted fields say, one behind the other.
    private var unquoted: [UInt8] = []
    /// The row in the source, without the line break.
    private(set) var row = 0..<0
    private var problem: String?
    /// Whether it has bytes beyond ASCII, which may not be UTF-8.
    private var hasHighBytes = false

    /// - Parameter readsNumbers: whether fields are read as decimals in passing, which is cheaper than afterwards.
    init(separator: UInt8, maximumRowBytes: Int, readsNumbers: Bool) {
        self.separator = separator
        self.maximumRowBytes = maximumRowBytes
        self.readsNumbers = readsNumbers
    }

    /// Shows the row that was scanned last, which is the caller's turn to judge.
    @inline(__always)
    func withRow<Result>(
        of source: UnsafeBufferPointer<UInt8>, line: Int, columns: Int?, _ body: (borrowing CSVRowView) -> Result
    ) -> Result {
        fields.withUnsafeBufferPointer { fields in
            unquoted.withUnsafeBufferPointer { unquoted in
                let bytes = UnsafeBufferPointer(rebasing: source[row])
                let problem =
                    problem ?? Self.problem(bytes, hasHighBytes: hasHighBytes, columns: columns, found: fields.count)
                return body(
                    CSVRowView(
                        line: line, problem: problem, bytes: bytes, fields: fields, unquoted: unquoted, source: source))
            }
        }
    }

    @inline(__always)
    private static func problem(
        _ bytes: UnsafeBufferPointer<UInt8>, hasHighBytes: Bool, columns: Int?, found: Int
    ) -> String? {
        if hasHighBytes, String(validating: bytes, as: UTF8.self) == nil { return "the row is not valid UTF-8" }
        guard let columns, columns != found else { return nil }
        return "the row has \(found) columns, the header has \(columns)"
    }

    /// Scans the row that begins at `start`.
    ///
    /// - Parameter isLast: whether the end of the bytes ends the row, too.
    /// - Returns: `nil` when the row goes on behind the bytes.
    mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool) -> End? {
        let (separator, quote) = (separator, UInt8(ascii: "\""))
        fields.removeAll(keepingCapacity: true)
        unquoted.removeAll(keepingCapacity: true)
        problem = nil
        var (state, index, high, lineBreaks) = (State.fieldStart, start, UInt8(0), 0)
        var (fieldStart, unquotedStart, number) = (start, -1, Double.nan)
        // A row of more bytes ends where it becomes too long.
        let limit = maximumRowBytes < bytes.count - start ? start + maximumRowBytes : bytes.count
        while true {
            while readsNumbers, state == .fieldStart,
                let decimal = Self.decimal(bytes, from: index, until: limit, before: separator)
            {
                index = decimal.end
                if bytes[index] == separator {
                    fields.append(Field(range: fieldStart..<index, isUnquoted: false, number: decimal.value))
                    index += 1
                    fieldStart = index
                } else {
                    (number, state) = (decimal.value, .plain)
                }
            }
            if state == .plain || state == .fieldStart {
                // The usual way through a field: nothing but bytes.
                while index < limit {
                    let byte = bytes[index]
                    if byte == separator || byte == 0x0A || byte == quote { break }
                    high |= byte
                    index += 1
                    state = .plain
                }
            }
            guard index < bytes.count else { break }
            let byte = bytes[index]
            if byte == 0x0A, state != .quoted {
                end(at: index, from: start, fieldStart, unquotedStart, number, state, bytes)
                hasHighBytes = high >= 0x80
                return End(next: index + 1, lineBreaks: lineBreaks + 1)
            }
            high |= byte
            if index == limit {
                problem = "the row is longer than \(maximumRowBytes) bytes; is a quoted field not closed?"
                end(at: index + 1, from: start, fieldStart, unquotedStart, number, state, bytes)
                let isBreak = byte == 0x0A
                return End(next: index + 1, lineBreaks: lineBreaks + (isBreak ? 1 : 0), skipsLine: !isBreak)
            }
            if byte == 0x0A { lineBreaks += 1 }
            index += 1
            switch (state, byte) {
            case (.fieldStart, quote): (state, unquotedStart) = (.quoted, unquoted.count)
            case (.quoted, quote): state = .quoteInQuoted
            case (.quoted, _): unquoted.append(byte)
            case (.quoteInQuoted, quote):
                unquoted.append(byte)
                state = .quoted
            case (_, separator):
                endField(fieldStart..<index - 1, unquotedStart, number)
                (state, fieldStart, unquotedStart, number) = (.fieldStart, index, -1, .nan)
            // The carriage return of a CRLF.
            case (.quoteInQuoted, 0x0D): state = .lineEnd
            case (.quoteInQuoted, _), (.lineEnd, _):
                problem = problem ?? "column \(fields.count + 1) has text behind its closing quote"
                state = .plain
            default:
                // A plain field has met a quote: the rest was passed above.
                problem = problem ?? "column \(fields.count + 1) has a quote but does not begin with one"
                state = .plain
            }
        }
        guard isLast else { return nil }
        if state == .quoted { problem = "a quoted field is not closed before the end of the file" }
        end(at: bytes.count, from: start, fieldStart, unquotedStart, number, state, bytes)
        hasHighBytes = high >= 0x80
        return End(next: bytes.count, lineBreaks: lineBreaks)
    }

    /// The decimal that fills the field which begins at `start`, if one does and its end is in sight.
    @inline(__always)
    private static func decimal(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, until limit: Int, before separator: UInt8
    ) -> (value: Double, end: Int)? {
        guard let read = ShortDecimal.leading(bytes, from: start, until: limit), read.end < limit else { return nil }
        let next = bytes[read.end]
        let isEnd =
            next == separator || next == 0x0A
            || (next == 0x0D && read.end + 1 < limit && bytes[read.end + 1] == 0x0A)
        return isEnd ? read : nil
    }

    private mutating func endField(_ range: Range<Int>, _ unquotedStart: Int, _ number: Double) {
        fields.append(
            unquotedStart < 0
                ? Field(range: range, isUnquoted: false, number: number)
                : Field(range: unquotedStart..<unquoted.count, isUnquoted: true))
    }

    private mutating func end(
        at index: Int, from start: Int, _ fieldStart: Int, _ unquotedStart: Int, _ number: Double, _ state: State,
        _ bytes: UnsafeBufferPointer<UInt8>
    ) {
        let hasReturn = index > start && bytes[index - 1] == 0x0D
        row = start..<(hasReturn ? index - 1 : index)
        let isPlain = state == .plain && fieldStart < index
        endField(fieldStart..<(hasReturn && isPlain ? index - 1 : index), unquotedStart, number)
    }
}
