import StewardModel
import StewardStore

/// A repricing as it was asked for: which events, under which catalogue, and why.
package struct RepricingRun: Sendable, Equatable {
    package var id: String
    package var catalogue: String
    package var catalogueVersion: String
    package var scope: RepricingScope
    package var reason: String?
    /// Only says what would change.
    package var isDryRun: Bool

    package init(
        id: String, catalogue: String, catalogueVersion: String, scope: RepricingScope, reason: String?,
        isDryRun: Bool
    ) {
        self.id = id
        self.catalogue = catalogue
        self.catalogueVersion = catalogueVersion
        self.scope = scope
        self.reason = reason
        self.isDryRun = isDryRun
    }
}

/// What a repricing changed, or would change.
package struct RepricingSummary: Sendable, Equatable {
    package struct Key: Sendable, Hashable {
        package var day: String
        package var series: SeriesKey
        package var model: String?
    }

    package struct Sums: Sendable, Equatable {
        package var events: Int64 = 0
        package var before = Nanodollars.zero
        package var after = Nanodollars.zero
        /// Events that had no price, and that have none now.
        package var unpricedBefore: Int64 = 0
        package var unpricedAfter: Int64 = 0

        fileprivate mutating func add(_ event: RepricedEvent) {
            events += 1
            before += event.before ?? .zero
            after += event.after ?? .zero
            if event.before == nil { unpricedBefore += 1 }
            if event.after == nil { unpricedAfter += 1 }
        }
    }

    /// Single events that are kept; all of them are in the sums.
    package static let listedEvents = 10_000

    package var examined: Int64 = 0
    package var unreadable: Int64 = 0
    /// Of all events looked at, changed or not.
    package var stillUnpriced: Int64 = 0
    package var total = Sums()
    package var groups: [Key: Sums] = [:]
    package var events: [RepricedEvent] = []

    package init() {}

    package mutating func add(_ chunk: RepricingChunk) {
        examined += Int64(chunk.examined)
        unreadable += Int64(chunk.unreadable)
        stillUnpriced += Int64(chunk.unpricedAfter)
        for event in chunk.differences {
            total.add(event)
            groups[Key(day: event.time.day, series: event.series, model: event.model), default: Sums()].add(event)
            if events.count < Self.listedEvents { events.append(event) }
        }
    }
}

extension Governor {
    /// Reprices events chunk by chunk: each chunk is one transaction with its record.
    ///
    /// - Parameter next: looks at the events of a scope behind a number; `nil` when there are no more.
    package nonisolated func reprice(
        _ run: RepricingRun, by actor: Actor,
        next: @Sendable (RepricingScope, Int64) async throws -> RepricingChunk?
    ) async throws -> RepricingSummary {
        var summary = RepricingSummary()
        var last: Int64 = 0
        while let chunk = try await next(run.scope, last) {
            if !run.isDryRun, !chunk.differences.isEmpty {
                let record = RepricingRecord(run: run, changes: chunk.differences)
                try await reprice(chunk.differences, recording: record, by: actor)
            }
            summary.add(chunk)
            last = chunk.lastSequence
        }
        return summary
    }
}
