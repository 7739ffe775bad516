import StewardPolicy
import Testing

struct EnergyEstimatesTests {
    @Test func refusesWhatCannotBe() throws {
        let text = try Fixtures.text("energy/wrong.bad.yaml")
        try Fixtures.expectProblems(
            PolicyDocument.parse(file: "wrong.bad.yaml", text: text), "energy", "wrong.bad.yaml")
    }

    @Test func theFileThatShipsSpeaksOfWhatIsPublishedOnly() throws {
        let file = try #require(try Fixtures.shipped("policies/energy").first)
        guard case .energy(let estimates) = try PolicyDocument.parse(file: file.path, text: file.text).get() else {
            Issue.record("no estimates")
            return
        }
        let entry = try #require(estimates.entry(for: "gpt-4o-2024-08-06"))
        // Half a thousand tokens: the answer that the source speaks of.
        #expect(entry.wattHours.expected * 500 / 1e6 == 0.3)
        #expect(estimates.entry(for: "gpt-4o-mini") == nil)
        #expect(estimates.entry(for: "claude-sonnet-4-5") == nil)
        for entry in estimates.entries {
            let range = entry.wattHours
            #expect(range.lower < range.expected && range.expected < range.upper && !entry.source.isEmpty)
        }
        let grams = estimates.grams(.init(expected: 1000, lower: 500, upper: 2000))
        #expect(grams.expected == estimates.grid.expected)
        #expect(grams.lower == estimates.grid.lower / 2)
        #expect(grams.upper == estimates.grid.upper * 2)
    }
}
