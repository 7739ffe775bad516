extension JSONScanner {
    /// Reads a string and checks its escapes and its UTF-8.
    package mutating func string() throws(JSONError) -> Text {
        skipWhitespace()
        guard offset < end, bytes[offset] == UInt8(ascii: "\"") else { throw expected("a string") }
        offset += 1
        let first = offset
        var escaped = false
        while true {
            offset = endOfPlainRun(in: bytes.span, from: offset, to: end, stopAtNonASCII: true)
            guard offset < end else { throw error("a string is not terminated", at: first - 1) }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return Text(range: first..<offset - 1, escaped: escaped)
            case UInt8(ascii: "\\"):
                escaped = true
                try skipEscape()
            case 0x80...:
                try skipMultibyte()
            case let control:
                let code = String(control, radix: 16, uppercase: true)
                throw error("the control character 0x\(code) must be escaped in a string")
            }
        }
    }

    /// The value of a string that was scanned.
    package func value(of text: Text) -> String {
        guard text.escaped else { return String(decoding: bytes[text.range], as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.range.count)
        var index = text.range.lowerBound
        while index < text.range.upperBound {
            let run = bytes[index..<text.range.upperBound].prefix { $0 != UInt8(ascii: "\\") }
            decoded.append(contentsOf: run)
            index = run.endIndex
            guard index + 1 < text.range.upperBound else { break }
            switch bytes[index + 1] {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                let (scalar, length) = escapedScalar(at: index) ?? ("\u{FFFD}", 6)
                decoded.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                index += length
                continue
            case let other: decoded.append(other)
            }
            index += 2
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private mutating func skipEscape() throws(JSONError) {
        guard offset + 1 < end else { throw error("a string is not terminated", at: end) }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            guard hexadecimal(at: offset + 2) != nil else {
                throw error("'\\u' must be followed by four hexadecimal digits")
            }
            guard let (_, length) = escapedScalar(at: offset) else {
                throw error("'\\u' escapes a lone surrogate, which is no character")
            }
            offset += length
        default:
            throw error("a string has an escape that JSON does not know: write '\\\\' for a backslash")
        }
    }

    /// The character that `\uXXXX`, or a surrogate pair of two of them, stands for, and its length in bytes.
    private func escapedScalar(at index: Int) -> (Unicode.Scalar, length: Int)? {
        guard let unit = hexadecimal(at: index + 2) else { return nil }
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        guard unit < 0xDC00, index + 7 < end, bytes[index + 6] == UInt8(ascii: "\\"),
            bytes[index + 7] == UInt8(ascii: "u"), let low = hexadecimal(at: index + 8), 0xDC00...0xDFFF ~= low,
            let scalar = Unicode.Scalar(0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { return nil }
        return (scalar, 12)
    }

    private func hexadecimal(at index: Int) -> UInt32? {
        guard index + 4 <= end else { return nil }
        var value: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }

    /// Passes over well-formed sequences of two to four bytes (Unicode 16, table 3-7).
    private mutating func skipMultibyte() throws(JSONError) {
        while offset < end, bytes[offset] >= 0x80 {
            let (length, second): (Int, ClosedRange<UInt8>)
            switch bytes[offset] {
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: throw error("a string is not valid UTF-8")
            }
            guard offset + length <= end, second ~= bytes[offset + 1],
                length < 3 || bytes[offset + 2] & 0xC0 == 0x80,
                length < 4 || bytes[offset + 3] & 0xC0 == 0x80
            else { throw error("a string is not valid UTF-8") }
            offset += length
        }
    }
}

/// Where a run of bytes that a JSON string holds as they are ends: at a quote, a backslash, a control character, where
/// asked at a byte beyond ASCII, or at `end`.
///
/// Eight bytes at a time: subtracting borrows into the top bit of each byte below a bound. A borrow that runs on
/// into the next byte can only mark bytes behind the first marked one, and only the first is asked for.
func endOfPlainRun(in bytes: Span<UInt8>, from start: Int, to end: Int, stopAtNonASCII: Bool) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let raw = bytes.bytes
    var index = start
    while index + 8 <= end {
        let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        let below = (word &- (ones &* 0x20)) | (quotes &- ones) | (backslashes &- ones)
        let marked = (stopAtNonASCII ? (below & ~word) | word : below & ~word) & tops
        if marked != 0 { return index + marked.trailingZeroBitCount / 8 }
        index += 8
    }
    while index < end {
        let byte = bytes[index]
        if byte < 0x20 || byte == 0x22 || byte == 0x5C || (stopAtNonASCII && byte >= 0x80) { break }
        index += 1
    }
    return index
}
