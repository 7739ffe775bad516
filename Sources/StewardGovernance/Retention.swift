import StewardJSON
import StewardModel
import StewardStore

/// How long what is kept. `nil` keeps it for ever.
package struct RetentionRules: Sendable, Equatable {
    /// How long events are kept with their payloads; their sums stay.
    package var events: Duration?
    /// How long rollups are kept by the minute; then by the hour.
    package var minutes: Duration?
    /// How long rollups are kept by the hour; then by the day.
    package var hours: Duration?
    /// Bytes that the store may take; the oldest days of events go first.
    package var size: Int64?

    package init(
        events: Duration? = nil, minutes: Duration? = nil, hours: Duration? = nil, size: Int64? = nil
    ) {
        self.events = events
        self.minutes = minutes
        self.hours = hours
        self.size = size
    }

    /// Days that are never dropped for room: today and yesterday are still being looked at.
    package static let protectedDays: Int64 = 2
    /// What deployers of high-risk systems must keep of their logs (Regulation (EU) 2024/1689, Article 26(6)).
    package static let highRiskDays: Int64 = 183
}

/// What is to be done now so that a store keeps to its rules.
package struct RetentionPlan: Sendable, Equatable {
    package var drop: RetentionRecord?
    /// Where the minutes and the hours are to be added up to, in minutes since 1970.
    package var minutesUntil: Int64?
    package var hoursUntil: Int64?
    /// The store takes more than it may, and nothing may be dropped.
    package var isOverSize = false

    /// - Parameter isHighRisk: whether a registered version says that it is of high risk: then events are kept for
    ///   ``RetentionRules/highRiskDays`` whatever the rules say.
    package init(_ rules: RetentionRules, facts: RetentionFacts, now: Timestamp, isHighRisk: Bool) {
        let today = floorDivide(now.minute, 1440)
        func day(_ age: Duration?) -> Int64? { age.map { floorDivide((now - $0).minute, 1440) } }
        let latest = today - (isHighRisk ? RetentionRules.highRiskDays : RetentionRules.protectedDays) + 1
        let oldest = facts.days.first?.day ?? .max
        if let wanted = day(rules.events).map({ min($0, latest) }), oldest < wanted {
            drop = RetentionRecord(before: wanted, reason: .age, facts.days)
        } else if let size = rules.size, facts.bytes > size {
            if oldest < latest {
                drop = RetentionRecord(before: oldest + 1, reason: .size, facts.days)
            } else {
                isOverSize = true
            }
        }
        if let until = day(rules.minutes).map({ $0 * 1440 }), until > facts.horizons.minutes { minutesUntil = until }
        if let until = day(rules.hours).map({ $0 * 1440 }), until > facts.horizons.hours { hoursUntil = until }
    }
}

/// Days of events were dropped: which, how much it was, and why.
package struct RetentionRecord: Sendable, Equatable {
    package enum Reason: String, Sendable, CaseIterable { case age, size }

    /// The first day that is kept, since 1970-01-01.
    package var beforeDay: Int64
    package var reason: Reason
    package var days: Int64
    package var events: Int64
    /// Of their payloads.
    package var bytes: Int64

    init(before day: Int64, reason: Reason, _ days: [RetentionFacts.Day]) {
        let dropped = days.prefix { $0.day < day }
        beforeDay = day
        self.reason = reason
        self.days = Int64(dropped.count)
        events = dropped.reduce(0) { $0 + $1.events }
        bytes = dropped.reduce(0) { $0 + $1.bytes }
    }

    var members: [JSONValue.Member] {
        [
            .init(name: "before", value: .string(Timestamp(minute: beforeDay * 1440).rfc3339)),
            .init(name: "reason", value: .string(reason.rawValue)),
            .init(name: "days", value: .integer(days)),
            .init(name: "events", value: .integer(events)),
            .init(name: "bytes", value: .integer(bytes)),
        ]
    }

    init(_ fields: RecordFields) throws {
        beforeDay = floorDivide(try fields.time("before").minute, 1440)
        let name = try fields.string("reason")
        guard let reason = Reason(rawValue: name) else {
            throw StewardError(.storage, "a record gives '\(name)' as the reason of dropping events")
        }
        self.reason = reason
        days = try fields.integer("days")
        events = try fields.integer("events")
        bytes = try fields.integer("bytes")
    }
}

/// Keeps a store to its rules, a step at a time.
package struct RetentionControl: Sendable {
    package let rules: RetentionRules
    private let store: Store
    private let governor: Governor
    private let now: @Sendable () -> Timestamp

    /// Rows taken away in one transaction: a few milliseconds in which nobody else can write.
    private static let sweptRows = 2000

    package init(
        rules: RetentionRules, store: Store, governor: Governor, now: @Sendable @escaping () -> Timestamp
    ) {
        self.rules = rules
        self.store = store
        self.governor = governor
        self.now = now
    }

    package func facts() async throws -> RetentionFacts { try await store.retentionFacts() }

    package var isHighRisk: Bool { governor.state.hasHighRiskVersion }

    package func plan(_ facts: RetentionFacts) -> RetentionPlan {
        RetentionPlan(rules, facts: facts, now: now(), isHighRisk: isHighRisk)
    }

    /// Does all that is due.
    ///
    /// - Parameter pause: called between transactions, so that intake goes first.
    /// - Returns: what was decided.
    @discardableResult
    package func run(pause: @Sendable () async throws -> Void = {}) async throws -> RetentionPlan {
        let plan = plan(try await facts())
        if let drop = plan.drop { try await governor.drop(drop, by: .daemon) }
        while try await store.sweep(limit: Self.sweptRows) > 0 { try await pause() }
        if let until = plan.minutesUntil {
            while try await store.compact(.hour, until: until) { try await pause() }
        }
        if let until = plan.hoursUntil {
            while try await store.compact(.day, until: until) { try await pause() }
        }
        return plan
    }
}
