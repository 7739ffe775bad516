import StewardModel
import StewardPolicy
import StewardStore
import Testing

@testable import StewardGovernance

/// Budgets without a daemon: pure state, a clock in the hand. Named after what users of other systems ran into.
struct BudgetLedgerTests {
    static let start = Timestamp(seconds: 1_795_219_200)

    static func policy(_ lines: String, limit: String = "1.00") throws -> BudgetPolicy {
        let text = """
            kind: budget
            name: b
            limit_usd: "\(limit)"
            window: {unit: day}
            \(lines)
            """
        guard case .budget(let policy) = try PolicyDocument.parse(file: "b.yaml", text: text).get() else {
            throw StewardError(.internal, "no budget")
        }
        return policy
    }

    static func subject(_ user: String? = nil, session: String? = nil, team: String? = nil) -> SpendSubject {
        SpendSubject(
            series: SeriesKey(deployment: "bot", version: "v1"), attribution: Attribution(team: team, user: user),
            session: session)
    }

    private static func reserve(
        _ ledger: inout BudgetLedger, _ id: String, cents: Int64? = 1, of subject: SpendSubject = subject(),
        at time: Timestamp = start
    ) -> BudgetAnswer? {
        ledger.reserve(
            budget: "b", id: id, subject: subject, amount: cents.map { Nanodollars($0 * 10_000_000) }, now: time)
    }

    private static func settle(
        _ ledger: inout BudgetLedger, _ id: String, cents: Int64, of subject: SpendSubject = subject(),
        at time: Timestamp = start
    ) {
        _ = ledger.record(
            subject, cost: Nanodollars(cents * 10_000_000), unpriced: 0, at: time, id: id, now: time)
    }

    private static func standings(_ ledger: inout BudgetLedger, at time: Timestamp = start) -> [BudgetStanding] {
        ledger.standings(now: time)
    }

    private static func expire(_ ledger: inout BudgetLedger, at time: Timestamp) -> [String] {
        ledger.expire(now: time)
    }

    private static func isGranted(_ answer: BudgetAnswer?) -> Bool {
        if case .granted = answer { true } else { false }
    }

    @Test func complaint10ParallelFirstRequestsDoNotBypassTheBudget() throws {
        var ledger = BudgetLedger(policies: [try Self.policy("action: block\nreservation_usd: \"0.25\"")])
        let answers = (0..<8).map { Self.isGranted(Self.reserve(&ledger, "r\($0)", cents: 25)) }
        #expect(answers == [true, true, true, true, false, false, false, false])
    }

    @Test func complaint10SessionsHaveBudgetsOfTheirOwn() throws {
        var ledger = BudgetLedger(policies: [
            try Self.policy("action: block\nper: session\nreservation_usd: \"1.00\"")
        ])
        #expect(Self.isGranted(Self.reserve(&ledger, "a1", cents: 100, of: Self.subject(session: "a"))))
        #expect(!Self.isGranted(Self.reserve(&ledger, "a2", of: Self.subject(session: "a"))))
        #expect(Self.isGranted(Self.reserve(&ledger, "b1", of: Self.subject(session: "b"))))
    }

    @Test func complaint11AnEventThatIsStoredIsNotRefusedOrCountedTwice() throws {
        var ledger = BudgetLedger(policies: [try Self.policy("action: block\nreservation_usd: \"0.50\"")])
        #expect(Self.isGranted(Self.reserve(&ledger, "r", cents: 50)))
        Self.settle(&ledger, "r", cents: 40)
        let standing = try #require(Self.standings(&ledger).first)
        #expect(standing.spent == Nanodollars(400_000_000))
        #expect(standing.reserved == .zero)
        #expect(standing.reservations == 0)
    }

    @Test func complaint11NothingIsRefusedAtHalfTheLimit() throws {
        var ledger = BudgetLedger(policies: [try Self.policy("action: block\nreservation_usd: \"0.01\"")])
        for index in 0..<100 {
            #expect(Self.isGranted(Self.reserve(&ledger, "r\(index)")), "at \(index) percent")
            Self.settle(&ledger, "r\(index)", cents: 1)
        }
        #expect(!Self.isGranted(Self.reserve(&ledger, "r100")))
    }

    @Test func complaint12AMissingMaximumDoesNotHoldTheWholeBudget() throws {
        var ledger = BudgetLedger(policies: [try Self.policy("action: block", limit: "2000.00")])
        guard case .granted(let reservation, _, _) = Self.reserve(&ledger, "r", cents: nil) else {
            Issue.record("it was refused")
            return
        }
        #expect(reservation.amount == Nanodollars(20_000_000_000), "one percent of the limit")
    }

    @Test func complaint12LargeMaximaDoNotFillABudgetThatIsNotSpent() throws {
        var ledger = BudgetLedger(policies: [
            try Self.policy("action: block\nreservation_usd: \"0.05\"", limit: "25.00")
        ])
        for index in 0..<400 { #expect(Self.isGranted(Self.reserve(&ledger, "r\(index)", cents: 2500))) }
    }

    @Test func complaint12AnUnknownPriceIsHeldBackToo() throws {
        var ledger = BudgetLedger(policies: [try Self.policy("action: block\nreservation_usd: \"0.50\"")])
        #expect(Self.isGranted(Self.reserve(&ledger, "a", cents: nil)))
        #expect(Self.isGranted(Self.reserve(&ledger, "b", cents: nil)))
        #expect(!Self.isGranted(Self.reserve(&ledger, "c", cents: nil)))
    }

    @Test func complaint13AWindowIsTheCalendarsNotACaches() throws {
        var ledger = BudgetLedger(policies: [try Self.policy("action: block\nreservation_usd: \"1.00\"")])
        Self.settle(&ledger, "e1", cents: 100)
        #expect(!Self.isGranted(Self.reserve(&ledger, "r1")))
        let tomorrow = Timestamp(seconds: 1_795_219_200 + 86_400)
        #expect(Self.isGranted(Self.reserve(&ledger, "r2", at: tomorrow)))
        // A late event of yesterday is no spend of today.
        _ = ledger.record(
            Self.subject(), cost: Nanodollars(9), unpriced: 0, at: Self.start, id: "late", now: tomorrow)
        #expect(Self.standings(&ledger, at: tomorrow).first?.spent == .zero)
    }

    @Test func complaint14TheTokensAreChargedNotTheRequest() throws {
        var ledger = BudgetLedger(policies: [try Self.policy("action: block")])
        Self.settle(&ledger, "e1", cents: 99)
        Self.settle(&ledger, "e2", cents: 7)
        #expect(Self.standings(&ledger).first?.spent == Nanodollars(1_060_000_000))
    }

    @Test func complaint14AStreamUnderWayIsHeldBackUntilItIsSettled() throws {
        var ledger = BudgetLedger(policies: [try Self.policy("action: block\nreservation_usd: \"1.00\"")])
        #expect(Self.isGranted(Self.reserve(&ledger, "stream", cents: 100)))
        #expect(!Self.isGranted(Self.reserve(&ledger, "next")), "its last chunk, with the usage, has not come yet")
        Self.settle(&ledger, "stream", cents: 10)
        #expect(Self.isGranted(Self.reserve(&ledger, "next")))
    }

    /// The bound that the documentation states, over random orders of reserve and settle.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func overshootIsLessThanOneReservationAndNothingIsRefusedEarly(_ seed: UInt64) throws {
        var random = Seeded(state: seed)
        let policy = try Self.policy("action: block\nreservation_usd: \"0.07\"")
        var ledger = BudgetLedger(policies: [policy])
        var open: [(id: String, amount: Int64)] = []
        for step in 0..<2000 {
            if random.next() % 3 > 0 {
                let before = try #require(Self.standings(&ledger).first)
                let amount = Int64(random.next() % 70_000_000) + 1
                let answer = ledger.reserve(
                    budget: "b", id: "r\(step)", subject: Self.subject(), amount: Nanodollars(amount), now: Self.start)
                #expect(Self.isGranted(answer) == (before.spent + before.reserved < policy.limit), "seed \(seed)")
                if Self.isGranted(answer) { open.append(("r\(step)", amount)) }
            } else if !open.isEmpty {
                let one = open.remove(at: Int(random.next() % UInt64(open.count)))
                let cost = Int64(random.next() % UInt64(one.amount + 1))
                _ = ledger.record(
                    Self.subject(), cost: Nanodollars(cost), unpriced: 0, at: Self.start, id: one.id, now: Self.start)
            }
        }
        for one in open {
            _ = ledger.record(
                Self.subject(), cost: Nanodollars(one.amount), unpriced: 0, at: Self.start, id: one.id, now: Self.start)
        }
        let end = try #require(Self.standings(&ledger).first)
        #expect(end.spent < policy.limit + policy.reservation, "seed \(seed)")
        #expect(end.reserved == .zero && end.reservations == 0)
    }

    @Test func actions() throws {
        func over(_ lines: String) throws -> (BudgetLedger, BudgetAnswer?) {
            var ledger = BudgetLedger(policies: [try Self.policy(lines)])
            Self.settle(&ledger, "e", cents: 150)
            let answer = Self.reserve(&ledger, "r")
            return (ledger, answer)
        }
        for (lines, advice) in [
            ("action: warn", BudgetPolicy.Action.warn), ("action: block\nmode: shadow", .block),
            ("action: throttle\nmode: shadow", .throttle), ("action: downgrade\ndowngrade_to: v0", .downgrade),
        ] {
            guard case .granted(_, _, let given) = try over(lines).1 else {
                Issue.record("\(lines) was refused")
                continue
            }
            #expect(given == advice)
        }
        var (paced, first) = try over("action: throttle\npace: 10s")
        #expect(Self.isGranted(first))
        guard case .refused(_, let retryAfter) = Self.reserve(&paced, "r2", at: Self.start + .seconds(4)) else {
            Issue.record("it was not paced")
            return
        }
        #expect(retryAfter == .seconds(6))
        #expect(Self.isGranted(Self.reserve(&paced, "r3", at: Self.start + .seconds(10))))
    }

    @Test func reservationsExpireAndRepeatAndAreReleased() throws {
        var ledger = BudgetLedger(policies: [
            try Self.policy("action: block\nreservation_usd: \"1.00\"\nreservation_expires: 60s")
        ])
        #expect(Self.isGranted(Self.reserve(&ledger, "r", cents: 100)))
        #expect(Self.isGranted(Self.reserve(&ledger, "r", cents: 100)), "asked again, it is the same one")
        #expect(ledger.openCount == 1)
        #expect(Self.expire(&ledger, at: Self.start + .seconds(59)) == [])
        #expect(Self.expire(&ledger, at: Self.start + .seconds(60)) == ["r"])
        #expect(Self.isGranted(Self.reserve(&ledger, "s", cents: 100)))
        let released = (0..<2).map { _ in ledger.release("s", now: Self.start) }
        #expect(released == [true, false])
    }

    @Test func scopesAndMembers() throws {
        var ledger = BudgetLedger(policies: [
            try Self.policy("action: block\nper: user\nscope: {teams: [search]}\nreservation_usd: \"1.00\"")
        ])
        #expect(Self.reserve(&ledger, "r", of: Self.subject("u", team: "care")) == nil)
        #expect(Self.reserve(&ledger, "r", of: Self.subject("u")) == nil)
        Self.settle(&ledger, "e", cents: 100, of: Self.subject("u", team: "search"))
        #expect(!Self.isGranted(Self.reserve(&ledger, "r", of: Self.subject("u", team: "search"))))
        #expect(Self.isGranted(Self.reserve(&ledger, "s", of: Self.subject("w", team: "search"))))
        #expect(Self.standings(&ledger).map(\.member) == ["u", "w"])
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 11
        }
    }
}
