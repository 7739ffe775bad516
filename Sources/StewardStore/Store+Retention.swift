import Foundation
import GRDB
import StewardModel

/// What is kept, by day, and how much room it takes.
package struct RetentionFacts: Sendable, Equatable {
    package struct Day: Sendable, Equatable {
        /// Days since 1970-01-01.
        package var day: Int64
        package var events: Int64
        /// Of the payload file.
        package var bytes: Int64

        package init(day: Int64, events: Int64, bytes: Int64) {
            self.day = day
            self.events = events
            self.bytes = bytes
        }
    }

    package var horizons = Horizons()
    /// Days with events, oldest first.
    package var days: [Day] = []
    /// Bytes of the database that are in use.
    package var databaseBytes: Int64 = 0
    /// Bytes of the database's file that new rows will take before it grows.
    package var freeBytes: Int64 = 0

    package init() {}

    package var bytes: Int64 { days.reduce(databaseBytes) { $0 + $1.bytes } }
}

extension Store {
    package func retentionFacts() async throws -> RetentionFacts {
        try await read { database in
            var facts = RetentionFacts()
            facts.horizons = try Horizons(database)
            facts.days = try Row.fetchAll(database, sql: "SELECT day, events, bytes FROM event_days ORDER BY day").map {
                RetentionFacts.Day(day: $0[0], events: $0[1], bytes: $0[2])
            }
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            facts.databaseBytes = (pages - free) * Int64(Schema.pageSize)
            facts.freeBytes = free * Int64(Schema.pageSize)
            return facts
        }
    }

    /// The first moment of which events are kept.
    package var firstEvent: Timestamp { writer.horizons.firstEvent }

    /// Takes rows of dropped events away, at most `limit` in one transaction, so that nobody waits long for it.
    ///
    /// - Returns: how many there were.
    package func sweep(limit: Int) async throws -> Int {
        try await maintain { try $0.sweep(limit, $1) }
    }

    /// Adds up the minutes of an hour, or the hours of a day, in one transaction.
    ///
    /// - Parameter minute: where to stop, in minutes since 1970: a whole day.
    /// - Returns: whether there is more to do.
    package func compact(_ span: CompactionSpan, until minute: Int64) async throws -> Bool {
        try await maintain { try $0.compact(span, until: minute, $1) }
    }

    private func maintain<Result: Sendable>(
        _ body: @Sendable @escaping (EventWriter, Database) throws -> Result
    ) async throws -> Result {
        do {
            return try await pool.writeWithoutTransaction { [writer] database in try body(writer, database) }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }
}
