/// Appends JSON text to a buffer of its own, placing the commas.
///
/// The caller keeps the order: in an object every value follows its ``key(_:)``, and whatever is begun is ended.
/// Strings are escaped as RFC 8785 section 3.2.2.2 says, numbers written as its section 3.2.2.3 says; a number that
/// JSON cannot write (NaN, infinity) becomes `null`.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(reserving capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Ends a line of JSON Lines: what follows is a new text.
    package mutating func endLine() {
        bytes.append(0x0A)
        needsComma = false
    }

    package mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        appendQuoted(value)
    }

    package mutating func integer(_ value: Int64) {
        separate()
        appendDecimal(value, to: &bytes)
    }

    package mutating func double(_ value: Double) {
        separate()
        appendECMAScript(value, to: &bytes)
    }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: value ? Self.trueBytes : Self.falseBytes)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: Self.nullBytes)
    }

    /// Appends bytes that are a JSON value already.
    package mutating func raw(_ value: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    private static let trueBytes = Array("true".utf8)
    private static let falseBytes = Array("false".utf8)
    private static let nullBytes = Array("null".utf8)

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func appendQuoted(_ value: String) {
        var value = value
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8 { text in
            var start = 0
            while true {
                let stop = endOfPlainRun(in: text.span, from: start, to: text.count, stopAtNonASCII: false)
                bytes.append(contentsOf: text[start..<stop])
                guard stop < text.count else { break }
                appendEscape(of: text[stop])
                start = stop + 1
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0..<0x20:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(UInt8(ascii: "0") + byte >> 4)
            bytes.append(Self.hexadecimalDigits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }

    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
}

// MARK: - Whole members

extension JSONWriter {
    /// Writes an object whose members `body` writes.
    package mutating func object<Failure: Error>(
        _ name: String? = nil, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        if let name { key(name) }
        beginObject()
        try body(&self)
        endObject()
    }

    /// Writes an array whose elements `body` writes.
    package mutating func array<Failure: Error>(
        _ name: String? = nil, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        if let name { key(name) }
        beginArray()
        try body(&self)
        endArray()
    }

    /// Writes a member; what is absent is written as `null`.
    package mutating func member(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Int64?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Int?) { member(name, value.map { Int64($0) }) }

    package mutating func member(_ name: String, _ value: Double?) {
        key(name)
        if let value { double(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Bool?) {
        key(name)
        if let value { bool(value) } else { null() }
    }
}
