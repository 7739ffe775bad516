/// Reads the decimals that files are full of, such as `-12.5` and `1763.2e-3`, without making a text of them.
enum ShortDecimal {
    /// Those that `Double` holds exactly.
    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]

    /// Reads the decimal that begins at `start`, as far as it goes.
    ///
    /// The number is the nearest `Double`, and read only where that is certain: digits and power of ten are both exact
    /// in `Double`, so that a single multiplication or division rounds correctly (W. D. Clinger, "How to Read Floating
    /// Point Numbers Accurately", PLDI 1990).
    ///
    /// - Returns: the number and the index behind it; `nil` for all else: longer numbers, other notations, and what is
    ///   no number.
    @inline(__always)
    static func leading(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, until end: Int
    ) -> (value: Double, end: Int)? {
        var index = start
        guard index < end else { return nil }
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var digits: UInt64 = 0
        let whole = readDigits(bytes, &index, end, into: &digits)
        guard whole > 0 else { return nil }
        var places = 0
        if index < end, bytes[index] == UInt8(ascii: ".") {
            index += 1
            places = readDigits(bytes, &index, end, into: &digits)
            guard places > 0 else { return nil }
        }
        // More digits might have overflowed.
        guard whole + places <= 19, digits <= 1 << 53 else { return nil }
        var power = -places
        if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
            guard let exponent = exponent(bytes, &index, end) else { return nil }
            power += exponent
        }
        guard power != 0 else { return (isNegative ? -Double(digits) : Double(digits), index) }
        guard (-22...22).contains(power) else { return nil }
        let magnitude = power < 0 ? Double(digits) / powersOfTen[-power] : Double(digits) * powersOfTen[power]
        return (isNegative ? -magnitude : magnitude, index)
    }

    /// Reads digits behind those that were read before, eight bytes at a time: the lengths of numbers vary, and a loop
    /// over bytes pays for every wrong guess of where one ends (D. Lemire, "Number Parsing at a Gigabyte per Second",
    /// Software: Practice and Experience 51(8), 2021).
    ///
    /// - Returns: how many digits there were.
    @inline(__always)
    private static func readDigits(
        _ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ end: Int, into digits: inout UInt64
    ) -> Int {
        let start = index
        while end - index >= 8 {
            let eight = UInt64(
                littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let values = eight &- 0x3030_3030_3030_3030
            // The lowest set bit is that of the first byte outside 0x30...0x39; what borrows and carries do above it
            // does not matter.
            let strays = (values | (eight &+ 0x4646_4646_4646_4646)) & 0x8080_8080_8080_8080
            let count = strays.trailingZeroBitCount / 8
            if count == 0 { return index - start }
            digits = digits &* wholePowersOfTen[count] &+ joined(values << (64 - 8 * count))
            index += count
            if count < 8 { return index - start }
        }
        while index < end {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            digits = digits &* 10 &+ UInt64(digit)
            index += 1
        }
        return index - start
    }

    private static let wholePowersOfTen: [UInt64] = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
    ]

    /// The number whose eight digits stand in the bytes, the first one in the lowest: pairs, then fours, then all.
    @inline(__always)
    private static func joined(_ digits: UInt64) -> UInt64 {
        let pairs = digits &* 10 &+ (digits >> 8)
        let odd = (pairs & 0x0000_00FF_0000_00FF) &* (100 + 1_000_000 << 32)
        let even = ((pairs >> 16) & 0x0000_00FF_0000_00FF) &* (1 + 10_000 << 32)
        return (odd &+ even) >> 32
    }

    /// Reads from the `e` on; one of more than four digits is none.
    private static func exponent(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ end: Int) -> Int? {
        index += 1
        guard index < end else { return nil }
        let isDown = bytes[index] == UInt8(ascii: "-")
        if isDown || bytes[index] == UInt8(ascii: "+") { index += 1 }
        var digits: UInt64 = 0
        let count = readDigits(bytes, &index, end, into: &digits)
        guard (1...4).contains(count) else { return nil }
        return isDown ? -Int(digits) : Int(digits)
    }
}
