import Foundation
import GRDB
import StewardModel
import StewardStatistics

/// A stored event without its payload.
package struct StoredEvent: Sendable {
    package var sequence: Int64
    package var id: String
    package var time: Timestamp
    package var received: Timestamp
    package var series: SeriesKey
    package var attribution: Attribution
    package var status: Event.Status
    package var simulated: Bool
    package var cost: Nanodollars?
    package var session: String?
    package var numbers: [Signal: Int64]
    package var categories: [Signal: String]
}

/// A payload as stored: the block that it was packed into, and which part of it it is.
package struct StoredPayload: Sendable, Equatable {
    package var block: [UInt8]
    package var part: Int
}

/// Which events to list; every condition that is set must hold.
package struct EventFilter: Sendable {
    package var deployment: String?
    package var environment: String?
    package var version: String?
    package var status: Event.Status?
    package var session: String?
    package var since: Timestamp?
    package var until: Timestamp?
    /// 1…1000.
    package var limit = 100
    /// Lists newest first and goes on behind this event.
    package var before: (time: Timestamp, sequence: Int64)?
    /// Lists in the order of arrival, only what arrived after this number.
    package var after: Int64?

    package init() {}
}

extension Store {
    private static let columns = """
        events.seq, events.id, events.time, events.received, series.deployment, series.environment, series.version,
        attributions.provider, attributions.model, attributions.team, attributions.project, events.flags, events.cost,
        events.session, events.signals
        """
    private static let tables = """
        events JOIN series ON series.id = events.series JOIN attributions ON attributions.id = events.attribution
        """

    /// Events, newest first (by time, then arrival), or in order of arrival when ``EventFilter/after`` is set.
    package func events(_ filter: EventFilter) async throws -> [StoredEvent] {
        var conditions: [String] = []
        var arguments = StatementArguments()
        func add(_ condition: String, _ value: (some DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        add("series.deployment = ?", filter.deployment)
        add("series.environment = ?", filter.environment)
        add("series.version = ?", filter.version)
        add("events.session = ?", filter.session)
        add("events.time >= ?", max(filter.since ?? firstEvent, firstEvent).microseconds)
        add("events.time < ?", filter.until?.microseconds)
        add("events.seq > ?", filter.after)
        if let status = filter.status {
            conditions.append(status == .error ? "events.flags & 1" : "NOT events.flags & 1")
        }
        if let before = filter.before {
            conditions.append("(events.time, events.seq) < (?, ?)")
            arguments += [before.time.microseconds, before.sequence]
        }
        let order = filter.after == nil ? "events.time DESC, events.seq DESC" : "events.seq"
        let sql = """
            SELECT \(Self.columns) FROM \(Self.tables)
            \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
            ORDER BY \(order) LIMIT \(min(max(filter.limit, 1), 1000))
            """
        return try await read { [arguments] database in
            let names = try Self.categoryNames(database)
            return try Row.fetchAll(database, sql: sql, arguments: arguments).map { try Self.event($0, names) }
        }
    }

    /// One event and where its payload is; `nil` when there is none with this id.
    package func event(id: String) async throws -> (event: StoredEvent, payload: StoredPayload?)? {
        let candidates = writer.candidates(for: id)
        return try await read { [payloadFolder, firstEvent] database in
            guard let sequence = try Self.sequence(of: id, candidates, database) else { return nil }
            let row = try Row.fetchOne(
                database,
                sql: "SELECT \(Self.columns), block, part FROM \(Self.tables) WHERE events.seq = ?",
                arguments: [sequence])
            guard let row else { return nil }
            let event = try Self.event(row, Self.categoryNames(database))
            guard event.time >= firstEvent else { return nil }
            var reader = PayloadReader(folder: payloadFolder)
            return (event, try reader.payload(of: event.time, block: row[15], part: row[16]))
        }
    }

    /// The number of the newest event; 0 when there is none.
    package func lastSequence() async throws -> Int64 {
        try await read { database in
            max(
                try Int64.fetchOne(database, sql: "SELECT MAX(seq) FROM events") ?? 0,
                try Horizons(database).sequence)
        }
    }

    private static func sequence(
        of id: String, _ candidates: EventIndex.Candidates, _ database: Database
    ) throws -> Int64? {
        switch candidates {
        case .found(let sequence): return sequence
        case .runs(let generations, let fingerprint):
            for runs in generations {
                let found = try Int64.fetchOne(
                    database,
                    sql: """
                        SELECT seq FROM event_keys JOIN events USING (seq)
                        WHERE run BETWEEN ? AND ? AND fingerprint = ? AND events.id = ?
                        """, arguments: [runs.lowerBound, runs.upperBound, fingerprint, id])
                if let found { return found }
            }
            return nil
        }
    }

    static func categoryNames(_ database: Database) throws -> [Int32: String] {
        var names = [Dictionaries.otherCategory: Dictionaries.other]
        for row in try Row.fetchAll(database, sql: "SELECT id, name FROM categories") { names[row[0]] = row[1] }
        return names
    }

    private static func event(_ row: Row, _ names: [Int32: String]) throws -> StoredEvent {
        var numbers: [Signal: Int64] = [:]
        var categories: [Signal: String] = [:]
        let signals: Data = row[14]
        for stored in try decode(signals, sequence: row[0]) {
            switch stored {
            case .number(let signal, let value): numbers[signal] = value
            case .category(let signal, let category): categories[signal] = names[category]
            case .absent, .group: break
            }
        }
        let flags = EventFlags(rawValue: row[11])
        return StoredEvent(
            sequence: row[0], id: row[1], time: Timestamp(microseconds: row[2]),
            received: Timestamp(microseconds: row[3]),
            series: SeriesKey(deployment: row[4], environment: row[5], version: row[6]),
            attribution: Attribution(provider: row[7], model: row[8], team: row[9], project: row[10]),
            status: flags.contains(.error) ? .error : .ok, simulated: flags.contains(.simulated),
            cost: (row[12] as Int64?).map { Nanodollars($0) }, session: row[13], numbers: numbers,
            categories: categories)
    }

    static func decode(_ signals: Data, sequence: Int64) throws -> [SignalCoding.Stored] {
        let decoded = signals.withUnsafeBytes { SignalCoding.decode($0.bindMemory(to: UInt8.self)) }
        guard let decoded else {
            throw StewardError(.storage, "the signals of event \(sequence) cannot be read; run 'steward fsck'")
        }
        return decoded
    }
}
