import Foundation
import GRDB
import StewardModel

extension EventWriter {
    /// Feedback that may wait for events that have not come, at most.
    private static let maximumAwaited = 100_000

    /// Stores feedback; what is about a stored event is added to the rollups of that event's minute.
    ///
    /// - Throws: `overloaded` when too much waits for events that never came; then nothing was stored.
    func commit(
        _ feedback: [Feedback], received: Timestamp, _ database: Database
    ) throws -> BatchOutcome {
        try transaction(database) { state in
            var outcome = BatchOutcome(accepted: 0, duplicates: 0)
            var deltas = Deltas()
            for one in feedback {
                let sequence = try sequence(of: one.eventID, state.statements)
                guard try insert(one, sequence, received, database) else {
                    outcome.duplicates += 1
                    continue
                }
                outcome.accepted += 1
                if let sequence {
                    try join(one, to: sequence, &state, &deltas, database)
                } else {
                    state.awaited.insert(one.eventID)
                }
            }
            guard state.awaited.count <= Self.maximumAwaited else {
                throw StewardError(
                    .overloaded,
                    "feedback about \(Self.maximumAwaited) events waits for them to come; send events first",
                    retryAfterSeconds: 60)
            }
            try write(deltas, &state)
            return outcome
        }
    }

    private func insert(
        _ feedback: Feedback, _ sequence: Int64?, _ received: Timestamp, _ database: Database
    ) throws -> Bool {
        let (kind, number, text) = feedback.value.columns
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO feedback
                (key, event_id, seq, time, received, name, kind, number, text, source)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                feedback.key, feedback.eventID, sequence, feedback.time.microseconds, received.microseconds,
                feedback.name, kind, number, text, feedback.source,
            ])
        return database.changesCount > 0
    }

    /// Adds what feedback says to an event that is stored already: to its signals and to its minute.
    private func join(
        _ feedback: Feedback, to sequence: Int64, _ state: inout Loaded, _ deltas: inout Deltas, _ database: Database
    ) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT series, time, signals FROM events WHERE seq = ?", arguments: [sequence])
        guard let row, let stored = try state.dictionaries.stored(feedback.observation, database) else { return }
        var addition = ByteWriter()
        SignalCoding.append(stored, to: &addition)
        let signals: Data = row[2]
        let before = signals.withUnsafeBytes { SignalCoding.decode($0.bindMemory(to: UInt8.self)) }
        try database.execute(
            sql: "UPDATE events SET signals = ? WHERE seq = ?", arguments: [signals + addition.bytes, sequence])
        let minute = Timestamp(microseconds: row[1]).minute
        deltas.add([stored], cell: CellKey(minute: state.horizons.floor(minute), series: row[0]))
        Self.add(
            [stored], after: before ?? [], hour: floorDivide(minute, 60), series: row[0], to: &deltas, state)
    }

    /// What feedback that came before its event says of it.
    func feedback(
        awaiting row: EventRow, _ sequence: Int64, _ state: inout Loaded, _ database: Database
    ) throws -> [Observation] {
        guard !state.awaited.isEmpty, state.awaited.remove(row.id) != nil else { return [] }
        let waiting = try Store.feedback(database, where: "event_id = ? AND seq IS NULL", [row.id])
        try database.execute(
            sql: "UPDATE feedback SET seq = ? WHERE event_id = ? AND seq IS NULL", arguments: [sequence, row.id])
        return waiting.map(\.observation)
    }
}
