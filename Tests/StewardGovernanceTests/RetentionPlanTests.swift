import StewardModel
import StewardStore
import Testing

@testable import StewardGovernance

struct RetentionPlanTests {
    private static let today: Int64 = 20_000
    private static let now = Timestamp(minute: today * 1440 + 700)

    private static func facts(oldest: Int64, bytes: Int64 = 10) -> RetentionFacts {
        var facts = RetentionFacts()
        facts.days = (oldest...today).map { .init(day: $0, events: 7, bytes: bytes) }
        facts.databaseBytes = 1000
        return facts
    }

    private static func age(_ count: Int64) -> Duration { .seconds(count * 86_400) }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rules: RetentionRules
        /// Days of events, today among them.
        var kept: Int64
        var isHighRisk = false
        /// Days before today from which on events are kept.
        var drop: Int64?
        var reason = RetentionRecord.Reason.age
        var isOverSize = false
    }

    @Test(arguments: [
        Case(testDescription: "for ever", rules: .init(), kept: 900),
        Case(testDescription: "nothing is old enough", rules: .init(events: age(30)), kept: 31),
        Case(testDescription: "a day is", rules: .init(events: age(30)), kept: 32, drop: 30),
        Case(testDescription: "yesterday is protected", rules: .init(events: age(0)), kept: 5, drop: 1),
        Case(testDescription: "high risk: half a year", rules: .init(events: age(30)), kept: 183, isHighRisk: true),
        Case(
            testDescription: "high risk: older than that", rules: .init(events: age(30)), kept: 190, isHighRisk: true,
            drop: 182),
        Case(testDescription: "within the size", rules: .init(size: 1100), kept: 10),
        Case(
            testDescription: "over the size: the oldest day", rules: .init(size: 1099), kept: 10, drop: 8,
            reason: .size),
        Case(testDescription: "over the size, protected", rules: .init(size: 900), kept: 2, isOverSize: true),
        Case(
            testDescription: "over the size, high risk", rules: .init(size: 900), kept: 183, isHighRisk: true,
            isOverSize: true),
        Case(
            testDescription: "age goes before size", rules: .init(events: age(5), size: 900), kept: 10, drop: 5),
    ])
    func whatIsDropped(_ one: Case) {
        let facts = Self.facts(oldest: Self.today - one.kept + 1)
        let plan = RetentionPlan(one.rules, facts: facts, now: Self.now, isHighRisk: one.isHighRisk)
        #expect(plan.drop?.beforeDay == one.drop.map { Self.today - $0 })
        #expect(plan.isOverSize == one.isOverSize)
        guard let drop = plan.drop else { return }
        #expect(drop.reason == one.reason)
        #expect(drop.days == drop.beforeDay - facts.days[0].day)
        #expect(drop.events == 7 * drop.days && drop.bytes == 10 * drop.days)
    }

    @Test func cellsAreAddedUpWhenTheyAreOldEnough() {
        let rules = RetentionRules(minutes: Self.age(30), hours: Self.age(400))
        var facts = RetentionFacts()
        let plan = RetentionPlan(rules, facts: facts, now: Self.now, isHighRisk: true)
        #expect(plan.minutesUntil == (Self.today - 30) * 1440)
        #expect(plan.hoursUntil == (Self.today - 400) * 1440)
        facts.horizons.minutes = (Self.today - 30) * 1440
        facts.horizons.hours = (Self.today - 400) * 1440
        let later = RetentionPlan(rules, facts: facts, now: Self.now, isHighRisk: true)
        #expect(later.minutesUntil == nil && later.hoursUntil == nil)
    }
}
