import GRDB
import StewardModel

/// The statements of the insert path, prepared once per connection.
struct Statements {
    let insertEvent: RawStatement
    let upsertDay: RawStatement
    let updateSeries: RawStatement
    let selectCell: RawStatement
    let upsertCell: RawStatement
    let upsertSpend: RawStatement
    let selectKey: RawStatement
    let insertKey: RawStatement
    let insertFilter: RawStatement
    let selectGroupCell: RawStatement
    let upsertGroupCell: RawStatement

    init(_ database: Database) throws {
        insertEvent = try RawStatement(
            database,
            """
            INSERT INTO events
            (seq, id, time, received, series, attribution, flags, cost, session, signals, block, part)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        upsertDay = try RawStatement(
            database,
            """
            INSERT INTO event_days (day, events, bytes) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET events = events + excluded.events, bytes = excluded.bytes
            """)
        updateSeries = try RawStatement(
            database, "UPDATE series SET last_minute = MAX(IFNULL(last_minute, 0), ?) WHERE id = ?")
        selectCell = try RawStatement(database, "SELECT counts FROM rollups WHERE cell = ?")
        upsertCell = try RawStatement(database, "INSERT OR REPLACE INTO rollups (cell, counts) VALUES (?, ?)")
        let columns = Spend.columnNames
        upsertSpend = try RawStatement(
            database,
            """
            INSERT INTO spend (day, series, attribution, \(columns.joined(separator: ", ")))
            VALUES (?, ?, ?\(String(repeating: ", ?", count: columns.count)))
            ON CONFLICT DO UPDATE SET \(columns.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
            """)
        selectKey = try RawStatement(
            database,
            "SELECT events.id, seq FROM event_keys JOIN events USING (seq) WHERE run = ? AND fingerprint = ?")
        insertKey = try RawStatement(database, "INSERT INTO event_keys (run, fingerprint, seq) VALUES (?, ?, ?)")
        insertFilter = try RawStatement(database, "INSERT INTO event_key_filters (generation, bits) VALUES (?, ?)")
        selectGroupCell = try RawStatement(
            database, "SELECT counts FROM group_rollups WHERE hour = ? AND series = ? AND member = ?")
        upsertGroupCell = try RawStatement(
            database, "INSERT OR REPLACE INTO group_rollups (hour, series, member, counts) VALUES (?, ?, ?, ?)")
    }
}

/// The `flags` column of an event.
struct EventFlags: OptionSet {
    var rawValue: Int64
    static let error = EventFlags(rawValue: 1)
    static let simulated = EventFlags(rawValue: 2)

    init(rawValue: Int64) { self.rawValue = rawValue }

    init(_ row: EventRow) {
        self = []
        if row.status == .error { insert(.error) }
        if row.simulated { insert(.simulated) }
    }
}
