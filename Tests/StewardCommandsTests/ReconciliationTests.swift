import StewardJSON
import StewardModel
import Testing

@testable import StewardCommands

struct ReconciliationTests {
    private static func reconcile(_ invoice: String, _ ours: [JSONValue]) throws -> [Reconciliation.Line] {
        let invoice = try Invoice(
            Array(("date,model,amount,input_tokens,output_tokens\n" + invoice).utf8), columns: [:])
        return Reconciliation(invoice: invoice, ours: ours, tolerance: Nanodollars(1000)).lines
    }

    private static func row(
        _ day: String, _ nanodollars: Int64, input: Int64 = 100, output: Int64 = 10, unpriced: Int64 = 0
    ) -> JSONValue {
        [
            "day": .string(day), "model": "m", "cost_nanodollars": .integer(nanodollars),
            "input_tokens": .integer(input), "output_tokens": .integer(output), "unpriced_events": .integer(unpriced),
        ]
    }

    /// What was billed beside a dollar of ours for 100 and 10 tokens, and how the reason begins.
    @Test(arguments: [
        ("2026-11-01,m,1.00,100,10", "agrees"), ("2026-11-01,m,1.000001,100,10", "agrees"),
        ("2026-11-01,m,0.50,100,10", "same tokens, another rate: 0.5 of ours, as batch"),
        ("2026-11-01,m,1.10,100,10", "same tokens, another rate: 1.1 of ours, as some regions"),
        ("2026-11-01,m,2,100,10", "same tokens, another rate: 2 of ours, as priority"),
        ("2026-11-01,m,$3.00,100,10", "same tokens, another rate: 3 of ours; check the price list"),
        ("2026-11-01,m,1.20,120,10", "tokens differ: 20 of input, 0 of output"),
        ("2026-11-01,m,1.20,,", "more was billed than recorded"),
        ("2026-11-01,m,0.80,,", "less was billed than recorded"),
    ])
    func saysWhy(_ line: String, _ reason: String) throws {
        let found = try Self.reconcile(line, [Self.row("2026-11-01", 1_000_000_000)])
        #expect(found.count == 1)
        #expect(found.first?.reason.hasPrefix(reason) == true, "\(found)")
        #expect(found.first?.differs == (reason != "agrees"))
    }

    @Test func whatOnlyOneSideKnows() throws {
        let found = try Self.reconcile("2026-11-02,m,1,1,1", [Self.row("2026-11-01", 5_000_000)])
        #expect(found.map { $0.reason.prefix(8) } == ["not invo", "no event"])
        #expect(found.map(\.difference) == [Nanodollars(-5_000_000), Nanodollars(1_000_000_000)])
        let unpriced = try Self.reconcile("2026-11-01,m,1,100,10", [Self.row("2026-11-01", 0, unpriced: 3)])
        #expect(unpriced.first?.reason.hasPrefix("3 events without a price") == true)
    }

    @Test func daysOfAnotherTimeZone() throws {
        let found = try Self.reconcile(
            "2026-11-01,m,0.70,70,7\n2026-11-02,m,1.30,130,13",
            [Self.row("2026-11-01", 1_000_000_000), Self.row("2026-11-02", 1_000_000_000)])
        #expect(found.allSatisfy { $0.differs && $0.reason.hasSuffix("days of another time zone?") }, "\(found)")
    }
}
