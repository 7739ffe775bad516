/// Finds the fields of one row of CSV at a time in bytes that are all there.
struct CSVRowScanner: Sendable {
    /// Where the bytes of a field are: in the source, or in ``CSVRowScanner/unquoted`` when quotes had to be undone.
    struct Field: Sendable {
        var range: Range<Int>
        var isUnquoted: Bool
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
    private(set) var fields: [Field] = []
    private(set) var unquoted: [UInt8] = []
    /// The row in the source, without the line break.
    private(set) var row = 0..<0
    private(set) var problem: String?
    /// Whether it has bytes beyond ASCII, which may not be UTF-8.
    private(set) var hasHighBytes = false

    init(separator: UInt8, maximumRowBytes: Int) {
        self.separator = separator
        self.maximumRowBytes = maximumRowBytes
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
        var (fieldStart, unquotedStart) = (start, -1)
        // A row of more bytes ends where it becomes too long.
        let limit = maximumRowBytes < bytes.count - start ? start + maximumRowBytes : bytes.count
        while true {
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
                end(at: index, from: start, fieldStart, unquotedStart, state, bytes)
                hasHighBytes = high >= 0x80
                return End(next: index + 1, lineBreaks: lineBreaks + 1)
            }
            high |= byte
            if index == limit {
                problem = "the row is longer than \(maximumRowBytes) bytes; is a quoted field not closed?"
                end(at: index + 1, from: start, fieldStart, unquotedStart, state, bytes)
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
                endField(fieldStart..<index - 1, unquotedStart)
                (state, fieldStart, unquotedStart) = (.fieldStart, index, -1)
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
        end(at: bytes.count, from: start, fieldStart, unquotedStart, state, bytes)
        hasHighBytes = high >= 0x80
        return End(next: bytes.count, lineBreaks: lineBreaks)
    }

    private mutating func endField(_ range: Range<Int>, _ unquotedStart: Int) {
        fields.append(
            unquotedStart < 0
                ? Field(range: range, isUnquoted: false)
                : Field(range: unquotedStart..<unquoted.count, isUnquoted: true))
    }

    private mutating func end(
        at index: Int, from start: Int, _ fieldStart: Int, _ unquotedStart: Int, _ state: State,
        _ bytes: UnsafeBufferPointer<UInt8>
    ) {
        let hasReturn = index > start && bytes[index - 1] == 0x0D
        row = start..<(hasReturn ? index - 1 : index)
        let isPlain = state == .plain && fieldStart < index
        endField(fieldStart..<(hasReturn && isPlain ? index - 1 : index), unquotedStart)
    }
}
