import StewardModel
import StewardPolicy
import StewardStore
import StewardWire

/// Counts stored events in the groups that were declared after they came, from what was sent with them.
package struct Regrouping: Sendable {
    /// Events looked at, and changed, in one transaction at most.
    private static let chunkEvents = 2000

    private let store: Store
    private let codec: PayloadCodec

    package init(store: Store, codec: PayloadCodec) {
        self.store = store
        self.codec = codec
    }

    /// Whether some stored event may have been counted by another plan.
    package func isDue(_ plan: GroupPlan) async throws -> Bool {
        if plan.isEmpty { return false }
        return try await store.regroupedPlan() != plan.fingerprint
    }

    /// Looks at every stored event that the plan is about. What is counted already stays as it is, so a run that was
    /// interrupted can be run again.
    ///
    /// - Returns: how many events were added to a group.
    package func run(_ plan: GroupPlan) async throws -> Int {
        var (last, count): (Int64, Int) = (0, 0)
        while !Task.isCancelled {
            let events = try await store.groupableEvents(after: last, limit: Self.chunkEvents) { plan.counts($0) }
            guard let newest = events.last?.sequence else {
                try await store.setRegroupedPlan(plan.fingerprint)
                break
            }
            var reader = StoredEventReader(codec: codec)
            count += try await store.regroup(events.compactMap { Self.regrouped($0, plan, &reader) })
            last = newest
        }
        return count
    }

    private static func regrouped(
        _ stored: GroupableEvent, _ plan: GroupPlan, _ reader: inout StoredEventReader
    ) -> RegroupedEvent? {
        let event = reader.event(stored.payload, id: stored.id, time: stored.time, series: stored.series)
        guard let event else { return nil }
        return RegroupedEvent(sequence: stored.sequence, memberships: plan.memberships(of: event))
    }
}
