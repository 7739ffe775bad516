import StewardModel
import StewardPolicy
import Testing

@testable import StewardGovernance
@testable import StewardStore

struct SpendWatchTests {
    private static func standing(_ lines: String, cents: [Int64]) throws -> (BudgetStanding, BudgetPolicy) {
        let policy = try BudgetLedgerTests.policy(lines)
        var ledger = BudgetLedger(policies: [policy])
        for (index, cents) in cents.enumerated() {
            let subject = SpendSubject(series: SeriesKey(deployment: "bot", version: "v\(index)"))
            _ = ledger.record(
                subject, cost: Nanodollars(cents * 10_000_000), unpriced: 0,
                at: BudgetLedgerTests.start + .seconds(Int64(index)), id: "e\(index)", now: BudgetLedgerTests.start)
        }
        return (try #require(ledger.standings(now: BudgetLedgerTests.start).first), policy)
    }

    @Test func aBudgetThatIsSpentIsStatedOfWhatPassedItsLimit() throws {
        let (standing, policy) = try Self.standing("action: block", cents: [60, 39, 1, 80])
        let found = try #require(SpendWatch.overspend(standing, policy))
        #expect(
            found.key == .init(kind: .overspend, series: .init(deployment: "bot", version: "v2"), signal: "budget:b"))
        #expect(found.since == BudgetLedgerTests.start + .seconds(2))
        #expect(found.severity == .critical)
        #expect(found.sampleSize == 4)
        #expect(found.title.hasPrefix("budget b is spent: $1.80 of $1.00 (180 %) since "))
        #expect(found.after?.value == 1.8)
        #expect(found.expectedUpper == 1)
    }

    @Test(arguments: [
        ("action: warn", Severity.warning), ("action: block\nmode: shadow", .warning), ("action: throttle", .warning),
    ])
    func whatHoldsNothingBackIsAWarning(_ lines: String, _ severity: Severity) throws {
        let (standing, policy) = try Self.standing(lines, cents: [100])
        #expect(SpendWatch.overspend(standing, policy)?.severity == severity)
    }

    @Test func nothingIsStatedBelowTheLimit() throws {
        let (standing, policy) = try Self.standing("action: block", cents: [60, 39])
        #expect(SpendWatch.overspend(standing, policy) == nil)
    }

    @Test func requestsWithoutAPriceAreStatedForEachVersion() {
        func point(_ version: String, _ minute: Int64, absent: Int64, priced: Int64) -> RollupPoint {
            var cell = RollupCell()
            for _ in 0..<absent { cell.add(.absent(.cost)) }
            for _ in 0..<priced { cell.add(.number(.cost, 5)) }
            return RollupPoint(key: SeriesKey(deployment: "bot", version: version), minute: minute, cell: cell)
        }
        let found = SpendWatch.unpriced([
            point("v2", 11, absent: 1, priced: 0), point("v1", 10, absent: 0, priced: 3),
            point("v2", 10, absent: 2, priced: 4),
        ])
        #expect(found.map(\.key.series.version) == ["v2"])
        #expect(found.first?.sampleSize == 3)
        #expect(found.first?.since == Timestamp(minute: 10))
        #expect(found.first?.title.contains("unknown, not $0") == true)
    }
}
