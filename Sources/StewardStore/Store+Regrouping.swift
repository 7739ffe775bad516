import Foundation
import GRDB
import StewardModel

/// A stored event that may belong to groups which nobody had declared when it came.
package struct GroupableEvent: Sendable {
    package var sequence: Int64
    package var id: String
    package var time: Timestamp
    package var series: SeriesKey
    /// `nil` when none is kept, or when it cannot be read.
    package var payload: StoredPayload?
}

/// The groups that an event belongs to, whether it was counted in them or not.
package struct RegroupedEvent: Sendable {
    package var sequence: Int64
    package var memberships: [GroupMembership]

    package init(sequence: Int64, memberships: [GroupMembership]) {
        self.sequence = sequence
        self.memberships = memberships
    }
}

extension Store {
    private static let regroupedName = "groups counted by"

    /// The plan by which every stored event was counted in its groups; `nil` where that was never done.
    package func regroupedPlan() async throws -> String? {
        try await read { database in
            try String.fetchOne(
                database, sql: "SELECT value FROM meta WHERE name = ?", arguments: [Self.regroupedName])
        }
    }

    package func setRegroupedPlan(_ plan: String) async throws {
        do {
            try await pool.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
                    arguments: [Self.regroupedName, plan])
            }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }

    /// Events of some series in the order of arrival, behind a number, at most `limit`.
    package func groupableEvents(
        after sequence: Int64, limit: Int, where wanted: @Sendable @escaping (SeriesKey) -> Bool
    ) async throws -> [GroupableEvent] {
        try await read { [payloadFolder] database in
            let series = try Self.series(database).filter { wanted($0.value) }
            guard !series.isEmpty else { return [] }
            var reader = PayloadReader(folder: payloadFolder)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT events.seq, id, time, series, block, part FROM events
                    WHERE events.seq > ? AND series IN (\(series.keys.map(String.init).joined(separator: ",")))
                    ORDER BY events.seq LIMIT ?
                    """, arguments: [sequence, Int64(limit)]
            ).compactMap { row in
                guard let name = series[row[3]] else { return nil }
                let time = Timestamp(microseconds: row[2])
                return GroupableEvent(
                    sequence: row[0], id: row[1], time: time, series: name,
                    payload: try? reader.payload(of: time, block: row[4], part: row[5]))
            }
        }
    }

    /// Counts events in those of their groups whose declaration they were not counted by, in one transaction.
    ///
    /// - Returns: how many events were added to a group.
    package func regroup(_ events: [RegroupedEvent]) async throws -> Int {
        do {
            return try await pool.writeWithoutTransaction { [writer] in try writer.regroup(events, $0) }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }
}

extension EventWriter {
    fileprivate func regroup(_ events: [RegroupedEvent], _ database: Database) throws -> Int {
        try transaction(database) { state in
            var deltas = Deltas()
            var count = 0
            for event in events where try Self.regroup(event, &state, &deltas, database) { count += 1 }
            try write(deltas, &state)
            return count
        }
    }

    /// - Returns: whether anything was added.
    private static func regroup(
        _ event: RegroupedEvent, _ state: inout Loaded, _ deltas: inout Deltas, _ database: Database
    ) throws -> Bool {
        let row = try Row.fetchOne(
            database, sql: "SELECT series, time, signals FROM events WHERE seq = ?", arguments: [event.sequence])
        guard let row else { return false }
        let before = try Store.decode(row[2], sequence: event.sequence)
        var counted: Set<Int64> = []
        for case .group(let group) in before {
            counted.formUnion(state.groups.groups[group].map { [$0.declaration] } ?? [])
        }
        var added: [Int64] = []
        for membership in event.memberships {
            guard let group = try state.groups.id(of: membership, database),
                let declaration = state.groups.groups[group]?.declaration, counted.insert(declaration).inserted
            else { continue }
            added.append(group)
        }
        guard !added.isEmpty else { return false }
        var writer = ByteWriter(reserving: 64)
        for stored in before + added.map(SignalCoding.Stored.group) { SignalCoding.append(stored, to: &writer) }
        try database.execute(
            sql: "UPDATE events SET signals = ? WHERE seq = ?", arguments: [Data(writer.bytes), event.sequence])
        let hour = floorDivide(Timestamp(microseconds: row[1]).minute, 60)
        for group in added {
            let joint = state.groups.joint(before, group: group) { state.dictionaries.knownSignal(named: $0, $1) }
            deltas.update(GroupCellKey(hour: hour, series: row[0], group: group)) { cell in
                for stored in before { cell.add(stored) }
                if let joint { cell.count(joint) }
            }
        }
        return true
    }
}
