/// A pull scanner over one JSON text (RFC 8259): the caller asks for what it expects, and what it does not want is
/// skipped, validated all the same.
///
/// It accepts what the grammar of RFC 8259 accepts, less what cannot be kept faithfully: bytes that are not UTF-8,
/// escapes of lone surrogates, numbers beyond the range of `Double`, and nesting beyond ``maximumDepth``. Skipping
/// does not recurse. Names that occur twice in an object are the caller's to judge: ``JSONUniqueNames`` tells.
///
/// A scanner has one place in its text and is never copied: copies would count references on the intake path.
package struct JSONScanner: ~Copyable, Sendable {
    package let bytes: [UInt8]
    /// Where the next token is looked for.
    package internal(set) var offset: Int
    let end: Int
    let maximumDepth: Int
    private let start: Int
    private let firstLine: Int
    private var depth = 0

    /// One bit of a 128-bit word remembers each level that ``skipValue()`` is in.
    package static let deepest = 128

    package enum Kind: Sendable { case object, array, string, number, bool, null }

    /// A string that was scanned, where it stands between its quotes.
    package struct Text: Sendable {
        package var range: Range<Int>
        /// Whether it has escapes, so that its bytes are not its value.
        package var escaped: Bool
    }

    /// A number that was scanned.
    package struct Number: Sendable {
        package var range: Range<Int>
        /// Whether it has neither a fraction nor an exponent.
        package var isInteger: Bool
    }

    /// Scans `bytes`, or only a range of them, such as one line of many.
    ///
    /// - Parameters:
    ///   - firstLine: the line number of the range's first line, for error positions.
    ///   - maximumDepth: how many arrays and objects may be open at once, at most ``deepest``.
    package init(
        _ bytes: [UInt8], in range: Range<Int>? = nil, firstLine: Int = 1, maximumDepth: Int = JSONScanner.deepest
    ) {
        let range = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
        self.bytes = bytes
        self.offset = range.lowerBound
        self.start = range.lowerBound
        self.end = range.upperBound
        self.firstLine = firstLine
        self.maximumDepth = min(maximumDepth, Self.deepest)
    }

    // MARK: - Structure

    /// What the next value is, without reading it.
    package mutating func kind() throws(JSONError) -> Kind {
        skipWhitespace()
        guard offset < end else { throw expected("a value") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw expected("a value")
        }
    }

    /// Reads `{` and says whether a member follows; an empty object is read whole.
    package mutating func enterObject() throws(JSONError) -> Bool {
        try enter(UInt8(ascii: "{"), until: UInt8(ascii: "}"), "an object")
    }

    /// Reads a member's name and the colon behind it.
    package mutating func memberName() throws(JSONError) -> Text {
        skipWhitespace()
        guard offset < end, bytes[offset] == UInt8(ascii: "\"") else {
            throw expected("a member name in double quotes")
        }
        let name = try string()
        skipWhitespace()
        guard offset < end, bytes[offset] == UInt8(ascii: ":") else { throw expected("':' after a member name") }
        offset += 1
        return name
    }

    /// After a member's value: true when another member follows, false when the object has ended.
    package mutating func nextMember() throws(JSONError) -> Bool {
        try next(until: UInt8(ascii: "}"), "',' or '}' after a member")
    }

    /// Reads `[` and says whether an element follows; an empty array is read whole.
    package mutating func enterArray() throws(JSONError) -> Bool {
        try enter(UInt8(ascii: "["), until: UInt8(ascii: "]"), "an array")
    }

    /// After an element: true when another element follows, false when the array has ended.
    package mutating func nextElement() throws(JSONError) -> Bool {
        try next(until: UInt8(ascii: "]"), "',' or ']' after an element")
    }

    private mutating func enter(_ open: UInt8, until close: UInt8, _ name: StaticString) throws(JSONError) -> Bool {
        skipWhitespace()
        guard offset < end, bytes[offset] == open else { throw expected("\(name)") }
        guard depth < maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
        offset += 1
        skipWhitespace()
        if offset < end, bytes[offset] == close {
            offset += 1
            return false
        }
        depth += 1
        return true
    }

    private mutating func next(until close: UInt8, _ description: StaticString) throws(JSONError) -> Bool {
        skipWhitespace()
        guard offset < end else { throw expected("\(description)") }
        if bytes[offset] == UInt8(ascii: ",") {
            offset += 1
            return true
        }
        guard bytes[offset] == close else { throw expected("\(description)") }
        offset += 1
        depth -= 1
        return false
    }

    /// Checks and passes over one value of any kind; returns where it stands.
    @discardableResult
    package mutating func skipValue() throws(JSONError) -> Range<Int> {
        skipWhitespace()
        let first = offset
        let outer = depth
        // The innermost open level is bit 0; set bits are objects.
        var objects: UInt128 = 0
        repeat {
            switch try kind() {
            case .object:
                if try enterObject() {
                    objects = objects << 1 | 1
                    _ = try memberName()
                    continue
                }
            case .array:
                if try enterArray() {
                    objects <<= 1
                    continue
                }
            case .string: _ = try string()
            case .number: _ = try number()
            case .bool: _ = try bool()
            case .null: try null()
            }
            while depth > outer {
                if objects & 1 == 1 {
                    if try nextMember() {
                        _ = try memberName()
                        break
                    }
                } else if try nextElement() {
                    break
                }
                objects >>= 1
            }
        } while depth > outer
        return first..<offset
    }

    /// Checks that nothing but white space is left.
    package mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard offset == end else { throw expected("the end of the text") }
    }

    // MARK: - Literals

    package mutating func bool() throws(JSONError) -> Bool {
        skipWhitespace()
        let value = offset < end && bytes[offset] == UInt8(ascii: "t")
        try literal(value ? "true" : "false")
        return value
    }

    package mutating func null() throws(JSONError) {
        skipWhitespace()
        try literal("null")
    }

    private mutating func literal(_ name: StaticString) throws(JSONError) {
        let count = name.utf8CodeUnitCount
        var index = 0
        while index < count, offset + index < end, bytes[offset + index] == name.utf8Start[index] { index += 1 }
        guard index == count else { throw expected("'\(name)'", at: offset + index) }
        offset += count
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while offset < end {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    // MARK: - Errors

    /// An error at the place where something else was found; shows at most one ASCII character of the input.
    func expected(_ what: String, at place: Int? = nil) -> JSONError {
        let place = place ?? offset
        guard place < end else { return error("expected \(what), found the end of the text", at: end) }
        let byte = bytes[place]
        if byte == 0xEF, place == start {
            return error("expected \(what), found a byte order mark: send plain UTF-8", at: place)
        }
        let found =
            0x21...0x7E ~= byte
            ? "'\(Character(Unicode.Scalar(byte)))'" : "the byte 0x\(String(byte, radix: 16, uppercase: true))"
        return error("expected \(what), found \(found)", at: place)
    }

    @inline(never)
    package func error(_ reason: String, at place: Int? = nil) -> JSONError {
        let place = min(place ?? offset, end)
        var (line, column) = (firstLine, 1)
        for byte in bytes[start..<max(place, start)] {
            if byte == 0x0A {
                (line, column) = (line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return JSONError(offset: place, line: line, column: column, reason: reason)
    }
}
