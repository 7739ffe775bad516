import StewardModel
import StewardPolicy
import Testing

/// The price lists that ship, against costs on which two independent libraries agree.
struct ShippedPricesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var provider: String
        var model: String
        var usage: Usage
        var picodollars: Int64
    }

    /// Shapes whose rates the lists do not hold: they must have no price rather than a wrong one.
    static let unpriced: Set = ["openai gpt-5.4 long_context", "openai gpt-audio audio"]

    /// Lines of `provider,model,shape,<six counts>,usd`.
    static func cases() throws -> [Case] {
        try Fixtures.text("costs/providers.csv").split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",").map(String.init)
            try #require(cells.count == 10)
            let counts = cells[3...8].compactMap { Int64($0) }
            try #require(counts.count == 6)
            var usage = Usage(
                inputTokens: counts[0], outputTokens: counts[1], cachedInputTokens: counts[2],
                cacheWriteTokens: counts[3], reasoningTokens: counts[4])
            usage.audioInputTokens = counts[5]
            return Case(
                testDescription: cells[...2].joined(separator: " "), provider: cells[0], model: cells[1], usage: usage,
                picodollars: try #require(Nanodollars.fixedPoint(cells[9], places: 12)))
        }
    }

    @Test func agreeWithTwoLibraries() throws {
        let catalogue = try PriceCatalogue.load(files: Fixtures.shipped("policies/prices")).get()
        let cases = try Self.cases()
        #expect(cases.count > 100)
        for test in cases {
            let price = catalogue.price(
                provider: test.provider, model: test.model, usage: test.usage, at: PriceCatalogueTests.day)
            let expected = Nanodollars(roundingPicodollars: test.picodollars)
            #expect(price == (Self.unpriced.contains(test.testDescription) ? nil : expected), "\(test.testDescription)")
        }
    }

    @Test func coverTheirProviders() throws {
        let files = try Fixtures.shipped("policies/prices")
        #expect(
            files.map(\.path) == ["anthropic", "google", "mistral", "openai"].map { "policies/prices/\($0).yaml" })
        let catalogue = try PriceCatalogue.load(files: files).get()
        #expect(catalogue.models > 100)
        #expect(catalogue.version == "2026-11-21")
        let usage = Usage(inputTokens: 1_000_000, outputTokens: 0)
        func dollars(_ provider: String?, _ model: String) -> String? {
            catalogue.price(provider: provider, model: model, usage: usage, at: PriceCatalogueTests.day)?.dollars
        }
        // No model is listed by two providers, so events without a provider have prices too.
        #expect(dollars(nil, "gpt-4o-2024-05-13") == "5.00")
        #expect(dollars("mistral_ai", "mistral-small-latest") == "0.15")
        #expect(dollars("gcp.vertex_ai", "gemini-embedding-001") == "0.15")
        #expect(dollars("anthropic", "claude-opus-5-5-20261001") == "4.00")
        #expect(dollars("openai", "text-embedding-3-small") == "0.02")
        #expect(dollars("openai", "gpt-4o-2024-05-14") == nil)
    }
}
