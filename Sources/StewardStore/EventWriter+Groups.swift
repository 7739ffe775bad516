import GRDB
import StewardModel

extension EventWriter {
    /// The groups of an event, by number.
    static func groups(
        of row: EventRow, _ state: inout Loaded, _ database: Database
    ) throws -> [SignalCoding.Stored] {
        try row.groups.compactMap { membership in
            try state.groups.id(of: membership, database).map { .group($0) }
        }
    }

    /// Adds an event to the cells of its groups.
    ///
    /// - Parameter before: what was stored of the event already, when feedback adds to it; then only what changes is
    ///   added, and what the event was counted as until now is taken back.
    static func add(
        _ added: [SignalCoding.Stored], after before: [SignalCoding.Stored] = [], hour: Int64, series: Int64,
        to deltas: inout Deltas, _ state: Loaded
    ) {
        let all = before + added
        for case .group(let group) in all {
            let key = GroupCellKey(hour: hour, series: series, group: group)
            let signal = { state.dictionaries.knownSignal(named: $0, $1) }
            deltas.update(key) { cell in
                for value in added { cell.add(value) }
                if !before.isEmpty, let joint = state.groups.joint(before, group: group, signal: signal) {
                    cell.count(joint, sign: -1)
                }
                if let joint = state.groups.joint(all, group: group, signal: signal) { cell.count(joint) }
            }
        }
    }

    static func write(groups deltas: [GroupCellKey: GroupCell], _ state: inout Loaded) throws {
        for (key, delta) in deltas { try update(key, &state) { $0.add(delta) } }
    }

    static func update(
        _ key: GroupCellKey, _ state: inout Loaded, _ change: (inout GroupCell) -> Void
    ) throws {
        if state.groupCells[key] == nil { state.groupCells[key] = try read(key, state.statements.selectGroupCell) }
        change(&state.groupCells[key, default: GroupCell()])
        var writer = ByteWriter(reserving: 1024)
        state.groupCells[key]?.encoded(into: &writer)
        let upsert = state.statements.upsertGroupCell
        upsert.bind(1, key.hour)
        upsert.bind(2, key.series)
        upsert.bind(3, key.group)
        upsert.bind(4, writer.bytes)
        try upsert.run()
    }

    private static func read(_ key: GroupCellKey, _ select: RawStatement) throws -> GroupCell? {
        var cell: GroupCell?
        select.bind(1, key.hour)
        select.bind(2, key.series)
        select.bind(3, key.group)
        try select.forEachRow { row in
            guard let decoded = row.withBlob(0, GroupCell.init(encoded:)) else {
                throw StewardError(.storage, "a cell of group \(key.group) cannot be read; run 'steward fsck'")
            }
            cell = decoded
            return false
        }
        return cell
    }
}
