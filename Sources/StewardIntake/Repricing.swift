import StewardModel
import StewardPolicy
import StewardStore
import StewardWire

/// Prices stored events again from what was sent with them.
package struct Repricing: Sendable {
    /// Events looked at, and changed, in one transaction at most.
    package static let chunkEvents = 5000

    private let store: Store
    private let prices: PriceCatalogue
    private let codec: PayloadCodec

    package init(store: Store, prices: PriceCatalogue, codec: PayloadCodec) {
        self.store = store
        self.prices = prices
        self.codec = codec
    }

    /// Looks at the events of a scope behind a number, in the order of arrival; `nil` when there are no more.
    ///
    /// A run that is interrupted leaves every chunk either done or not; the next run finds the rest.
    package func chunk(_ scope: RepricingScope, after sequence: Int64) async throws -> RepricingChunk? {
        let events = try await store.pricedEvents(scope, after: sequence, limit: Self.chunkEvents)
        return events.last.map { chunk(events, last: $0.sequence) }
    }

    private func chunk(_ events: [PricedEvent], last: Int64) -> RepricingChunk {
        var chunk = RepricingChunk(lastSequence: last)
        chunk.examined = events.count
        var reader = StoredEventReader(codec: codec)
        for stored in events {
            let event = reader.event(stored.payload, id: stored.id, time: stored.time, series: stored.series)
            guard let event else {
                chunk.unreadable += 1
                if stored.isUnpriced { chunk.unpricedAfter += 1 }
                continue
            }
            guard event.isBillable else { continue }
            let cost = prices.price(of: event)
            if cost == nil { chunk.unpricedAfter += 1 }
            guard cost != stored.cost else { continue }
            chunk.differences.append(
                RepricedEvent(
                    id: stored.id, sequence: stored.sequence, time: stored.time, series: stored.series,
                    model: stored.model, before: stored.cost, after: cost))
        }
        return chunk
    }
}
