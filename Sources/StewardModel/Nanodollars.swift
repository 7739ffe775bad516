/// An amount of US dollars as a whole number of nanodollars (1 USD = 10⁹).
///
/// Range ±9.2 billion dollars. Sums are checked: an overflow traps, because no ledger that holds it could be right.
package struct Nanodollars: Sendable, Hashable, Comparable, AdditiveArithmetic {
    package var amount: Int64

    package init(_ amount: Int64) { self.amount = amount }

    package static let zero = Nanodollars(0)
    package static func < (left: Self, right: Self) -> Bool { left.amount < right.amount }
    package static func + (left: Self, right: Self) -> Self { Self(left.amount + right.amount) }
    package static func - (left: Self, right: Self) -> Self { Self(left.amount - right.amount) }

    /// A decimal string of dollars without an exponent, such as `0.001234`: exact, with at least two and at most nine
    /// decimal places.
    package var dollars: String {
        let digits = String(amount.magnitude)
        let padded = String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
        var fraction = padded.suffix(9)
        while fraction.utf8.count > 2, fraction.last == "0" { fraction.removeLast() }
        return (amount < 0 ? "-" : "") + padded.dropLast(9) + "." + fraction
    }

    /// Reads a decimal string of dollars with at most `places` decimal places and returns it in units of 10⁻ᵖˡᵃᶜᵉˢ
    /// dollars; `nil` where the text is no such number, has more places, or does not fit.
    ///
    /// Price catalogues use this with `places: 6`: dollars per million tokens become picodollars per token.
    package static func fixedPoint(_ text: some StringProtocol, places: Int) -> Int64? {
        var digits = Array(text.utf8)[...]
        let negative = digits.first == UInt8(ascii: "-")
        if negative { digits = digits.dropFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty else { return nil }
        var fraction = parts.count == 2 ? parts[1] : whole[whole.endIndex...]
        if parts.count == 2, fraction.isEmpty { return nil }
        while fraction.count > places, fraction.last == UInt8(ascii: "0") { fraction = fraction.dropLast() }
        guard fraction.count <= places else { return nil }
        var value: Int64 = 0
        for digit in whole + fraction + Array(repeating: UInt8(ascii: "0"), count: places - fraction.count) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return negative ? -value : value
    }

    /// Rounds picodollars (10⁻¹² USD) to the nearest nanodollar, ties to even: the one rounding an event's cost sees.
    package init(roundingPicodollars picodollars: Int64) {
        let (quotient, remainder) = picodollars.quotientAndRemainder(dividingBy: 1000)
        let twice = abs(remainder) * 2
        let away = twice > 1000 || (twice == 1000 && quotient % 2 != 0)
        self.init(away ? quotient + (picodollars < 0 ? -1 : 1) : quotient)
    }
}
