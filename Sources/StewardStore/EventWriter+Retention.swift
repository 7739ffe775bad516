import GRDB
import StewardModel
import Synchronization

extension EventWriter {
    /// Drops all events before a day, in one transaction with `record`: they are gone for every reader at once,
    /// whatever their number. Their payload files are unlinked after the commit; ``sweep(_:_:)`` takes the rows away
    /// later.
    func drop(before day: Int64, _ database: Database, record: () throws -> Void) throws {
        try transaction(database) { state in
            // What waits for the spend table is derived from rows that will be gone.
            try writeSpend(&state, database)
            state.horizons.events = max(state.horizons.events, day)
            try state.horizons.write(database)
            try database.execute(sql: "DELETE FROM event_days WHERE day < ?", arguments: [state.horizons.events])
            try record()
        }
        payloads.unlink(before: day)
    }

    /// Takes rows of dropped events away, at most `limit` of them, and what feedback said of them.
    ///
    /// - Returns: how many.
    func sweep(_ limit: Int, _ database: Database) throws -> Int {
        let (count, firstRun) = try transaction(database) { state in
            let horizon = state.horizons.firstEvent.microseconds
            let rows = try Row.fetchAll(
                database, sql: "SELECT seq, id FROM events WHERE time < ? ORDER BY time LIMIT ?",
                arguments: [horizon, limit])
            for row in rows {
                let (sequence, id): (Int64, String) = (row[0], row[1])
                state.horizons.sequence = max(state.horizons.sequence, sequence)
                try database.execute(sql: "DELETE FROM feedback WHERE event_id = ?", arguments: [id])
                try database.execute(sql: "DELETE FROM events WHERE seq = ?", arguments: [sequence])
            }
            if !rows.isEmpty {
                try state.horizons.write(database)
                try writeSpend(&state, database)
            }
            return (rows.count, try sweepKeys(database))
        }
        if let firstRun { index.withLock { $0.forget(before: firstRun) } }
        return count
    }

    /// Takes away the oldest run of event ids when none of its events is kept any more.
    ///
    /// - Returns: the first run that is left.
    private func sweepKeys(_ database: Database) throws -> Int64? {
        guard let run = try Int64.fetchOne(database, sql: "SELECT MIN(run) FROM event_keys"),
            let last = try Int64.fetchOne(
                database, sql: "SELECT MAX(seq) FROM event_keys WHERE run = ?", arguments: [run]),
            last < (try Int64.fetchOne(database, sql: "SELECT MIN(seq) FROM events") ?? .max)
        else { return nil }
        try database.execute(sql: "DELETE FROM event_keys WHERE run = ?", arguments: [run])
        try database.execute(
            sql: "DELETE FROM event_key_filters WHERE generation < ?",
            arguments: [(run + 1) / EventIndex.runsPerGeneration])
        return run + 1
    }

    /// Adds up the rollup cells of the next span behind a horizon, one hour of minutes or one day of hours, and moves
    /// the horizon behind it. Sums never change.
    ///
    /// - Parameter minute: where to stop; for days at most the horizon of minutes.
    /// - Returns: whether there is more to do.
    func compact(_ span: CompactionSpan, until minute: Int64, _ database: Database) throws -> Bool {
        defer { noteCompaction() }
        return try transaction(database) { state in
            let horizon = span == .hour ? state.horizons.minutes : state.horizons.hours
            let end = span == .hour ? minute : min(minute, state.horizons.minutes)
            guard horizon < end else { return false }
            let first = try Int64.fetchOne(
                database, sql: "SELECT MIN(cell) FROM rollups WHERE cell >= ?",
                arguments: [CellKey(minute: max(horizon, 1), series: 0).row])
            let start = floorDivide(first.map { CellKey(row: $0).minute } ?? end, span.minutes) * span.minutes
            if start < end { try merge(start..<start + span.minutes, &state, database) }
            let next = min(start + span.minutes, end)
            if span == .hour { state.horizons.minutes = next } else { state.horizons.hours = next }
            try state.horizons.write(database)
            state.cells.removeAll(keepingCapacity: true)
            return next < end
        }
    }

    private func merge(_ minutes: Range<Int64>, _ state: inout Loaded, _ database: Database) throws {
        var merged: [Int64: RollupCell] = [:]
        let range: StatementArguments = [
            CellKey(minute: max(minutes.lowerBound, 1), series: 0).row,
            CellKey(minute: minutes.upperBound, series: 0).row,
        ]
        let rows = try Row.fetchCursor(
            database, sql: "SELECT cell, counts FROM rollups WHERE cell >= ? AND cell < ?", arguments: range)
        while let row = try rows.next() {
            let key = CellKey(row: row[0])
            merged[key.series, default: RollupCell()].add(try Store.cell(row[1], key))
        }
        try database.execute(sql: "DELETE FROM rollups WHERE cell >= ? AND cell < ?", arguments: range)
        for (series, cell) in merged {
            var writer = ByteWriter(reserving: 2048)
            cell.encoded(into: &writer)
            state.statements.upsertCell.bind(1, CellKey(minute: minutes.lowerBound, series: series).row)
            state.statements.upsertCell.bind(2, writer.bytes)
            try state.statements.upsertCell.run()
        }
    }
}

/// What rollup cells are added up to.
package enum CompactionSpan: Sendable {
    case hour, day
    var minutes: Int64 { self == .hour ? 60 : 1440 }
}
