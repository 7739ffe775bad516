import GRDB
import StewardModel

/// What one version's events of a span cost, and how many sessions they belong to.
package struct UnitRow: Sendable {
    package var series: SeriesKey
    package var events: Int64
    package var unpriced: Int64
    package var cost: Nanodollars
    /// Different sessions, and the cost of the events that belong to one.
    package var sessions: Int64
    package var sessionCost: Nanodollars
}

extension Store {
    /// Costs by version with sessions, which only the events know; read from them.
    package func units(_ span: Range<Timestamp>, deployment: String?) async throws -> [UnitRow] {
        let sql = """
            SELECT deployment, environment, version, COUNT(*), SUM(cost IS NULL AND NOT flags & 1), SUM(cost),
            COUNT(DISTINCT session), SUM(CASE WHEN session IS NULL THEN 0 ELSE cost END)
            FROM events JOIN series ON series.id = events.series
            WHERE time >= ? AND time < ? AND deployment = IFNULL(?, deployment)
            GROUP BY events.series ORDER BY SUM(cost) DESC
            """
        let since = max(span.lowerBound, firstEvent)
        return try await read { database in
            try Row.fetchAll(
                database, sql: sql, arguments: [since.microseconds, span.upperBound.microseconds, deployment]
            ).map { row in
                UnitRow(
                    series: SeriesKey(deployment: row[0], environment: row[1], version: row[2]), events: row[3],
                    unpriced: row[4], cost: Nanodollars(row[5] ?? 0), sessions: row[6],
                    sessionCost: Nanodollars(row[7] ?? 0))
            }
        }
    }
}
