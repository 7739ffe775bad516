import StewardModel

/// An event as the store takes it: admitted, priced, turned into observations, its payload compressed.
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
    package var payload: [UInt8]

    package init(
        id: String, time: Timestamp, received: Timestamp, series: SeriesKey, attribution: Attribution = Attribution(),
        status: Event.Status = .ok, simulated: Bool = false, cost: Nanodollars? = nil, session: String? = nil,
        observations: [Observation] = [], groups: [GroupMembership] = [], payload: [UInt8] = []
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

    /// Bytes this row takes while it waits to be written, roughly.
    package var queuedBytes: Int { payload.count + 512 }
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
