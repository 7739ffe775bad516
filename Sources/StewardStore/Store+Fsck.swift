import Foundation
import GRDB
import StewardModel

/// One thing that `steward fsck` looked at.
package struct FsckCheck: Sendable, Equatable {
    package var name: String
    /// What is wrong; empty when all is well.
    package var problems: [String]
    /// What was looked at, for the reader.
    package var scope: String

    package init(name: String, scope: String, problems: [String]) {
        self.name = name
        self.scope = scope
        self.problems = problems
    }
}

extension Store {
    /// Problems listed per check; the rest is only counted.
    private static let listed = 20

    /// Derives every rollup and every sum of money again from the events and says where they differ.
    ///
    /// - Parameter parts: reads a block of payloads and counts them.
    package func fsck(
        parts: @Sendable @escaping (_ block: [UInt8]) throws -> Int = { _ in .max }
    ) async throws -> [FsckCheck] {
        try await read { [payloadFolder] database in
            var checks = [try Self.checkPages(database)]
            let series = try Self.series(database)
            var cells: [CellKey: RollupCell] = [:]
            var spend: [SpendKey: Spend] = [:]
            var groups = try GroupAudit(database)
            checks.append(try Self.readEvents(database, &cells, &spend, &groups))
            checks.append(try Self.checkPayloads(database, payloadFolder, parts))
            checks.append(try Self.checkIdentifiers(database))
            checks.append(try Self.compareRollups(database, cells, series))
            checks.append(try Self.compareSpend(database, spend))
            checks.append(try Self.compareGroups(database, groups, series))
            return checks
        }
    }

    private static func checkPages(_ database: Database) throws -> FsckCheck {
        let answers = try String.fetchAll(database, sql: "PRAGMA integrity_check(\(listed))")
        return FsckCheck(name: "database pages", scope: "integrity_check", problems: answers.filter { $0 != "ok" })
    }

    private static func readEvents(
        _ database: Database, _ cells: inout [CellKey: RollupCell], _ spend: inout [SpendKey: Spend],
        _ groups: inout GroupAudit
    ) throws -> FsckCheck {
        var problems = Problems()
        var count = 0
        let through = try PendingSpend.through(database)
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT seq, time, series, attribution, flags, cost, signals FROM events
                """)
        while let row = try rows.next() {
            count += 1
            let sequence: Int64 = row[0]
            let minute = Timestamp(microseconds: row[1]).minute
            let signals: Data = row[6]
            let decoded = signals.withUnsafeBytes { SignalCoding.decode($0.bindMemory(to: UInt8.self)) }
            guard let stored = decoded else {
                problems.add("event \(sequence): its signals cannot be read")
                continue
            }
            let cost = (row[5] as Int64?).map { Nanodollars($0) }
            if let cost, !stored.contains(.number(.cost, cost.amount)) {
                problems.add("event \(sequence): the cost column and the cost signal differ")
            }
            let key = CellKey(minute: minute, series: row[2])
            for value in stored {
                cells[key, default: RollupCell()].add(value)
                cells[CellKey(minute: 0, series: key.series), default: RollupCell()].add(value)
            }
            groups.add(stored, minute: minute, series: row[2])
            let spendKey = SpendKey(minute: minute, series: row[2], attribution: row[3])
            if sequence <= through { spend[spendKey, default: Spend()].add(Spend(stored, cost: cost)) }
        }
        return FsckCheck(name: "events", scope: "\(count) events", problems: problems.listed)
    }

    /// Whether every payload can be read, block by block.
    private static func checkPayloads(
        _ database: Database, _ folder: String, _ parts: ([UInt8]) throws -> Int
    ) throws -> FsckCheck {
        var problems = Problems()
        var blocks = 0
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT time / 86400000000 - (time % 86400000000 < 0) AS day, block, MAX(part), MIN(seq) FROM events
                WHERE block IS NOT NULL GROUP BY day, block ORDER BY day, block
                """)
        while let row = try rows.next() {
            blocks += 1
            do {
                let found = try parts(PayloadFiles.block(folder, day: row[0], at: row[1]))
                if found <= row[2] { problems.add("event \(row[3] as Int64): its payload is missing") }
            } catch let error as StewardError {
                problems.add("event \(row[3] as Int64): \(error.message)")
            }
        }
        return FsckCheck(name: "payloads", scope: "\(blocks) blocks", problems: problems.listed)
    }

    private static func checkIdentifiers(_ database: Database) throws -> FsckCheck {
        var problems = Problems()
        let twice = try Row.fetchCursor(
            database, sql: "SELECT id, COUNT(*) FROM events GROUP BY id HAVING COUNT(*) > 1")
        while let row = try twice.next() {
            problems.add(
                "an event id is stored \(row[1] as Int64) times (see its rows with the id \(row[0] as String))")
        }
        let orphans = try Int64.fetchOne(
            database, sql: "SELECT COUNT(*) FROM event_keys LEFT JOIN events USING (seq) WHERE events.seq IS NULL")
        if let orphans, orphans > 0 { problems.add("\(orphans) index entries point to no event") }
        return FsckCheck(name: "idempotency", scope: "every id once", problems: problems.listed)
    }

    private static func compareRollups(
        _ database: Database, _ derived: [CellKey: RollupCell], _ series: [Int64: SeriesKey]
    ) throws -> FsckCheck {
        var problems = Problems()
        var remaining = derived
        let rows = try Row.fetchCursor(database, sql: "SELECT cell, counts FROM rollups")
        var count = 0
        while let row = try rows.next() {
            count += 1
            let key = CellKey(row: row[0])
            let expected = remaining.removeValue(forKey: key)
            let data: Data = row[1]
            let stored = data.withUnsafeBytes { RollupCell(encoded: $0.bindMemory(to: UInt8.self)) }
            if stored == nil || stored != expected {
                problems.add("\(describe(key, series)): the rollup differs from its events")
            }
        }
        for key in remaining.keys { problems.add("\(describe(key, series)): the rollup is missing") }
        return FsckCheck(name: "rollups", scope: "\(count) cells", problems: problems.listed)
    }

    private static func compareSpend(_ database: Database, _ derived: [SpendKey: Spend]) throws -> FsckCheck {
        var problems = Problems()
        var remaining = derived
        var total = Nanodollars.zero
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT day, series, attribution, \(Spend.columnNames.joined(separator: ", ")) FROM spend")
        while let row = try rows.next() {
            let key = SpendKey(day: row[0], series: row[1], attribution: row[2])
            let stored = Spend(row, at: 3)
            total += stored.cost
            if stored != remaining.removeValue(forKey: key) {
                problems.add(
                    "spend of \(Timestamp(minute: key.day * 1440).day), series \(key.series): differs from its events")
            }
        }
        for key in remaining.keys {
            problems.add("spend of \(Timestamp(minute: key.day * 1440).day), series \(key.series): is missing")
        }
        return FsckCheck(name: "money", scope: "$\(total.dollars) in all", problems: problems.listed)
    }

    private static func compareGroups(
        _ database: Database, _ derived: GroupAudit, _ series: [Int64: SeriesKey]
    ) throws -> FsckCheck {
        var problems = Problems()
        let (count, found) = try derived.problems(database) { name($0, series) }
        for problem in found { problems.add(problem) }
        return FsckCheck(name: "groups", scope: "\(count) cells", problems: problems.listed)
    }

    private static func name(_ id: Int64, _ series: [Int64: SeriesKey]) -> String {
        series[id].map { "\($0.deployment)/\($0.environment)/\($0.version)" } ?? "series \(id)"
    }

    private static func describe(_ key: CellKey, _ series: [Int64: SeriesKey]) -> String {
        let name = name(key.series, series)
        return key.minute == 0 ? "\(name), all time" : "\(name), \(Timestamp(minute: key.minute).rfc3339)"
    }

    private struct Problems {
        private var all: [String] = []
        private var more = 0

        mutating func add(_ problem: String) {
            if all.count < Store.listed { all.append(problem) } else { more += 1 }
        }

        var listed: [String] { more == 0 ? all : all + ["and \(more) more"] }
    }
}

// MARK: - Facts about the store

extension Store {
    package struct Facts: Sendable {
        /// Bytes on disk: the database, its write-ahead log, and the payloads.
        package var bytes: Int64
        package var events: Int64
        package var schema: String
    }

    package func facts() async throws -> Facts {
        let size = [path, path + "-wal"].reduce(Int64(0)) { $0 + (PayloadFiles.size(of: $1) ?? 0) }
        return try await read { database in
            let payloads = try Int64.fetchOne(database, sql: "SELECT SUM(bytes) FROM payload_files") ?? 0
            return Facts(
                bytes: size + payloads, events: try Int64.fetchOne(database, sql: "SELECT MAX(seq) FROM events") ?? 0,
                schema: try String.fetchOne(
                    database, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid DESC LIMIT 1") ?? "")
        }
    }
}
