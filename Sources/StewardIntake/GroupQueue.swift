import StewardModel
import StewardStore

/// Batches that wait for the writer: bounded by bytes, fair between senders, handed over in groups, each of which
/// becomes one transaction.
///
/// A sender may queue as much as is still free, so one sender alone gets half of the queue, two get a third each, and
/// there is always room for the next (A. K. Choudhury and E. L. Hahne, "Dynamic queue length thresholds for
/// shared-memory packet switches", IEEE/ACM Transactions on Networking 6(2), 1998, with α = 1). Groups take batches
/// from the senders in turn.
///
/// A value without locks or waiting; ``Intake`` gives it both.
struct GroupQueue<Ticket> {
    struct Entry {
        var batch: EventBatch
        var bytes: Int
        var ticket: Ticket
    }

    private struct Line {
        var sender: String
        var entries: [Entry] = []
        var bytes = 0
    }

    let limitBytes: Int
    /// Events in one transaction, unless a single batch is larger.
    let groupEvents: Int
    /// Senders with something queued, in the order in which they are served.
    private var lines: [Line] = []
    private(set) var queuedBytes = 0
    private(set) var queuedEvents = 0
    private(set) var isClosed = false

    init(limitBytes: Int, groupEvents: Int) {
        self.limitBytes = limitBytes
        self.groupEvents = groupEvents
    }

    enum Offer: Equatable {
        case queued
        /// There is room, but not for more of this sender.
        case shareUsed
        case full, closed
    }

    /// Takes a batch unless it would not fit; an empty queue takes any batch, so that none waits for ever.
    mutating func offer(_ batch: EventBatch, sender: String, ticket: Ticket) -> Offer {
        if isClosed { return .closed }
        let bytes = batch.queuedBytes
        let line = lines.firstIndex { $0.sender == sender }
        if queuedEvents > 0 {
            guard queuedBytes + bytes <= limitBytes else { return .full }
            if let line, lines[line].bytes + bytes > limitBytes - queuedBytes { return .shareUsed }
        }
        if line == nil { lines.append(Line(sender: sender)) }
        let index = line ?? lines.count - 1
        lines[index].entries.append(Entry(batch: batch, bytes: bytes, ticket: ticket))
        lines[index].bytes += bytes
        queuedBytes += bytes
        queuedEvents += batch.rows.count
        return .queued
    }

    /// The batches that make up one transaction, oldest first of each sender; empty when nothing waits.
    mutating func takeGroup() -> [Entry] {
        var group: [Entry] = []
        var events = 0
        var taken = Array(repeating: 0, count: lines.count)
        round: while true {
            let before = group.count
            for index in lines.indices where taken[index] < lines[index].entries.count {
                let entry = lines[index].entries[taken[index]]
                guard group.isEmpty || events + entry.batch.rows.count <= groupEvents else { break round }
                group.append(entry)
                events += entry.batch.rows.count
                taken[index] += 1
            }
            if group.count == before { break }
        }
        for index in lines.indices {
            for entry in lines[index].entries.prefix(taken[index]) { lines[index].bytes -= entry.bytes }
            lines[index].entries.removeFirst(taken[index])
        }
        // Who was served first is served last next time.
        if let first = lines.first { lines = lines.dropFirst() + [first] }
        lines.removeAll { $0.entries.isEmpty }
        for entry in group { queuedBytes -= entry.bytes }
        queuedEvents -= events
        return group
    }

    /// Refuses what comes from now on; what waits is still handed over.
    mutating func close() { isClosed = true }
}
