import GRDB
import StewardModel

/// How far back what is kept in detail. Nothing is behind a horizon of 0.
package struct Horizons: Sendable, Equatable {
    /// Events before this day are dropped; their sums stay. Days since 1970-01-01.
    package var events: Int64 = 0
    /// Before this minute a rollup cell holds an hour, kept at the hour's first minute. Minutes since 1970, whole
    /// hours.
    package var minutes: Int64 = 0
    /// Before this minute a rollup cell holds a day. Whole days, never after ``minutes``.
    package var hours: Int64 = 0
    /// Numbers up to this one were given to events that are dropped; none is given twice.
    var sequence: Int64 = 0

    package init() {}

    /// The minute whose cell counts what happened in a minute: writers, readers and fsck all ask here.
    package func floor(_ minute: Int64) -> Int64 {
        if minute < hours { return floorDivide(minute, 1440) * 1440 }
        if minute < minutes { return floorDivide(minute, 60) * 60 }
        return minute
    }

    /// The first moment of which events are kept.
    package var firstEvent: Timestamp { Timestamp(minute: events * 1440) }

    init(_ database: Database) throws {
        for row in try Row.fetchAll(database, sql: "SELECT name, value FROM horizons") {
            switch row[0] as String {
            case "events": events = row[1]
            case "minutes": minutes = row[1]
            case "hours": hours = row[1]
            default: sequence = row[1]
            }
        }
    }

    func write(_ database: Database) throws {
        for (name, value) in [("events", events), ("minutes", minutes), ("hours", hours), ("sequence", sequence)] {
            try database.execute(
                sql: "INSERT OR REPLACE INTO horizons (name, value) VALUES (?, ?)", arguments: [name, value])
        }
    }
}
