/// An instant as microseconds since 1970-01-01T00:00:00Z, leap seconds ignored as in Unix time.
///
/// Range: the years 0001 to 9999, which is what RFC 3339 can write.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

    package static let earliest = Timestamp(seconds: -62_135_596_800)
    package static let latest = Timestamp(microseconds: 253_402_300_799_999_999)

    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    package static func + (left: Self, right: Duration) -> Self {
        Timestamp(microseconds: left.microseconds + right.wholeMicroseconds)
    }
    package static func - (left: Self, right: Duration) -> Self {
        Timestamp(microseconds: left.microseconds - right.wholeMicroseconds)
    }
    package static func - (left: Self, right: Self) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    /// Whole minutes since the epoch, rounded down: the key of a minute's rollups.
    package var minute: Int64 { floorDivide(microseconds, 60_000_000) }
    package init(minute: Int64) { self.init(microseconds: minute * 60_000_000) }

    /// Whole seconds since the epoch, rounded down.
    package var seconds: Int64 { floorDivide(microseconds, 1_000_000) }

    /// The UTC calendar day, as `2026-03-03`.
    package var day: String { String(rfc3339.prefix(10)) }
}

extension Duration {
    /// The duration in whole microseconds, rounded toward zero.
    package var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
    package static func minutes(_ count: Int64) -> Duration { .seconds(count * 60) }
}

/// Integer division that rounds toward negative infinity; `divisor` > 0.
package func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}

// MARK: - RFC 3339

extension Timestamp {
    /// UTC with as many fractional digits as needed: none, three or six (`2026-03-03T14:03:00.250Z`).
    package var rfc3339: String {
        let (days, inDay) = (floorDivide(microseconds, 86_400_000_000), microseconds)
        let rest = inDay - days * 86_400_000_000
        let (year, month, day) = Self.civil(daysSinceEpoch: days)
        let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000)
        var text = ""
        text.reserveCapacity(27)
        text.append(Self.padded(year, 4))
        text.append("-" + Self.padded(month, 2) + "-" + Self.padded(day, 2) + "T")
        text.append(Self.padded(seconds / 3600, 2) + ":" + Self.padded(seconds / 60 % 60, 2))
        text.append(":" + Self.padded(seconds % 60, 2))
        if fraction % 1000 != 0 {
            text.append("." + Self.padded(fraction, 6))
        } else if fraction != 0 {
            text.append("." + Self.padded(fraction / 1000, 3))
        }
        return text + "Z"
    }

    /// The IMF-fixdate of HTTP, such as `Tue, 03 Mar 2026 14:03:00 GMT` (RFC 9110, section 5.6.7).
    package var httpDate: String {
        let days = floorDivide(seconds, 86_400)
        let (year, month, day) = Self.civil(daysSinceEpoch: days)
        let inDay = seconds - days * 86_400
        // 1970-01-01 was a Thursday.
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(days - floorDivide(days, 7) * 7)]
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = [inDay / 3600, inDay / 60 % 60, inDay % 60].map { Self.padded($0, 2) }.joined(separator: ":")
        return "\(weekday), \(Self.padded(day, 2)) \(names[Int(month) - 1]) \(Self.padded(year, 4)) \(time) GMT"
    }

    /// Reads an RFC 3339 date-time (section 5.6); a space may stand for `T`, digits beyond microseconds are dropped,
    /// and a leap second counts as the second before it. `nil` where the text is no such instant.
    package init?(rfc3339 text: some StringProtocol) {
        var copy = String(text)
        let parsed = copy.withUTF8 { Self.parse($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// As ``init(rfc3339:)``, from UTF-8 bytes.
    package static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        func number(_ start: Int, _ count: Int) -> Int64? {
            guard start + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for index in start..<start + count {
                guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
                value = value * 10 + Int64(bytes[index] - 0x30)
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A, bytes[16] == 0x3A,
            [0x54, 0x74, 0x20].contains(bytes[10]),
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
            year >= 1, (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == 0x2E {
            index += 1
            let start = index
            while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
                if index - start < 6 { fraction = fraction * 10 + Int64(bytes[index] - 0x30) }
                index += 1
            }
            guard index > start else { return nil }
            for _ in min(index - start, 6)..<6 { fraction *= 10 }
        }
        guard index < bytes.count else { return nil }
        var offset: Int64 = 0
        switch bytes[index] {
        case 0x5A, 0x7A:
            guard index + 1 == bytes.count else { return nil }
        case 0x2B, 0x2D:
            guard index + 6 == bytes.count, bytes[index + 3] == 0x3A, let hours = number(index + 1, 2),
                let minutes = number(index + 4, 2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[index] == 0x2D ? -1 : 1)
        default: return nil
        }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offset
        return Timestamp(microseconds: seconds * 1_000_000 + fraction)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func daysIn(month: Int64, year: Int64) -> Int64 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Int(month) - 1]
    }

    /// Days from the epoch to a date of the proleptic Gregorian calendar, counting in 400-year eras from 1 March.
    package static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
