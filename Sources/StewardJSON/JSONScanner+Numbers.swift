extension JSONScanner {
    /// Reads a number. One beyond the range of `Double` is refused, since no reader could keep it.
    package mutating func number() throws(JSONError) -> Number {
        skipWhitespace()
        let first = offset
        if offset < end, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let leading = offset
        guard skipDigits() > 0 else { throw expected("a digit") }
        if bytes[leading] == UInt8(ascii: "0"), offset > leading + 1 {
            throw error("a number must not begin with 0", at: leading)
        }
        var isInteger = true
        var checkRange = offset - leading > 300
        if offset < end, bytes[offset] == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            guard skipDigits() > 0 else { throw expected("a digit after the decimal point") }
        }
        if offset < end, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            checkRange = true
            offset += 1
            if offset < end, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
            guard skipDigits() > 0 else { throw expected("a digit in the exponent") }
        }
        let number = Number(range: first..<offset, isInteger: isInteger)
        if checkRange, !double(number).isFinite { throw error("a number is out of range", at: first) }
        return number
    }

    /// The exact value, or `nil` where the number has a fraction or an exponent or does not fit.
    package func int64(_ number: Number) -> Int64? {
        guard number.isInteger else { return nil }
        var index = number.range.lowerBound
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        // Counting down from zero reaches Int64.min, which counting up would miss.
        var value: Int64 = 0
        while index < number.range.upperBound {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, borrow) = scaled.subtractingReportingOverflow(Int64(bytes[index] - UInt8(ascii: "0")))
            if overflow || borrow { return nil }
            value = sum
            index += 1
        }
        if negative { return value }
        return value == .min ? nil : -value
    }

    /// The nearest `Double`, always finite for a number that ``number()`` returned.
    package func double(_ number: Number) -> Double {
        shortDecimal(number) ?? Double(String(decoding: bytes[number.range], as: UTF8.self)) ?? .infinity
    }

    /// A decimal whose digits and power of ten are both exact in `Double`: one multiplication or division then rounds
    /// correctly (Clinger, "How to read floating point numbers accurately", 1990).
    private func shortDecimal(_ number: Number) -> Double? {
        guard number.range.count <= 17 else { return nil }
        var digits: UInt64 = 0
        var places = 0
        var pointSeen = false
        var index = number.range.lowerBound
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        while index < number.range.upperBound {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: ".") {
                pointSeen = true
            } else if byte <= UInt8(ascii: "9"), byte >= UInt8(ascii: "0") {
                digits = digits &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
                places += pointSeen ? 1 : 0
            } else {
                return nil
            }
        }
        guard digits <= 1 << 53 else { return nil }
        let magnitude = Double(digits) / Self.powersOfTen[places]
        return negative ? -magnitude : magnitude
    }

    private mutating func skipDigits() -> Int {
        let first = offset
        while offset < end, bytes[offset] &- UInt8(ascii: "0") <= 9 { offset += 1 }
        return offset - first
    }

    /// 10⁰ to 10²², the powers that `Double` holds exactly.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
