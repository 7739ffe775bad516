import Foundation
import GRDB
import StewardModel
import Synchronization

/// The insert path: deduplicates, numbers and writes events, and adds them to their rollups in the same transaction.
///
/// Unchecked because the compiler cannot see it: apart from the locked index, all state is touched only inside
/// `commit`, which the store calls from its one serialised write.
final class EventWriter: @unchecked Sendable {
    let index: Mutex<EventIndex>
    private var loaded: Loaded?
    var payloads: PayloadFiles
    private let published = Mutex(Horizons())
    private let rollupChanges = Mutex(RollupChanges())

    /// Everything that must be forgotten when a transaction fails.
    struct Loaded {
        var dictionaries: Dictionaries
        var groups: GroupDictionary
        var statements: Statements
        var horizons: Horizons
        var cells: [CellKey: RollupCell] = [:]
        var groupCells: [GroupCellKey: GroupCell] = [:]
        /// Cells that the open transaction changed.
        var touched: [CellKey] = []
        var spend: PendingSpend
        var nextSequence: Int64
        /// Ids of events that feedback waits for.
        var awaited: Set<String>
    }

    /// Cells kept decoded between commits; the minutes that traffic falls in now, and all time of each series.
    private static let cachedCells = 4096

    init(seed: UInt64, payloads: PayloadFiles) {
        index = Mutex(EventIndex(seed: seed))
        self.payloads = payloads
    }

    /// Where an id may be stored, for readers.
    func candidates(for id: String) -> EventIndex.Candidates { index.withLock { $0.candidates(for: id) } }

    /// Reads what the index and the dictionaries need; called once, before the first commit.
    func load(_ database: Database) throws {
        try loadIndex(database)
        try loadState(database)
        try payloads.load(database)
        let lastMinutes = try SlidingSums.lastMinutes(database)
        rollupChanges.withLock { $0 = RollupChanges(lastMinutes: lastMinutes) }
    }

    /// What a failed commit makes us forget. The index is not part of it: it learns of ids only after their commit.
    private func loadState(_ database: Database) throws {
        let horizons = try Horizons(database)
        loaded = Loaded(
            dictionaries: try Dictionaries(database), groups: try GroupDictionary(database),
            statements: try Statements(database), horizons: horizons, spend: try PendingSpend(database),
            nextSequence: max(
                try Int64.fetchOne(database, sql: "SELECT MAX(seq) FROM events") ?? 0, horizons.sequence) + 1,
            awaited: try String.fetchSet(database, sql: "SELECT event_id FROM feedback WHERE seq IS NULL"))
        published.withLock { $0 = horizons }
    }

    /// As they were committed last.
    var horizons: Horizons { published.withLock { $0 } }

    /// Which rollups of the past were changed, as of the last commit or an earlier one.
    var changes: RollupChanges { rollupChanges.withLock { $0 } }

    func noteCompaction() { rollupChanges.withLock { $0.noteCompaction() } }

    /// Looks at the loaded state.
    func withLoaded<Result>(_ database: Database, _ body: (Loaded) throws -> Result) throws -> Result {
        if loaded == nil { try loadState(database) }
        guard let loaded else { preconditionFailure("the state was loaded a line above") }
        return try body(loaded)
    }

    /// Lets go of the prepared statements and files, so that the connection can close.
    func unload() {
        loaded = nil
        payloads.close()
    }

    /// Writes the batches in one transaction.
    ///
    /// - Returns: the outcome of each batch, in order.
    /// - Throws: `DatabaseError`; then nothing of any batch was stored.
    func commit(_ batches: [EventBatch], _ database: Database) throws -> [BatchOutcome] {
        var staged: [String: Int64] = [:]
        var run: [(fingerprint: Int64, sequence: Int64)] = []
        let outcomes = try transaction(database) { state in
            if index.withLock({ $0.wantsSealing }) { run = try writeRun(state.statements) }
            var deltas = Deltas()
            let outcomes = try batches.map { batch in
                var outcome = BatchOutcome(accepted: 0, duplicates: 0)
                // A block is written with its first event that is new: a batch that is sent again takes no room.
                var blocks = [Int64?](repeating: nil, count: batch.blocks.count)
                for (position, row) in batch.rows.enumerated() {
                    guard try staged[row.id] == nil && sequence(of: row.id, state.statements) == nil else {
                        outcome.duplicates += 1
                        outcome.repeated.append(position)
                        continue
                    }
                    staged[row.id] = state.nextSequence
                    if let index = row.payload?.block, blocks[index] == nil {
                        blocks[index] = try payloads.append(batch.blocks[index])
                    }
                    try write(row, block: row.payload.flatMap { blocks[$0.block] }, &state, &deltas, database)
                    outcome.accepted += 1
                }
                return outcome
            }
            try write(deltas, &state)
            if state.spend.isFull(at: state.nextSequence - 1) { try writeSpend(&state, database) }
            try payloads.prepareCommit()
            return outcomes
        }
        index.withLock {
            if !run.isEmpty { $0.seal(run) }
            $0.insert(staged)
        }
        return outcomes
    }

    /// Runs a transaction on the loaded state, which is forgotten when it fails: what it interned is not stored then.
    func transaction<Result>(
        _ database: Database, _ body: (inout Loaded) throws -> Result
    ) throws -> Result {
        if loaded == nil { try loadState(database) }
        guard var state = loaded.take() else { preconditionFailure("the state was loaded a line above") }
        var result: Result?
        do {
            try database.inTransaction(.immediate) {
                result = try body(&state)
                return .commit
            }
        } catch {
            payloads.rolledBack()
            throw error
        }
        payloads.committed()
        published.withLock { $0 = state.horizons }
        rollupChanges.withLock { [touched = state.touched] in $0.note(touched) }
        state.touched.removeAll(keepingCapacity: true)
        if state.cells.count > Self.cachedCells { state.cells.removeAll(keepingCapacity: true) }
        if state.groupCells.count > Self.cachedCells { state.groupCells.removeAll(keepingCapacity: true) }
        loaded = consume state
        guard let result else { preconditionFailure("a transaction that did not throw has a result") }
        return result
    }
}

// MARK: - Rows

extension EventWriter {
    private func write(
        _ row: EventRow, block: Int64?, _ state: inout Loaded, _ deltas: inout Deltas, _ database: Database
    ) throws {
        let sequence = state.nextSequence
        state.nextSequence += 1
        let series = try state.dictionaries.id(of: row.series, database).id
        let attribution = try state.dictionaries.id(of: row.attribution, database)

        var signals = ByteWriter(reserving: 48)
        var stored: [SignalCoding.Stored] = []
        stored.reserveCapacity(row.observations.count)
        for observation in try row.observations + feedback(awaiting: row, sequence, &state, database) {
            guard let value = try state.dictionaries.stored(observation, database) else { continue }
            SignalCoding.append(value, to: &signals)
            stored.append(value)
        }
        for group in try Self.groups(of: row, &state, database) {
            SignalCoding.append(group, to: &signals)
            stored.append(group)
        }

        let insert = state.statements.insertEvent
        insert.bind(1, sequence)
        insert.bind(2, row.id)
        insert.bind(3, row.time.microseconds)
        insert.bind(4, row.received.microseconds)
        insert.bind(5, series)
        insert.bind(6, attribution)
        insert.bind(7, EventFlags(row).rawValue)
        insert.bind(8, row.cost?.amount)
        insert.bind(9, row.session)
        insert.bind(10, signals.bytes)
        insert.bind(11, block)
        insert.bind(12, row.payload.map { Int64($0.part) })
        try insert.run()

        let minute = row.time.minute
        deltas.add(stored, cell: CellKey(minute: state.horizons.floor(minute), series: series))
        Self.add(stored, hour: floorDivide(minute, 60), series: series, to: &deltas, state)
        state.spend.add(
            Spend(stored, cost: row.cost), key: SpendKey(minute: minute, series: series, attribution: attribution))
        deltas.addEvent(day: floorDivide(minute, 1440), minute: minute, series: series)
    }

    func write(_ deltas: Deltas, _ state: inout Loaded) throws {
        var totals: [CellKey: RollupCell] = [:]
        for (key, delta) in deltas.cells {
            try add(delta, to: key, &state)
            totals[CellKey(minute: 0, series: key.series), default: RollupCell()].add(delta)
        }
        for (key, delta) in totals { try add(delta, to: key, &state) }
        try Self.write(groups: deltas.groups, &state)
        for (day, events) in deltas.days {
            state.statements.upsertDay.bind(1, day)
            state.statements.upsertDay.bind(2, events)
            state.statements.upsertDay.bind(3, payloads.length(day: day))
            try state.statements.upsertDay.run()
        }
        for (series, minute) in deltas.lastMinutes {
            state.statements.updateSeries.bind(1, minute)
            state.statements.updateSeries.bind(2, series)
            try state.statements.updateSeries.run()
        }
    }

    private func add(_ delta: RollupCell, to key: CellKey, _ state: inout Loaded) throws {
        try update(key, &state) { $0.add(delta) }
    }

    func subtract(_ delta: RollupCell, from key: CellKey, _ state: inout Loaded) throws {
        try update(key, &state) { $0.subtract(delta) }
    }

    private func update(_ key: CellKey, _ state: inout Loaded, _ change: (inout RollupCell) -> Void) throws {
        if state.cells[key] == nil { state.cells[key] = try read(key, state.statements.selectCell) }
        change(&state.cells[key, default: RollupCell()])
        state.touched.append(key)
        var writer = ByteWriter(reserving: 2048)
        state.cells[key]?.encoded(into: &writer)
        state.statements.upsertCell.bind(1, key.row)
        state.statements.upsertCell.bind(2, writer.bytes)
        try state.statements.upsertCell.run()
    }

    private func read(_ key: CellKey, _ select: RawStatement) throws -> RollupCell? {
        var cell: RollupCell?
        select.bind(1, key.row)
        try select.forEachRow { row in
            guard let decoded = row.withBlob(0, RollupCell.init(encoded:)) else {
                throw StewardError(.storage, "rollup cell \(key.row) cannot be read; run 'steward fsck'")
            }
            cell = decoded
            return false
        }
        return cell
    }
}

// MARK: - Ids

extension EventWriter {
    func sequence(of id: String, _ statements: Statements) throws -> Int64? {
        switch index.withLock({ $0.candidates(for: id) }) {
        case .found(let sequence): return sequence
        case .runs(let generations, let fingerprint):
            for runs in generations {
                for run in runs.reversed() {
                    if let found = try sequence(of: id, run, fingerprint, statements) { return found }
                }
            }
            return nil
        }
    }

    private func sequence(
        of id: String, _ run: Int64, _ fingerprint: Int64, _ statements: Statements
    ) throws -> Int64? {
        var found: Int64?
        statements.selectKey.bind(1, run)
        statements.selectKey.bind(2, fingerprint)
        try statements.selectKey.forEachRow { row in
            if row.text(0) == id { found = row.int64(1) }
            return found == nil
        }
        return found
    }

    /// Writes the ids since the last run as a new one, and the filter of a generation that it completes.
    private func writeRun(_ statements: Statements) throws -> [(fingerprint: Int64, sequence: Int64)] {
        let (run, number, finished) = index.withLock { index in
            let run = index.sealedRun()
            return (run, index.nextRun, index.finishedFilter(adding: run))
        }
        for row in run {
            statements.insertKey.bind(1, number)
            statements.insertKey.bind(2, row.fingerprint)
            statements.insertKey.bind(3, row.sequence)
            try statements.insertKey.run()
        }
        if let finished {
            statements.insertFilter.bind(1, finished.generation)
            statements.insertFilter.bind(2, finished.words.withUnsafeBytes { Array($0) })
            try statements.insertFilter.run()
        }
        return run
    }

    private func loadIndex(_ database: Database) throws {
        var fresh = EventIndex(seed: index.withLock { $0.seed })
        let filters = try Row.fetchCursor(
            database, sql: "SELECT generation, bits FROM event_key_filters ORDER BY generation")
        while let row = try filters.next() {
            let bits: Data = row[1]
            fresh.load(
                finished: bits.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }, generation: row[0])
        }
        let open = try Row.fetchCursor(
            database, sql: "SELECT run, fingerprint FROM event_keys WHERE run >= ?", arguments: [fresh.nextRun])
        while let row = try open.next() {
            let run: Int64 = row[0]
            fresh.addToFilter(run: run, fingerprints: CollectionOfOne(row[1]))
            fresh.setNextRun(run + 1)
        }
        let sealed = try Int64.fetchOne(
            database, sql: "SELECT MAX(seq) FROM event_keys WHERE run = ?", arguments: [fresh.nextRun - 1])
        let recent = try Row.fetchCursor(
            database, sql: "SELECT id, seq FROM events WHERE seq > ?", arguments: [sealed ?? 0])
        var ids: [String: Int64] = [:]
        while let row = try recent.next() { ids[row[0]] = row[1] }
        fresh.insert(ids)
        index.withLock { $0 = fresh }
    }
}
