import Foundation
import GRDB
import StewardModel

extension EventWriter {
    /// Gives events another cost, in their rows, their rollups and the spend table, in one transaction with `record`.
    ///
    /// - Throws: what `record` throws, and storage errors; then nothing has changed.
    func reprice(_ changes: [RepricedEvent], _ database: Database, record: () throws -> Void) throws {
        try transaction(database) { state in
            var removed = Removed()
            var deltas = Deltas()
            for change in changes { try apply(change, &removed, &deltas, &state, database) }
            try write(deltas, &state)
            // What waits is derived from rows that now say something else.
            try writeSpend(&state, database)
            for (key, cell) in removed.cells { try subtract(cell, from: key, &state) }
            for (key, cell) in removed.groups { try Self.update(key, &state) { $0.subtract(signals: cell) } }
            try record()
        }
    }

    /// What the events contributed until now.
    private struct Removed {
        var cells: [CellKey: RollupCell] = [:]
        var groups: [GroupCellKey: RollupCell] = [:]
    }

    private func apply(
        _ change: RepricedEvent, _ removed: inout Removed, _ deltas: inout Deltas, _ state: inout Loaded,
        _ database: Database
    ) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT series, attribution, time, cost, signals FROM events WHERE seq = ?",
            arguments: [change.sequence])
        guard let row else { return }
        let old = (row[3] as Int64?).map { Nanodollars($0) }
        let before = try Store.decode(row[4], sequence: change.sequence)
        let mark: (SignalCoding.Stored) -> Bool = { stored in
            switch stored {
            case .number(.cost, _), .absent(.cost): true
            default: false
            }
        }
        let new = change.after.map { SignalCoding.Stored.number(.cost, $0.amount) } ?? .absent(.cost)
        let was = before.filter(mark)
        guard was != [new] else { return }
        var writer = ByteWriter(reserving: 48)
        for stored in before where !mark(stored) { SignalCoding.append(stored, to: &writer) }
        SignalCoding.append(new, to: &writer)
        try database.execute(
            sql: "UPDATE events SET cost = ?, signals = ? WHERE seq = ?",
            arguments: [change.after?.amount, Data(writer.bytes), change.sequence])

        let minute = Timestamp(microseconds: row[2]).minute
        let cell = CellKey(minute: state.horizons.floor(minute), series: row[0])
        for key in [cell, CellKey(minute: 0, series: row[0])] {
            for stored in was { removed.cells[key, default: RollupCell()].add(stored) }
        }
        for case .group(let group) in before {
            let key = GroupCellKey(hour: floorDivide(minute, 60), series: row[0], group: group)
            for stored in was { removed.groups[key, default: RollupCell()].add(stored) }
            deltas.update(key) { $0.add(new) }
        }
        deltas.add([new], cell: cell)
        var spend = Spend()
        spend.cost = (change.after ?? .zero) - (old ?? .zero)
        spend.unpriced = (change.after == nil ? 1 : 0) - (was.contains(.absent(.cost)) ? 1 : 0)
        state.spend.add(spend, key: SpendKey(minute: minute, series: row[0], attribution: row[1]))
    }
}
