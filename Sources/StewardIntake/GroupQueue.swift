import StewardModel
import StewardStore

/// Batches that wait for the writer: bounded by bytes, handed over in groups, each of which becomes one transaction.
///
/// A value without locks or waiting; ``Intake`` gives it both.
struct GroupQueue<Ticket> {
    struct Entry {
        var rows: [EventRow]
        var bytes: Int
        var ticket: Ticket
    }

    let limitBytes: Int
    /// Events in one transaction, unless a single batch is larger.
    let groupEvents: Int
    private var entries: [Entry] = []
    private(set) var queuedBytes = 0
    private(set) var queuedEvents = 0
    private(set) var isClosed = false

    init(limitBytes: Int, groupEvents: Int) {
        self.limitBytes = limitBytes
        self.groupEvents = groupEvents
    }

    enum Offer: Equatable { case queued, full, closed }

    /// Takes a batch unless it would not fit; an empty queue takes any batch, so that none waits for ever.
    mutating func offer(_ rows: [EventRow], ticket: Ticket) -> Offer {
        if isClosed { return .closed }
        let bytes = rows.reduce(0) { $0 + $1.queuedBytes }
        guard entries.isEmpty || queuedBytes + bytes <= limitBytes else { return .full }
        entries.append(Entry(rows: rows, bytes: bytes, ticket: ticket))
        queuedBytes += bytes
        queuedEvents += rows.count
        return .queued
    }

    /// The oldest batches that make up one transaction; empty when nothing waits.
    mutating func takeGroup() -> [Entry] {
        var events = 0
        var count = 0
        while count < entries.count, count == 0 || events + entries[count].rows.count <= groupEvents {
            events += entries[count].rows.count
            count += 1
        }
        let group = Array(entries.prefix(count))
        entries.removeFirst(count)
        for entry in group {
            queuedBytes -= entry.bytes
            queuedEvents -= entry.rows.count
        }
        return group
    }

    /// Refuses what comes from now on; what waits is still handed over.
    mutating func close() { isClosed = true }
}
