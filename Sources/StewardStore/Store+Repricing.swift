import Foundation
import GRDB
import StewardModel

/// A stored event with what a price is made from.
package struct PricedEvent: Sendable {
    package var sequence: Int64
    package var id: String
    package var time: Timestamp
    package var series: SeriesKey
    package var model: String?
    package var cost: Nanodollars?
    /// Whether it should have a price and has none.
    package var isUnpriced: Bool
    /// `nil` when none is kept, or when it cannot be read.
    package var payload: StoredPayload?
}

/// Which events to price again.
package struct RepricingScope: Sendable, Equatable {
    package var since: Timestamp
    /// Exclusive.
    package var until: Timestamp
    /// Only events that have no price.
    package var unpricedOnly: Bool

    package init(since: Timestamp, until: Timestamp, unpricedOnly: Bool = false) {
        self.since = since
        self.until = until
        self.unpricedOnly = unpricedOnly
    }
}

/// One event whose cost is another now; `nil` where its price is not known.
package struct RepricedEvent: Sendable, Equatable {
    package var id: String
    package var sequence: Int64
    package var time: Timestamp
    package var series: SeriesKey
    package var model: String?
    package var before: Nanodollars?
    package var after: Nanodollars?

    package init(
        id: String, sequence: Int64, time: Timestamp, series: SeriesKey, model: String?, before: Nanodollars?,
        after: Nanodollars?
    ) {
        self.id = id
        self.sequence = sequence
        self.time = time
        self.series = series
        self.model = model
        self.before = before
        self.after = after
    }
}

/// What one look at some events found: those of one transaction.
package struct RepricingChunk: Sendable {
    package var examined = 0
    /// Events whose payload cannot be read any more; they keep their cost.
    package var unreadable = 0
    package var unpricedAfter = 0
    package var differences: [RepricedEvent] = []
    /// Of the newest event that was looked at.
    package var lastSequence: Int64

    package init(lastSequence: Int64) { self.lastSequence = lastSequence }
}

extension Store {
    /// Events of a scope in the order of arrival, behind a number, at most `limit`.
    package func pricedEvents(
        _ scope: RepricingScope, after sequence: Int64, limit: Int
    ) async throws -> [PricedEvent] {
        let sql = """
            SELECT events.seq, events.id, time, deployment, environment, version, model, cost, signals, block, part
            FROM events JOIN series ON series.id = events.series
            JOIN attributions ON attributions.id = events.attribution
            WHERE events.seq > ? AND time >= ? AND time < ? \(scope.unpricedOnly ? "AND cost IS NULL" : "")
            ORDER BY events.seq LIMIT ?
            """
        let since = max(scope.since, firstEvent)
        return try await read { [payloadFolder] database in
            var reader = PayloadReader(folder: payloadFolder)
            return try Row.fetchAll(
                database, sql: sql,
                arguments: [sequence, since.microseconds, scope.until.microseconds, Int64(limit)]
            ).map { row in
                let signals: Data = row[8]
                let cost = (row[7] as Int64?).map { Nanodollars($0) }
                let time = Timestamp(microseconds: row[2])
                return PricedEvent(
                    sequence: row[0], id: row[1], time: time,
                    series: SeriesKey(deployment: row[3], environment: row[4], version: row[5]), model: row[6],
                    cost: cost,
                    isUnpriced: try cost == nil && Self.decode(signals, sequence: row[0]).contains(.absent(.cost)),
                    payload: try? reader.payload(of: time, block: row[9], part: row[10]))
            }
        }
    }
}
