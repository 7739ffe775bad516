import Foundation
import GRDB
import StewardModel

/// Money held back, as stored: the caller knows what the body says.
package struct StoredReservation: Sendable, Equatable {
    package var id: String
    package var expires: Timestamp
    package var body: [UInt8]

    package init(id: String, expires: Timestamp, body: [UInt8]) {
        self.id = id
        self.expires = expires
        self.body = body
    }
}

/// Which spend to sum.
package struct SpendRequest: Sendable {
    package var window: Range<Timestamp>
    /// Whether sessions matter, which only single events know.
    package var bySession: Bool

    package init(window: Range<Timestamp>, bySession: Bool) {
        self.window = window
        self.bySession = bySession
    }
}

/// What events that are alike spent together.
package struct SpendLine: Sendable {
    package var series: SeriesKey
    package var attribution: Attribution
    package var session: String?
    package var cost: Nanodollars
    package var unpriced: Int64
    package var events: Int64
}

extension Store {
    /// Reservations whose event has not come; those whose event is stored are settled.
    package func reservations() async throws -> [StoredReservation] {
        let all = try await read { database in
            try Row.fetchAll(database, sql: "SELECT id, expires, body FROM reservations").map { row in
                let body: Data = row[2]
                return StoredReservation(
                    id: row[0], expires: Timestamp(microseconds: row[1]), body: [UInt8](body))
            }
        }
        var open: [StoredReservation] = []
        for reservation in all where try await event(id: reservation.id) == nil { open.append(reservation) }
        return open
    }

    /// Stores and forgets reservations in one transaction.
    package func write(held: [StoredReservation], released: [String]) async throws {
        do {
            try await pool.write { database in
                for one in held {
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO reservations (id, expires, body) VALUES (?, ?, ?)",
                        arguments: [one.id, one.expires.microseconds, Data(one.body)])
                }
                for id in released {
                    try database.execute(sql: "DELETE FROM reservations WHERE id = ?", arguments: [id])
                }
            }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }

    /// Sums the spend of some windows, and hands it over before anything else can be stored.
    package func spending(
        _ requests: [SpendRequest], _ handle: @Sendable @escaping ([[SpendLine]]) -> Void
    ) async throws {
        do {
            try await pool.writeWithoutTransaction { [writer] database in
                let waiting = try writer.waitingSpend(database)
                handle(try requests.map { try Self.spending($0, waiting, database) })
            }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }

    /// Whole UTC days come from the spend table, what is left of the window at both ends from its events. Where those
    /// are dropped, the whole first day counts: a budget must not gain by it.
    private static func spending(
        _ request: SpendRequest, _ waiting: String, _ database: Database
    ) throws -> [SpendLine] {
        let day: Int64 = 86_400_000_000
        let (start, end) = (request.window.lowerBound.microseconds, request.window.upperBound.microseconds)
        let isDropped = floorDivide(start, day) < (try Horizons(database).events)
        let first = isDropped ? floorDivide(start, day) : -floorDivide(-start, day)
        let last = floorDivide(end, day)
        guard !request.bySession, first < last else { return try events(start..<end, request, database) }
        let sql = """
            SELECT \(columns), NULL, SUM(spend.cost), SUM(spend.unpriced), SUM(spend.events)
            FROM \(PendingSpend.all) AS spend
            JOIN series ON series.id = spend.series JOIN attributions ON attributions.id = spend.attribution
            WHERE spend.day >= ? AND spend.day < ? GROUP BY spend.series, spend.attribution
            """
        return try lines(sql, [waiting, first, last], database)
            + events(start..<max(first * day, start), request, database)
            + events(last * day..<end, request, database)
    }

    private static let columns = """
        deployment, environment, version, provider, model, team, project, user
        """

    private static func events(
        _ range: Range<Int64>, _ request: SpendRequest, _ database: Database
    ) throws -> [SpendLine] {
        if range.isEmpty { return [] }
        let session = request.bySession ? "session" : "NULL"
        // Which events should have a price and have none, only their signals say: rows without a cost stand for them.
        let sql = """
            SELECT \(columns), \(session), SUM(cost), SUM(cost IS NULL AND NOT flags & 1), COUNT(*) FROM events
            JOIN series ON series.id = events.series JOIN attributions ON attributions.id = events.attribution
            WHERE time >= ? AND time < ? GROUP BY events.series, events.attribution, \(session)
            """
        return try lines(sql, [range.lowerBound, range.upperBound], database)
    }

    private static func lines(
        _ sql: String, _ arguments: StatementArguments, _ database: Database
    ) throws -> [SpendLine] {
        try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
            SpendLine(
                series: SeriesKey(deployment: row[0], environment: row[1], version: row[2]),
                attribution: Attribution(
                    provider: row[3], model: row[4], team: row[5], project: row[6], user: row[7]),
                session: row[8], cost: Nanodollars(row[9] ?? 0), unpriced: row[10] ?? 0, events: row[11] ?? 0)
        }
    }
}
