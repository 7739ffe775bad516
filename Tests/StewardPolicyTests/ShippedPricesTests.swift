import Foundation
import StewardModel
import StewardPolicy
import Testing

/// The price lists that ship, against the costs that two independent libraries (litellm and genai-prices) compute.
struct ShippedPricesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var provider: String
        var model: String
        var usage: Usage
        var agree: Bool
        /// By litellm and by genai-prices.
        var dollars: [Decimal]
    }

    static let catalogue = Result { try PriceCatalogue.load(files: Fixtures.shipped("policies/prices")).get() }

    /// Lines of `provider,model,shape,<seven counts>,agree|differ,<dollars of litellm>,<of genai-prices>`.
    static func cases() throws -> [Case] {
        try Fixtures.text("costs/providers.csv").split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",").map(String.init)
            try #require(cells.count == 13)
            let counts = cells[3...9].compactMap { Int64($0) }
            try #require(counts.count == 7)
            return Case(
                testDescription: cells[...2].joined(separator: " "), provider: cells[0], model: cells[1],
                usage: usage(counts), agree: cells[10] == "agree",
                dollars: cells[11...].compactMap { Decimal(string: $0) })
        }
    }

    private static func usage(_ counts: [Int64]) -> Usage {
        var usage = Usage(
            inputTokens: counts[0], outputTokens: counts[1], cachedInputTokens: counts[2], cacheWriteTokens: counts[3],
            reasoningTokens: counts[4])
        usage.audioInputTokens = counts[5]
        usage.audioOutputTokens = counts[6]
        return usage
    }

    /// Rounded once, half to even; the libraries' own binary noise is far below half a nanodollar.
    private static func nanodollars(_ dollars: Decimal) -> Int64 {
        var (scaled, noiseless, rounded) = (dollars * 1_000_000_000, Decimal(), Decimal())
        NSDecimalRound(&noiseless, &scaled, 4, .plain)
        NSDecimalRound(&rounded, &noiseless, 0, .bankers)
        return (rounded as NSDecimalNumber).int64Value
    }

    @Test func agreeWithTwoLibraries() throws {
        let catalogue = try Self.catalogue.get()
        let cases = try Self.cases()
        #expect(cases.count == 110)
        for test in cases where test.agree {
            let price = catalogue.price(
                provider: test.provider, model: test.model, usage: test.usage, at: PriceCatalogueTests.day)
            for dollars in test.dollars {
                #expect(price?.amount == Self.nanodollars(dollars), "\(test.testDescription)")
            }
        }
    }

    /// Where they differ, litellm is followed: the other library lacks the rate for audio, or for cached input, and
    /// charges such tokens as if they were others.
    @Test func takeTheSideThatListsTheRate() throws {
        let catalogue = try Self.catalogue.get()
        let differing = try Self.cases().filter { !$0.agree }
        #expect(
            differing.map(\.testDescription) == [
                "openai gpt-4o-audio-preview-2024-12-17 audio", "mistral codestral-latest cached",
                "mistral devstral-small-latest cached",
            ])
        for test in differing {
            let price = catalogue.price(
                provider: test.provider, model: test.model, usage: test.usage, at: PriceCatalogueTests.day)
            #expect(price?.amount == Self.nanodollars(test.dollars[0]), "\(test.testDescription)")
        }
    }

    static let folder = ProcessInfo.processInfo.environment["STEWARD_TEST_DATA"].map { $0 + "/prices" }

    /// More cases of the same kind than the repository holds, one JSON file a provider.
    @Test(.enabled(if: folder != nil, "set STEWARD_TEST_DATA to a folder with prices/*.json"))
    func agreeWithTwoLibrariesOnMoreCases() throws {
        struct Sum: Decodable { var total: Decimal }
        struct Text: Decodable { var total: String }
        struct Recorded: Decodable {
            var id: String
            var provider: String
            var model: String
            var usage: [String: Int64]
            var agree: Bool
            var genai_usd: Text
        }
        let folder = try #require(Self.folder)
        let catalogue = try Self.catalogue.get()
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".json") {
            let data = try Data(contentsOf: URL(filePath: folder).appending(path: name))
            for test in try JSONDecoder().decode([Recorded].self, from: data) where test.agree {
                count += 1
                let names = [
                    "input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens",
                    "audio_input_tokens", "audio_output_tokens",
                ]
                let price = catalogue.price(
                    provider: test.provider, model: test.model, usage: Self.usage(names.map { test.usage[$0] ?? 0 }),
                    at: PriceCatalogueTests.day)
                let dollars = try #require(Decimal(string: test.genai_usd.total))
                #expect(price?.amount == Self.nanodollars(dollars), "\(test.id)")
            }
        }
        #expect(count > 100)
    }

    @Test func coverTheirProviders() throws {
        let catalogue = try Self.catalogue.get()
        #expect(catalogue.models > 1000)
        #expect(catalogue.version == "2026-11-21")
        let usage = Usage(inputTokens: 1_000_000, outputTokens: 0)
        func dollars(_ provider: String?, _ model: String, _ tier: ServiceTier = .standard) -> String? {
            catalogue.price(
                provider: provider, model: model, usage: usage, at: PriceCatalogueTests.day, tier: tier)?.dollars
        }
        // Events without a provider mean the maker of the model.
        #expect(dollars(nil, "gpt-4o-2024-05-13") == "5.00")
        #expect(dollars("mistral_ai", "mistral-small-latest") == "0.15")
        #expect(dollars("gcp.vertex_ai", "gemini-embedding-001") == "0.15")
        #expect(dollars("anthropic", "claude-opus-5-5-20261001") == "4.00")
        #expect(dollars("openai", "text-embedding-3-small") == "0.02")
        #expect(dollars("openai", "gpt-4o-2024-05-14") == nil)
        // Regional names and tiers.
        #expect(dollars("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0") == "6.60")
        #expect(dollars("aws", "anthropic.claude-haiku-4-5-20251001-v1:0") == "1.00")
        #expect(dollars("openai", "gpt-5", .batch) == "0.625")
        #expect(dollars("openai", "gpt-5", .priority) == "2.50")
        #expect(dollars("openai", "gpt-5", .flex) == "0.625")
        #expect(dollars("openai", "gpt-5", .other) == nil)
        #expect(dollars("mistral", "mistral-small-latest", .priority) == nil)
    }
}
