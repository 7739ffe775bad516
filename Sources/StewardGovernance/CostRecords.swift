import StewardJSON
import StewardModel
import StewardStore

/// Some events were given another cost under a price catalogue: one transaction of a repricing.
package struct RepricingRecord: Sendable, Equatable {
    package var run: String
    /// Of the price lists that were applied, and their latest day.
    package var catalogue: String
    package var catalogueVersion: String
    package var since: Timestamp
    package var until: Timestamp
    package var reason: String?
    package var firstSequence: Int64
    package var lastSequence: Int64
    package var events: Int64
    /// Sums over the changed events; an unknown cost adds nothing and is counted beside.
    package var before: Nanodollars
    package var after: Nanodollars
    package var unpricedBefore: Int64
    package var unpricedAfter: Int64

    /// - Parameter changes: at least one.
    init(run: RepricingRun, changes: [RepricedEvent]) {
        self.run = run.id
        catalogue = run.catalogue
        catalogueVersion = run.catalogueVersion
        since = run.scope.since
        until = run.scope.until
        reason = run.reason
        firstSequence = changes.first?.sequence ?? 0
        lastSequence = changes.last?.sequence ?? 0
        events = Int64(changes.count)
        before = changes.reduce(.zero) { $0 + ($1.before ?? .zero) }
        after = changes.reduce(.zero) { $0 + ($1.after ?? .zero) }
        unpricedBefore = Int64(changes.count { $0.before == nil })
        unpricedAfter = Int64(changes.count { $0.after == nil })
    }

    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [
            .init(name: "run", value: .string(run)),
            .init(name: "catalogue", value: .string(catalogue)),
            .init(name: "catalogue_version", value: .string(catalogueVersion)),
            .init(name: "since", value: .string(since.rfc3339)),
            .init(name: "until", value: .string(until.rfc3339)),
            .init(name: "first_event", value: .integer(firstSequence)),
            .init(name: "last_event", value: .integer(lastSequence)),
            .init(name: "events", value: .integer(events)),
            .init(name: "before_nanodollars", value: .integer(before.amount)),
            .init(name: "after_nanodollars", value: .integer(after.amount)),
            .init(name: "unpriced_before", value: .integer(unpricedBefore)),
            .init(name: "unpriced_after", value: .integer(unpricedAfter)),
        ]
        if let reason { members.append(.init(name: "reason", value: .string(reason))) }
        return members
    }

    init(_ fields: RecordFields) throws {
        run = try fields.string("run")
        catalogue = try fields.string("catalogue")
        catalogueVersion = try fields.string("catalogue_version")
        since = try fields.time("since")
        until = try fields.time("until")
        reason = fields.optionalString("reason")
        firstSequence = try fields.integer("first_event")
        lastSequence = try fields.integer("last_event")
        events = try fields.integer("events")
        before = Nanodollars(try fields.integer("before_nanodollars"))
        after = Nanodollars(try fields.integer("after_nanodollars"))
        unpricedBefore = try fields.integer("unpriced_before")
        unpricedAfter = try fields.integer("unpriced_after")
    }
}
