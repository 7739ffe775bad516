import StewardJSON

/// Spans of time as people write them: a whole number and one unit, such as `250ms`, `90s`, `5m`, `1h`, `7d`.
package enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    static let schema: JSONValue = ["type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"]

    /// `nil` where the text is no such span, is negative, or is longer than 100 years.
    package static func parse(_ text: some StringProtocol) -> Duration? {
        let digits = text.prefix { "0" <= $0 && $0 <= "9" }
        guard let count = Int64(digits), let unit = units.first(where: { $0.suffix == text[digits.endIndex...] }),
            count <= 36_525 * 86_400_000 / unit.milliseconds
        else { return nil }
        return .milliseconds(count * unit.milliseconds)
    }

    /// In the largest unit that is exact; whole milliseconds are the smallest.
    package static func format(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        let whole = Int64(milliseconds.rounded())
        let unit = units.last { whole % $0.milliseconds == 0 && abs(whole) >= $0.milliseconds } ?? units[1]
        return "\(whole / unit.milliseconds)\(unit.suffix)"
    }
}
