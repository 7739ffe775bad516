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

    /// Derives every rollup and every sum of money again from the events and says where they differ. What was counted
    /// of events that are dropped by now is held against the sums over all time.
    ///
    /// - Parameter parts: reads a block of payloads and counts them.
    package func fsck(
        parts: @Sendable @escaping (_ block: [UInt8]) throws -> Int = { _ in .max }
    ) async throws -> [FsckCheck] {
        try await read { [payloadFolder] database in
            let horizons = try Horizons(database)
            let names = try Self.series(database)
            var derived = Derived(groups: try GroupAudit(database))
            return [
                try Self.checkPages(database),
                try Self.readEvents(database, horizons, &derived),
                try Self.checkPayloads(database, payloadFolder, horizons, parts),
                try Self.checkIdentifiers(database, horizons),
                try Self.compareDays(database, derived.days),
                try Self.compareRollups(database, derived.cells, horizons, names),
                try Self.compareSpend(database, derived.spend, waiting: derived.waiting, horizons),
                try Self.compareGroups(database, derived.groups, horizons, names),
            ]
        }
    }

    /// What the events that are kept add up to.
    private struct Derived {
        var cells: [CellKey: RollupCell] = [:]
        var spend: [SpendKey: Spend] = [:]
        /// By series: of events that the spend table does not have in it yet.
        var waiting: [Int64: Spend] = [:]
        var groups: GroupAudit
        var days: [Int64: Int64] = [:]

        init(groups: GroupAudit) { self.groups = groups }
    }

    private static func checkPages(_ database: Database) throws -> FsckCheck {
        let answers = try String.fetchAll(database, sql: "PRAGMA integrity_check(\(listed))")
        return FsckCheck(name: "database pages", scope: "integrity_check", problems: answers.filter { $0 != "ok" })
    }

    private static func readEvents(
        _ database: Database, _ horizons: Horizons, _ derived: inout Derived
    ) throws -> FsckCheck {
        var problems = Problems()
        var count = 0
        let through = try PendingSpend.through(database)
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT seq, time, series, attribution, flags, cost, signals FROM events WHERE time >= ?",
            arguments: [horizons.firstEvent.microseconds])
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
            let key = CellKey(minute: horizons.floor(minute), series: row[2])
            for value in stored { derived.cells[key, default: RollupCell()].add(value) }
            derived.groups.add(stored, minute: minute, series: row[2])
            derived.days[floorDivide(minute, 1440), default: 0] += 1
            let spend = Spend(stored, cost: cost)
            if sequence <= through {
                let key = SpendKey(minute: minute, series: row[2], attribution: row[3])
                derived.spend[key, default: Spend()].add(spend)
            } else {
                derived.waiting[row[2], default: Spend()].add(spend)
            }
        }
        return FsckCheck(name: "events", scope: "\(count) events", problems: problems.listed)
    }

    private static func compareDays(_ database: Database, _ derived: [Int64: Int64]) throws -> FsckCheck {
        var problems = Problems()
        var remaining = derived
        var count = 0
        for row in try Row.fetchAll(database, sql: "SELECT day, events FROM event_days") {
            count += 1
            let (day, events): (Int64, Int64) = (row[0], row[1])
            let found = remaining.removeValue(forKey: day) ?? 0
            if found != events { problems.add("\(name(day: day)): \(events) events on record, \(found) stored") }
        }
        for day in remaining.keys { problems.add("\(name(day: day)): has events, but is not on record") }
        return FsckCheck(name: "days", scope: "\(count) with events", problems: problems.listed)
    }

    private static func name(day: Int64) -> String { Timestamp(minute: day * 1440).day }

    /// Whether every payload can be read, block by block.
    private static func checkPayloads(
        _ database: Database, _ folder: String, _ horizons: Horizons, _ parts: ([UInt8]) throws -> Int
    ) throws -> FsckCheck {
        var problems = Problems()
        var blocks = 0
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT time / 86400000000 - (time % 86400000000 < 0) AS day, block, MAX(part), MIN(seq) FROM events
                WHERE block IS NOT NULL AND time >= ? GROUP BY day, block ORDER BY day, block
                """, arguments: [horizons.firstEvent.microseconds])
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

    private static func checkIdentifiers(_ database: Database, _ horizons: Horizons) throws -> FsckCheck {
        var problems = Problems()
        let twice = try Row.fetchCursor(
            database, sql: "SELECT id, COUNT(*) FROM events GROUP BY id HAVING COUNT(*) > 1")
        while let row = try twice.next() {
            problems.add(
                "an event id is stored \(row[1] as Int64) times (see its rows with the id \(row[0] as String))")
        }
        let orphans = try Int64.fetchOne(
            database,
            sql: """
                SELECT COUNT(*) FROM event_keys LEFT JOIN events USING (seq)
                WHERE events.seq IS NULL AND event_keys.seq > ?
                """, arguments: [horizons.sequence])
        if let orphans, orphans > 0 { problems.add("\(orphans) index entries point to no event") }
        return FsckCheck(name: "idempotency", scope: "every id once", problems: problems.listed)
    }

    /// Cells of days that are kept equal what their events add up to, and all cells of a series add up to its cell of
    /// all time.
    private static func compareRollups(
        _ database: Database, _ derived: [CellKey: RollupCell], _ horizons: Horizons, _ series: [Int64: SeriesKey]
    ) throws -> FsckCheck {
        var problems = Problems()
        var remaining = derived
        var totals: [Int64: RollupCell] = [:]
        var sums: [Int64: RollupCell] = [:]
        let rows = try Row.fetchCursor(database, sql: "SELECT cell, counts FROM rollups")
        var count = 0
        while let row = try rows.next() {
            count += 1
            let key = CellKey(row: row[0])
            let data: Data = row[1]
            let stored = data.withUnsafeBytes { RollupCell(encoded: $0.bindMemory(to: UInt8.self)) }
            if key.minute == 0 {
                totals[key.series] = stored ?? RollupCell()
                continue
            }
            if let stored { sums[key.series, default: RollupCell()].add(stored) }
            let expected = remaining.removeValue(forKey: key)
            let isKept = key.minute >= horizons.events * 1440
            if stored == nil || isKept && stored != expected {
                problems.add("\(describe(key, series)): the rollup differs from its events")
            }
        }
        for key in remaining.keys { problems.add("\(describe(key, series)): the rollup is missing") }
        for id in Set(totals.keys).union(sums.keys) where totals[id] != sums[id] {
            problems.add("\(describe(CellKey(minute: 0, series: id), series)): differs from the sum of its rollups")
        }
        return FsckCheck(name: "rollups", scope: "\(count) cells", problems: problems.listed)
    }

    private static func compareSpend(
        _ database: Database, _ derived: [SpendKey: Spend], waiting: [Int64: Spend], _ horizons: Horizons
    ) throws -> FsckCheck {
        var problems = Problems()
        var remaining = derived
        var sums = waiting
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT day, series, attribution, \(Spend.columnNames.joined(separator: ", ")) FROM spend")
        while let row = try rows.next() {
            let key = SpendKey(day: row[0], series: row[1], attribution: row[2])
            let stored = Spend(row, at: 3)
            sums[key.series, default: Spend()].add(stored)
            let expected = remaining.removeValue(forKey: key)
            if key.day >= horizons.events, stored != expected {
                problems.add("spend of \(name(day: key.day)), series \(key.series): differs from its events")
            }
        }
        for key in remaining.keys {
            problems.add("spend of \(name(day: key.day)), series \(key.series): is missing")
        }
        let last = CellKey(minute: 1, series: 0).row
        let totals = try Row.fetchCursor(
            database, sql: "SELECT cell, counts FROM rollups WHERE cell < ?", arguments: [last])
        while let row = try totals.next() {
            let series = CellKey(row: row[0]).series
            let data: Data = row[1]
            let cell = data.withUnsafeBytes { RollupCell(encoded: $0.bindMemory(to: UInt8.self)) }
            let spend = sums[series] ?? Spend()
            if cell?.events != spend.events || cell?[.cost]?.sum ?? 0 != spend.cost.amount {
                problems.add("spend of series \(series): its days do not add up to its rollup of all time")
            }
        }
        let total = sums.values.reduce(Nanodollars.zero) { $0 + $1.cost }
        return FsckCheck(name: "money", scope: "$\(total.dollars) in all", problems: problems.listed)
    }

    private static func compareGroups(
        _ database: Database, _ derived: GroupAudit, _ horizons: Horizons, _ series: [Int64: SeriesKey]
    ) throws -> FsckCheck {
        var problems = Problems()
        let (count, found) = try derived.problems(database, since: horizons.events * 24) { name($0, series) }
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
            let payloads = try Int64.fetchOne(database, sql: "SELECT SUM(bytes) FROM event_days") ?? 0
            return Facts(
                bytes: size + payloads,
                events: try Int64.fetchOne(database, sql: "SELECT SUM(events) FROM event_days") ?? 0,
                schema: try String.fetchOne(
                    database, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid DESC LIMIT 1") ?? "")
        }
    }
}
