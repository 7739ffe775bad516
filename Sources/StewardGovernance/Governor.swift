import StewardJSON
import StewardModel
import StewardStore
import StewardTransparency
import Synchronization

/// The one door through which state changes: a command is decided on the present state, its records are appended,
/// hashed into the tree and covered by a signed checkpoint in one transaction, and only then the state is replaced.
package actor Governor {
    private let store: Store
    private let signer: NoteSigner
    private let now: @Sendable () -> Timestamp
    private var frontier: MerkleFrontier
    private let published: Mutex<GovernanceState>
    private var gate = Gate()

    /// Reads the audit log, checks it against its tree and signed checkpoint, and rebuilds the state from it.
    ///
    /// - Throws: ``StewardError/Code/storage`` when the log does not fit its checkpoint: somebody changed it.
    package init(store: Store, signer: NoteSigner, now: @Sendable @escaping () -> Timestamp) async throws {
        self.store = store
        self.signer = signer
        self.now = now
        var state = GovernanceState()
        var frontier = MerkleFrontier()
        for (index, leaf) in try await store.leaves().enumerated() {
            let record = try Record(leaf: leaf)
            guard record.sequence == index else {
                throw StewardError(
                    .storage, "audit record \(index) says that it is \(record.sequence); run 'steward fsck'")
            }
            state.apply(record)
            _ = frontier.append(.leaf(leaf))
        }
        if let stored = try await store.checkpoint() {
            let checkpoint = try Checkpoint(opening: SignedNote(parsing: stored.note), verifier: signer.verifier)
            guard checkpoint.size == frontier.size, checkpoint.root == frontier.root else {
                throw StewardError(
                    .storage,
                    "the audit log does not fit its signed checkpoint of \(checkpoint.size) records; "
                        + "it was changed outside steward: restore a backup, or verify an export")
            }
        }
        self.frontier = frontier
        published = Mutex(state)
    }

    /// The state after the last committed record.
    package nonisolated var state: GovernanceState { published.withLock { $0 } }

    package nonisolated var verifierKey: String { signer.verifier.text }
    package nonisolated var origin: String { signer.verifier.name }

    /// Carries out a command.
    ///
    /// - Parameter specs: specs by digest that are stored in the same transaction.
    /// - Returns: the records made; none when all was as asked already.
    /// - Throws: ``StewardError`` when the command is refused or cannot be stored; then nothing has changed.
    @discardableResult
    package func perform(
        _ command: Command, by actor: Actor, specs: [String: [UInt8]] = [:]
    ) async throws -> [Record] {
        try await perform([command], by: actor, specs: specs)
    }

    /// Carries out commands one on top of the other, all or none.
    @discardableResult
    package func perform(
        _ commands: [Command], by actor: Actor, specs: [String: [UInt8]] = [:]
    ) async throws -> [Record] {
        await enter()
        defer { leave() }
        var next = state
        var records: [Record] = []
        let time = now()
        for command in commands {
            for change in try next.decide(command) {
                let record = Record(sequence: next.size, time: time, actor: actor, change: change)
                next.apply(record)
                records.append(record)
            }
        }
        guard !records.isEmpty else { return [] }
        try await append(records, at: time, specs: specs)
        published.withLock { $0 = next }
        return records
    }

    /// Gives events another cost, with the record that says so in the same transaction.
    package func reprice(_ events: [RepricedEvent], recording record: RepricingRecord, by actor: Actor) async throws {
        await enter()
        defer { leave() }
        var next = state
        let record = Record(sequence: next.size, time: now(), actor: actor, change: .costsRepriced(record))
        next.apply(record)
        try await append([record], at: record.time, specs: [:], with: .repriced(events))
        published.withLock { $0 = next }
    }

    /// Drops the events before a day, with the record that says so in the same transaction.
    package func drop(_ record: RetentionRecord, by actor: Actor) async throws {
        await enter()
        defer { leave() }
        var next = state
        let change = EventChange.dropped(before: record.beforeDay)
        let record = Record(sequence: next.size, time: now(), actor: actor, change: .eventsDropped(record))
        next.apply(record)
        try await append([record], at: record.time, specs: [:], with: change)
        published.withLock { $0 = next }
    }

    private func append(
        _ records: [Record], at time: Timestamp, specs: [String: [UInt8]], with change: EventChange? = nil
    ) async throws {
        var frontier = self.frontier
        var nodes: [StoredNode] = []
        let leaves = records.map(\.leaf)
        for (record, leaf) in zip(records, leaves) {
            // tlog-tiles carries an entry behind a 16-bit length.
            guard leaf.count <= Int(UInt16.max) else {
                throw StewardError(.tooLarge, "the record '\(record.change.action)' would be \(leaf.count) bytes long")
            }
            // What cannot be read again would keep the daemon from ever starting again.
            guard let read = try? Record(leaf: leaf), read.leaf == leaf else {
                throw StewardError(.internal, "the record '\(record.change.action)' could not be read again")
            }
            nodes += frontier.append(.leaf(leaf)).map {
                StoredNode(level: $0.level, position: $0.index, hash: $0.hash.bytes)
            }
        }
        let checkpoint = Checkpoint(origin: origin, size: frontier.size, root: frontier.root)
        try await store.append(
            RecordAppend(
                size: self.frontier.size, leaves: leaves, nodes: nodes,
                checkpoint: checkpoint.signed(by: signer).serialized, time: time, specs: specs), with: change)
        self.frontier = frontier
    }

    // MARK: One command at a time

    /// An actor lets others in while it awaits; decisions must not be made on a state that is about to change.
    private struct Gate {
        var isBusy = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private func enter() async {
        guard gate.isBusy else {
            gate.isBusy = true
            return
        }
        await withCheckedContinuation { gate.waiting.append($0) }
    }

    private func leave() {
        if gate.waiting.isEmpty { gate.isBusy = false } else { gate.waiting.removeFirst().resume() }
    }
}

// MARK: - Reading

extension Governor {
    package nonisolated func spec(digest: String) async throws -> JSONValue? {
        guard let bytes = try await store.spec(digest: digest) else { return nil }
        do { return try JSONValue(parsing: bytes) } catch {
            throw StewardError(.storage, "the spec \(digest) cannot be read: \(error)")
        }
    }
}
