import StewardModel
import StewardPolicy
import Testing

struct BudgetPolicyTests {
    /// Days are as long as clocks say in that place, and months begin at its midnight.
    @Test(arguments: [
        ("day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("month", "America/New_York", "2026-11-21T00:00:00Z", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"),
        ("month", "UTC", "2026-02-28T23:59:59Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("month", "UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ("week", "UTC", "2026-11-22T23:00:00Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
        ("week", "Asia/Kolkata", "2026-11-22T19:00:00Z", "2026-11-22T18:30:00Z", "2026-11-29T18:30:00Z"),
        ("hour", "Asia/Kolkata", "2026-11-22T19:10:00Z", "2026-11-22T18:30:00Z", "2026-11-22T19:30:00Z"),
    ])
    func windows(_ unit: String, _ zone: String, _ time: String, _ start: String, _ end: String) throws {
        let unit = try #require(BudgetWindow.Unit(rawValue: unit))
        let window = try #require(BudgetWindow(unit: unit, timeZone: zone))
        let time = try #require(Timestamp(rfc3339: time))
        let range = window.range(containing: time)
        #expect(range.lowerBound.rfc3339 == start)
        #expect(range.upperBound.rfc3339 == end)
        // Windows meet without a gap and without an overlap.
        #expect(window.range(containing: range.upperBound).lowerBound == range.upperBound)
        #expect(window.range(containing: range.lowerBound) == range)
    }

    @Test(arguments: Fixtures.names("budgets", ".bad.yaml"))
    func refuses(_ name: String) throws {
        let text = try Fixtures.text("budgets/" + name)
        try Fixtures.expectProblems(PolicyDocument.parse(file: name, text: text), "budgets", name)
    }

    @Test(arguments: Fixtures.names("budgets", ".good.yaml"))
    func accepts(_ name: String) throws {
        let text = try Fixtures.text("budgets/" + name)
        #expect(throws: Never.self) { try PolicyDocument.parse(file: name, text: text).get() }
    }
}
