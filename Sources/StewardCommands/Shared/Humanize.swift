import StewardModel

/// Numbers, amounts and times as people read them. Machines get `--output json`, where everything is exact.
enum Humanize {
    /// What stands where nothing was measured: not a zero.
    static let absent = "–"

    /// `1,234,567`
    static func count(_ value: Int64) -> String {
        let digits = Array(String(value.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }

    /// `3 events`, `1 event`
    static func count(_ value: Int64, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// Decimal places without an exponent: `decimal(0.1234, places: 2)` is `0.12`. Infinity and NaN are absent.
    static func decimal(_ value: Double, places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { product, _ in product * 10 }
        let scaled = (value.magnitude * scale).rounded(.toNearestOrEven)
        guard scaled < 9e15 else { return value.isFinite ? "\(value)" : absent }
        let digits = String(Int64(scaled))
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let whole = Int64(padded.dropLast(places)) ?? 0
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return sign + count(whole) + (places == 0 ? "" : "." + padded.suffix(places))
    }

    /// A number of unknown size with about three digits that count, for thresholds and measured values.
    static func number(_ value: Double) -> String {
        let size = value.magnitude
        let places = size == 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
        var text = decimal(value, places: places)
        guard text.contains(".") else { return text }
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        if text == "0" || text == "-0" { return "\(value)" }
        return text
    }

    /// A share of one as a percentage: `0.0123` is `1.23%`.
    static func share(_ value: Double) -> String { decimal(value * 100, places: value.magnitude < 0.1 ? 2 : 1) + "%" }

    /// `$1,234.57`: dollars rounded to `places` decimals, ties to even; an amount that would round to zero is `<$0.01`.
    static func dollars(_ amount: Nanodollars, places: Int) -> String {
        let unit = (0..<max(0, 9 - places)).reduce(Int64(1)) { product, _ in product * 10 }
        let magnitude = amount.amount.magnitude
        let (whole, rest) = magnitude.quotientAndRemainder(dividingBy: UInt64(unit))
        var rounded = whole
        if rest * 2 > UInt64(unit) || (rest * 2 == UInt64(unit) && rounded % 2 == 1) { rounded += 1 }
        let digits = String(rounded == 0 && magnitude > 0 ? 1 : rounded)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let text = "$" + count(Int64(padded.dropLast(places)) ?? 0) + (places == 0 ? "" : "." + padded.suffix(places))
        if rounded == 0, magnitude > 0 { return (amount.amount < 0 ? ">-" : "<") + text }
        return (amount.amount < 0 ? "-" : "") + text
    }

    /// `1.5 KiB`, in powers of 1024.
    static func bytes(_ count: Int64) -> String {
        var (value, unit) = (Double(count), "B")
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
            (value, unit) = (value / 1024, next)
        }
        return decimal(value, places: unit == "B" || value >= 100 ? 0 : 1) + " " + unit
    }

    /// `850 ms`, `1.24 s`: latencies.
    static func milliseconds(_ value: Double) -> String {
        value < 1000 ? "\(decimal(value, places: 0)) ms" : "\(decimal(value / 1000, places: 2)) s"
    }

    static func latency(seconds: Double) -> String { milliseconds(seconds * 1000) }

    /// `42 s`, `5 min`, `3 h 20 min`, `12 d`: the two largest units, the second left out when it is zero.
    static func duration(seconds: Int64) -> String {
        let value = max(0, seconds)
        func pair(_ size: Int64, _ unit: String, _ lesserSize: Int64, _ lesser: String) -> String {
            let rest = value % size / lesserSize
            return "\(count(value / size)) \(unit)" + (rest == 0 ? "" : " \(rest) \(lesser)")
        }
        switch value {
        case ..<60: return "\(value) s"
        case ..<3600: return pair(60, "min", 1, "s")
        case ..<86_400: return pair(3600, "h", 60, "min")
        default: return pair(86_400, "d", 3600, "h")
        }
    }

    /// `2 min ago`: how long `time` lies before `now`, in its largest unit.
    static func ago(_ time: Timestamp, now: Timestamp) -> String {
        let seconds = now.seconds - time.seconds
        func largest(_ seconds: Int64) -> String {
            switch seconds {
            case ..<60: "\(seconds) s"
            case ..<3600: "\(seconds / 60) min"
            case ..<172_800: "\(seconds / 3600) h"
            default: "\(count(seconds / 86_400)) d"
            }
        }
        if seconds.magnitude < 1 { return "now" }
        return seconds > 0 ? "\(largest(seconds)) ago" : "in \(largest(-seconds))"
    }
}
