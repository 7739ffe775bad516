/// Reads the decimals that files are full of, such as `-12.5` and `1763.2e-3`, without making a text of them.
enum ShortDecimal {
    private static let powersOfTen: [Double] = (0...22).map { power in
        (0..<power).reduce(1.0) { product, _ in product * 10 }
    }

    /// The nearest `Double` where it is certain: digits and power of ten are both exact in `Double`, so that a single
    /// multiplication or division rounds correctly (W. D. Clinger, "How to Read Floating Point Numbers Accurately",
    /// PLDI 1990).
    ///
    /// - Returns: `nil` for all else: longer numbers, other notations, and what is no number.
    static func value(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        var index = 0
        let count = bytes.count
        guard count > 0 else { return nil }
        let isNegative = bytes[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        var digits: UInt64 = 0
        var (digitCount, places) = (0, 0)
        func digit(_ index: Int) -> UInt64? {
            let value = bytes[index] &- UInt8(ascii: "0")
            return value < 10 ? UInt64(value) : nil
        }
        while index < count, let next = digit(index) {
            digits = digits &* 10 &+ next
            digitCount += 1
            index += 1
        }
        guard digitCount > 0 else { return nil }
        if index < count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            while index < count, let next = digit(index) {
                digits = digits &* 10 &+ next
                places += 1
                index += 1
            }
            guard places > 0 else { return nil }
        }
        // More digits might have overflowed.
        guard digitCount + places <= 19, digits <= 1 << 53 else { return nil }
        var power = -places
        if index < count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            guard index < count else { return nil }
            let isDown = bytes[index] == UInt8(ascii: "-")
            if isDown || bytes[index] == UInt8(ascii: "+") { index += 1 }
            var (exponent, exponentDigits) = (0, 0)
            while index < count, exponentDigits < 4, let next = digit(index) {
                exponent = exponent * 10 + Int(next)
                exponentDigits += 1
                index += 1
            }
            guard exponentDigits > 0 else { return nil }
            power += isDown ? -exponent : exponent
        }
        guard index == count, (-22...22).contains(power) else { return nil }
        let magnitude =
            power < 0 ? Double(digits) / powersOfTen[-power] : Double(digits) * powersOfTen[power]
        return isNegative ? -magnitude : magnitude
    }
}
