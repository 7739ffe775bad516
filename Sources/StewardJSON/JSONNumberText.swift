/// Appends a `Double` as ECMAScript writes it (ECMA-262, Number::toString with radix 10), which RFC 8785 requires:
/// the fewest digits that read back as the same value; `null` for NaN and infinities.
func appendECMAScript(_ value: Double, to bytes: inout [UInt8]) {
    guard value.isFinite else {
        bytes.append(contentsOf: "null".utf8)
        return
    }
    if let integer = Int64(exactly: value), integer.magnitude < 1 << 53 {
        appendDecimal(integer, to: &bytes)
        return
    }
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let (digits, exponent) = shortestDigits(of: value.magnitude)
    let zero = UInt8(ascii: "0")
    let point = UInt8(ascii: ".")
    switch exponent {
    case digits.count...21:
        bytes.append(contentsOf: digits)
        bytes.append(contentsOf: repeatElement(zero, count: exponent - digits.count))
    case 1..<digits.count:
        bytes.append(contentsOf: digits[..<exponent])
        bytes.append(point)
        bytes.append(contentsOf: digits[exponent...])
    case -5...0:
        bytes.append(zero)
        bytes.append(point)
        bytes.append(contentsOf: repeatElement(zero, count: -exponent))
        bytes.append(contentsOf: digits)
    default:
        bytes.append(digits[0])
        if digits.count > 1 {
            bytes.append(point)
            bytes.append(contentsOf: digits[1...])
        }
        bytes.append(UInt8(ascii: "e"))
        bytes.append(exponent > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
        appendDecimal(Int64(abs(exponent - 1)), to: &bytes)
    }
}

/// Appends the decimal digits of an integer.
func appendDecimal(_ value: Int64, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let first = bytes.count
    repeat {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        bytes.append(UInt8(ascii: "0") + UInt8(digit))
        rest = quotient
    } while rest > 0
    bytes[first...].reverse()
}

/// The shortest digits d₁…dₙ (d₁ and dₙ not 0) and the exponent e with value = 0.d₁…dₙ × 10ᵉ, for a finite value
/// above zero, taken from the standard library's own shortest text.
private func shortestDigits(of value: Double) -> (digits: [UInt8], exponent: Int) {
    var digits: [UInt8] = []
    var exponent = 0
    var pointSeen = false
    let text = Array(value.description.utf8)
    var index = 0
    while index < text.count {
        switch text[index] {
        case UInt8(ascii: "."):
            pointSeen = true
        case UInt8(ascii: "e"):
            exponent += Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
            index = text.count
        case let digit:
            if digits.isEmpty, digit == UInt8(ascii: "0") {
                exponent -= pointSeen ? 1 : 0
            } else {
                digits.append(digit)
                exponent += pointSeen ? 0 : 1
            }
        }
        index += 1
    }
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return (digits, exponent)
}
