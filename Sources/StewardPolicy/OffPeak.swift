import StewardModel

/// Hours of the week in which a model costs something else, in UTC.
package struct OffPeak: Sendable, Equatable {
    package var rates: RateSchedule
    /// Minutes since Monday 00:00; the end is exclusive.
    private var windows: [Range<Int64>]

    private static let week: Int64 = 7 * 1440
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    package func holds(at time: Timestamp) -> Bool {
        // 1970-01-01 was a Thursday.
        let since = time.minute + 3 * 1440
        let minute = since - floorDivide(since, Self.week) * Self.week
        return windows.contains { $0.contains(minute) }
    }

    init?(reading reader: inout MappingReader, fees: Rates?) {
        let windows = reader.required("windows", .list(of: Self.window))
        guard let rates = RateSchedule(reading: &reader, fees: fees), let windows else { return nil }
        self.init(rates: rates, windows: windows.flatMap(\.self))
    }

    private init(rates: RateSchedule, windows: [Range<Int64>]) {
        self.rates = rates
        self.windows = windows
    }

    /// `mon-fri 16:30-00:30`: one span on each of the days, which may end on the next one.
    private static let window = FieldType<[Range<Int64>]>.scalar(
        "hours of UTC such as \"daily 16:30-00:30\", \"mon-fri 10:00-24:00\" or \"sun 00:00-24:00\"", parse)

    private static func parse(_ text: String) -> [Range<Int64>]? {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 2, let days = days(parts[0]) else { return nil }
        let hours = parts[1].split(separator: "-").map { clock(String($0)) }
        guard hours.count == 2, let start = hours[0], let stop = hours[1], start < 1440, start != stop else {
            return nil
        }
        let length = stop > start ? stop - start : stop + 1440 - start
        return days.flatMap { day -> [Range<Int64>] in
            let (begin, end) = (day * 1440 + start, day * 1440 + start + length)
            return end <= week ? [begin..<end] : [begin..<week, 0..<end - week]
        }
    }

    private static func days(_ text: String) -> [Int64]? {
        if text == "daily" { return Array(0..<7) }
        let names = text.split(separator: "-").map { name in days.firstIndex(of: String(name)).map { Int64($0) } }
        guard let first = names.first ?? nil, let last = names.last ?? nil, names.count <= 2, first <= last
        else { return nil }
        return Array(first...last)
    }

    /// Minutes since midnight, from `00:00` to `24:00`.
    private static func clock(_ text: String) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int64(parts[0]),
            let minute = Int64(parts[1]), 0...59 ~= minute, 0...(24 * 60) ~= hour * 60 + minute
        else { return nil }
        return hour * 60 + minute
    }
}
