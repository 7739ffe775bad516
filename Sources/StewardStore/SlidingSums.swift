import Foundation
import GRDB
import StewardModel
import Synchronization

/// Minutes of one series whose cells are to be added up.
package struct RollupWindow: Sendable, Hashable {
    package var series: SeriesKey
    package var minutes: Range<Int64>

    package init(series: SeriesKey, minutes: Range<Int64>) {
        self.series = series
        self.minutes = minutes
    }
}

/// Which cells of the past were changed after the present had moved on: what a sum that was kept may have missed.
struct RollupChanges: Sendable {
    /// A series' last minutes still grow: they are read anew each time. An event before them is late.
    static let openMinutes: Int64 = 3

    /// The last minute with an event, by series.
    private var lastMinutes: [Int64: Int64]
    /// How many late changes each series had.
    private(set) var late: [Int64: Int64] = [:]
    /// How often minutes were added up to hours.
    private(set) var compactions: Int64 = 0

    init(lastMinutes: [Int64: Int64] = [:]) { self.lastMinutes = lastMinutes }

    mutating func note(_ cells: [CellKey]) {
        var touched: [Int64: ClosedRange<Int64>] = [:]
        for key in cells where key.minute > 0 {
            let known = touched[key.series]
            touched[key.series] =
                min(known?.lowerBound ?? key.minute, key.minute)...max(known?.upperBound ?? key.minute, key.minute)
        }
        for (series, minutes) in touched {
            let last = lastMinutes[series] ?? minutes.upperBound
            if minutes.lowerBound <= last - Self.openMinutes { late[series, default: 0] += 1 }
            lastMinutes[series] = max(last, minutes.upperBound)
        }
    }

    mutating func noteCompaction() { compactions += 1 }
}

/// Sums of the cells of windows that slide: each is kept from one look to the next, and what left it is subtracted and
/// what came is added. A look costs what changed, whatever the length of the windows.
package struct SlidingSums: Sendable {
    /// Shorter windows are added up each time, which is as quick and keeps nothing.
    private static let shortest: Int64 = 12

    /// The sum of the minutes of a window that were settled.
    private struct Kept {
        var minutes: Range<Int64>
        var cell: RollupCell
        var late: Int64
    }

    private var ids: [SeriesKey: Int64] = [:]
    private var kept: [Int64: [Kept]] = [:]
    private var compactions: Int64 = 0
    /// Cells read by the last look.
    private(set) var cellsRead = 0

    package init() {}

    /// The sum of each window; empty where there were no events. What no window asks for any more is forgotten.
    ///
    /// - Parameter changes: as of before the transaction began: a change between the two is then found the next time.
    mutating func read(
        _ windows: Set<RollupWindow>, _ changes: RollupChanges, _ database: Database
    ) throws -> [RollupWindow: RollupCell] {
        cellsRead = 0
        if compactions != changes.compactions { kept = [:] }
        compactions = changes.compactions
        if windows.contains(where: { ids[$0.series] == nil }) {
            for (id, series) in try Store.series(database) { ids[series] = id }
        }
        let statement = try database.cachedStatement(sql: "SELECT counts FROM rollups WHERE cell = ?")
        let lastMinutes = try Self.lastMinutes(database)
        var next: [Int64: [Kept]] = [:]
        var result: [RollupWindow: RollupCell] = [:]
        for window in windows {
            guard let series = ids[window.series], let last = lastMinutes[series] else {
                result[window] = RollupCell()
                continue
            }
            let end = min(window.minutes.upperBound, last + 1)
            let minutes = min(window.minutes.lowerBound, end)..<end
            guard minutes.count > Self.shortest else {
                result[window] = try sum(minutes, of: series, statement)
                continue
            }
            let settled = minutes.lowerBound..<max(minutes.lowerBound, min(end, last - RollupChanges.openMinutes + 1))
            let sum = try slide(to: settled, of: series, late: changes.late[series] ?? 0, statement)
            next[series, default: []].append(sum)
            var cell = sum.cell
            try add(settled.upperBound..<end, of: series, to: &cell, statement)
            result[window] = cell
        }
        kept = next
        return result
    }

    /// The sum of settled minutes: from the kept sum that is nearest, or anew where that is less work.
    private mutating func slide(
        to minutes: Range<Int64>, of series: Int64, late: Int64, _ statement: Statement
    ) throws -> Kept {
        func work(_ sum: Kept) -> Int64 {
            minutes.lowerBound - sum.minutes.lowerBound + minutes.upperBound - sum.minutes.upperBound
        }
        let usable = (kept[series] ?? []).filter { sum in
            sum.late == late && sum.minutes.lowerBound <= minutes.lowerBound
                && minutes.lowerBound <= sum.minutes.upperBound && sum.minutes.upperBound <= minutes.upperBound
        }
        guard var sum = usable.min(by: { work($0) < work($1) }), work(sum) < minutes.count else {
            return Kept(minutes: minutes, cell: try self.sum(minutes, of: series, statement), late: late)
        }
        try add(sum.minutes.upperBound..<minutes.upperBound, of: series, to: &sum.cell, statement)
        sum.cell.subtract(try self.sum(sum.minutes.lowerBound..<minutes.lowerBound, of: series, statement))
        sum.minutes = minutes
        return sum
    }

    private mutating func sum(_ minutes: Range<Int64>, of series: Int64, _ statement: Statement) throws -> RollupCell {
        var cell = RollupCell()
        try add(minutes, of: series, to: &cell, statement)
        return cell
    }

    private mutating func add(
        _ minutes: Range<Int64>, of series: Int64, to cell: inout RollupCell, _ statement: Statement
    ) throws {
        for minute in max(minutes.lowerBound, 1)..<max(minutes.upperBound, 1) {
            let key = CellKey(minute: minute, series: series)
            cellsRead += 1
            guard let data = try Data.fetchOne(statement, arguments: [key.row]) else { continue }
            cell.add(try Store.cell(data, key))
        }
    }

    static func lastMinutes(_ database: Database) throws -> [Int64: Int64] {
        var result: [Int64: Int64] = [:]
        let rows = try Row.fetchCursor(
            database, sql: "SELECT id, last_minute FROM series WHERE last_minute IS NOT NULL")
        while let row = try rows.next() { result[row[0]] = row[1] }
        return result
    }
}

extension Store {
    /// The sums of windows, read in one transaction.
    ///
    /// - Parameter sums: what the last look kept; what this one keeps.
    package func read(
        _ windows: Set<RollupWindow>, _ sums: inout SlidingSums
    ) async throws -> [RollupWindow: RollupCell] {
        // Before the transaction: of a change between the two, the next look hears.
        let changes = writer.changes
        let (result, next) = try await read { [sums] database in
            var sums = sums
            return (try sums.read(windows, changes, database), sums)
        }
        sums = next
        return result
    }
}
