import StewardModel

/// An event as the store takes it: admitted, priced, turned into observations.
package struct EventRow: Sendable {
    package var id: String
    package var time: Timestamp
    package var received: Timestamp
    package var series: SeriesKey
    package var attribution: Attribution
    package var status: Event.Status
    package var simulated: Bool
    /// `nil` when there is no price: never taken for zero.
    package var cost: Nanodollars?
    package var session: String?
    package var observations: [Observation]
    /// The audited groups that the event belongs to.
    package var groups: [GroupMembership]
    /// Where its payload is in the blocks of its batch; `nil` when none is kept.
    package var payload: PayloadPlace?

    package init(
        id: String, time: Timestamp, received: Timestamp, series: SeriesKey, attribution: Attribution = Attribution(),
        status: Event.Status = .ok, simulated: Bool = false, cost: Nanodollars? = nil, session: String? = nil,
        observations: [Observation] = [], groups: [GroupMembership] = [], payload: PayloadPlace? = nil
    ) {
        self.id = id
        self.time = time
        self.received = received
        self.series = series
        self.attribution = attribution
        self.status = status
        self.simulated = simulated
        self.cost = cost
        self.session = session
        self.observations = observations
        self.groups = groups
        self.payload = payload
    }

    /// Whether it should have a price and has none.
    package var isUnpriced: Bool { cost == nil && observations.contains(.absent(.cost)) }
}

/// A payload of a batch: which block, and which part of it.
package struct PayloadPlace: Sendable, Equatable {
    package var block: Int
    package var part: Int

    package init(block: Int, part: Int) {
        self.block = block
        self.part = part
    }
}

/// Payloads of one day, packed together; the store does not look inside.
package struct PayloadBlock: Sendable, Equatable {
    /// Days since 1970-01-01, of the time of its events.
    package var day: Int64
    package var bytes: [UInt8]

    package init(day: Int64, bytes: [UInt8]) {
        self.day = day
        self.bytes = bytes
    }
}

/// What is stored together or not at all: the events of one request, and their payloads.
package struct EventBatch: Sendable {
    package var rows: [EventRow]
    package var blocks: [PayloadBlock]

    package init(_ rows: [EventRow], blocks: [PayloadBlock] = []) {
        self.rows = rows
        self.blocks = blocks
    }

    /// Bytes this batch takes while it waits to be written, roughly.
    package var queuedBytes: Int { blocks.reduce(rows.count * 512) { $0 + $1.bytes.count } }
}

extension EventBatch: ExpressibleByArrayLiteral {
    /// Events whose payloads are not kept.
    package init(arrayLiteral rows: EventRow...) { self.init(rows) }
}

/// What became of one batch.
package struct BatchOutcome: Sendable, Equatable {
    package var accepted: Int
    package var duplicates: Int
    /// Which events of the batch were stored before, by position.
    package var repeated: [Int] = []

    package init(accepted: Int, duplicates: Int, repeated: [Int] = []) {
        self.repeated = repeated
        self.accepted = accepted
        self.duplicates = duplicates
    }
}
