import Foundation
import GRDB
import StewardModel

/// A cell of one series at one minute.
package struct RollupPoint: Sendable {
    package var key: SeriesKey
    package var minute: Int64
    package var cell: RollupCell
}

extension Store {
    /// The cells of the series that `wanted` picks, for the minutes of a range, oldest first.
    package func rollups(
        minutes: Range<Int64>, where wanted: @Sendable @escaping (SeriesKey) -> Bool
    ) async throws -> [RollupPoint] {
        try await read { database in
            let all = try Self.series(database)
            let series = all.filter { wanted($0.value) }
            let minutes = max(minutes.lowerBound, 1)..<max(minutes.upperBound, 1)
            guard !series.isEmpty, !minutes.isEmpty else { return [] }
            // A minute's cells lie together: for a few series of many they are looked up, for others read in one go.
            return series.count * Self.seriesReadForOneLookedUp < all.count
                ? try Self.lookUp(series, minutes, database) : try Self.scan(series, minutes, database)
        }
    }

    private static let seriesReadForOneLookedUp = 16

    private static func lookUp(
        _ series: [Int64: SeriesKey], _ minutes: Range<Int64>, _ database: Database
    ) throws -> [RollupPoint] {
        let statement = try database.cachedStatement(sql: "SELECT counts FROM rollups WHERE cell = ?")
        let lastMinutes = try SlidingSums.lastMinutes(database)
        let ids = series.keys.sorted()
        var points: [RollupPoint] = []
        for minute in minutes {
            for id in ids {
                let key = CellKey(minute: minute, series: id)
                guard let name = series[id], minute <= lastMinutes[id] ?? .min,
                    let data = try Data.fetchOne(statement, arguments: [key.row])
                else { continue }
                points.append(RollupPoint(key: name, minute: minute, cell: try cell(data, key)))
            }
        }
        return points
    }

    private static func scan(
        _ series: [Int64: SeriesKey], _ minutes: Range<Int64>, _ database: Database
    ) throws -> [RollupPoint] {
        let rows = try Row.fetchCursor(
            database, sql: "SELECT cell, counts FROM rollups WHERE cell >= ? AND cell < ?",
            arguments: [
                CellKey(minute: minutes.lowerBound, series: 0).row, CellKey(minute: minutes.upperBound, series: 0).row,
            ])
        var points: [RollupPoint] = []
        while let row = try rows.next() {
            let key = CellKey(row: row[0])
            guard let name = series[key.series] else { continue }
            points.append(RollupPoint(key: name, minute: key.minute, cell: try cell(row[1], key)))
        }
        return points
    }

    /// All time of every series: what counters show, so that they agree with the ledger exactly.
    package func totals() async throws -> [(key: SeriesKey, cell: RollupCell)] {
        try await read { database in
            let series = try Self.series(database)
            let rows = try Row.fetchAll(
                database, sql: "SELECT cell, counts FROM rollups WHERE cell < ?",
                arguments: [CellKey(minute: 1, series: 0).row])
            return try rows.compactMap { row in
                let key = CellKey(row: row[0])
                return try series[key.series].map { ($0, try Self.cell(row[1], key)) }
            }
        }
    }

    /// All time of the series of one environment: two look-ups by key each, however many other series there are.
    package func totals(
        deployment: String, environment: String
    ) async throws -> [(key: SeriesKey, cell: RollupCell)] {
        try await read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT id, version FROM series WHERE deployment = ? AND environment = ?",
                arguments: [deployment, environment])
            return try rows.compactMap { row in
                let key = CellKey(minute: 0, series: row[0])
                let data = try Data.fetchOne(
                    database, sql: "SELECT counts FROM rollups WHERE cell = ?", arguments: [key.row])
                let series = SeriesKey(deployment: deployment, environment: environment, version: row[1])
                return try data.map { (series, try Self.cell($0, key)) }
            }
        }
    }

    /// The last minute in which each series had events.
    package func lastMinutes() async throws -> [SeriesKey: Int64] {
        try await read { database in
            var result: [SeriesKey: Int64] = [:]
            let sql = "SELECT deployment, environment, version, last_minute FROM series"
            for row in try Row.fetchAll(database, sql: sql) {
                result[SeriesKey(deployment: row[0], environment: row[1], version: row[2])] = row[3]
            }
            return result
        }
    }

    /// Names of the categories that bins of categorical signals stand for.
    package func categoryNames() async throws -> [Int32: String] { try await read(Self.categoryNames) }

    static func series(_ database: Database) throws -> [Int64: SeriesKey] {
        var result: [Int64: SeriesKey] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT id, deployment, environment, version FROM series") {
            result[row[0]] = SeriesKey(deployment: row[1], environment: row[2], version: row[3])
        }
        return result
    }

    static func cell(_ data: Data, _ key: CellKey) throws -> RollupCell {
        let cell = data.withUnsafeBytes { RollupCell(encoded: $0.bindMemory(to: UInt8.self)) }
        guard let cell else {
            throw StewardError(.storage, "rollup cell \(key.row) cannot be read; run 'steward fsck'")
        }
        return cell
    }
}
