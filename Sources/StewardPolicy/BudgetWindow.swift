import Foundation
import StewardModel

/// A span of the calendar, as people in a time zone see it: days and weeks there have 23 or 25 hours when clocks
/// change.
package struct BudgetWindow: Sendable, Equatable {
    package enum Unit: String, Sendable, CaseIterable { case hour, day, week, month }

    package var unit: Unit
    /// IANA name, such as `Europe/Berlin`.
    package var timeZone: String
    private let calendar: Calendar

    package init?(unit: Unit, timeZone name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        self.unit = unit
        timeZone = name
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        // Weeks begin on Monday (ISO 8601).
        calendar.firstWeekday = 2
        self.calendar = calendar
    }

    package var text: String { "a \(unit.rawValue) in \(timeZone)" }

    /// The window that a moment lies in; the end is exclusive.
    package func range(containing time: Timestamp) -> Range<Timestamp> {
        let date = Date(timeIntervalSince1970: Double(floorDivide(time.microseconds, 1_000_000)))
        let component: Calendar.Component =
            switch unit {
            case .hour: .hour
            case .day: .day
            case .week: .weekOfYear
            case .month: .month
            }
        guard let interval = calendar.dateInterval(of: component, for: date) else { return time..<time + .seconds(1) }
        func timestamp(_ date: Date) -> Timestamp { Timestamp(seconds: Int64(date.timeIntervalSince1970.rounded())) }
        return timestamp(interval.start)..<timestamp(interval.end)
    }

    init?(reading reader: inout MappingReader) {
        let unit = reader.required("unit", FieldType<Unit>.choice())
        let zone = reader.optional(
            "time_zone",
            .text.checked { TimeZone(identifier: $0) == nil ? "must be a time zone such as Europe/Berlin or UTC" : nil }
        )
        guard let unit else { return nil }
        self.init(unit: unit, timeZone: zone ?? "UTC")
    }
}
