import Foundation
import StewardIntake
import StewardModel
import StewardPolicy
import StewardWire
import Testing

/// What users of other systems complained about most: costs that are wrong. From the bytes sent to the nanodollars.
struct CostComplaintTests {
    static let catalogue = Result {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../policies/prices")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        return try PriceCatalogue.load(
            files: names.map { ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
        ).get()
    }

    static func dollars(provider: String, model: String, _ members: String) throws -> String? {
        let body = """
            {"time":1795219200,"deployment":"d","version":"v","provider":"\(provider)","model":"\(model)",\(members)}
            """
        let decoded = try EventDecoder.decode(
            Array(body.utf8), format: .json, now: Timestamp(seconds: 1_795_219_200), limits: EventLimits(),
            makeID: { "made" })
        let event = try #require(decoded.events.first?.event, "\(decoded.rejected)")
        return try catalogue.get().price(of: event)?.dollars
    }

    @Test func complaint1GeminiCacheHitsAreBilledOnce() throws {
        // 300,000 of 310,000 tokens from the cache; twice would be (310,000 × 2.5 + 300,000 × 0.25) / 10⁶.
        let usage = """
            "raw_usage":{"promptTokenCount":310000,"cachedContentTokenCount":300000,"candidatesTokenCount":1000,
            "thoughtsTokenCount":500}
            """
        // 10,000 × 2.5 + 300,000 × 0.25 + 1,500 × 15, all per million.
        #expect(try Self.dollars(provider: "google", model: "gemini-2.5-pro", usage) == "0.1225")
    }

    @Test func complaint2AnthropicCacheCreationIsBilledOnce() throws {
        let usage = """
            "raw_usage":{"input_tokens":4,"cache_creation_input_tokens":12000,"cache_read_input_tokens":0,
            "output_tokens":600}
            """
        // 4 × 3 + 12,000 × 3.75 + 600 × 15.
        #expect(try Self.dollars(provider: "anthropic", model: "claude-sonnet-4-5", usage) == "0.054012")
    }

    @Test(arguments: [
        // 400 × 1.25 + 600 × 0.125 + 10 × 10; 400 × 2 + 600 × 0.2 + 10 × 6 picks xAI's own rates.
        ("openai", "gpt-5", 400 * 1250 + 600 * 125 + 10 * 10_000),
        ("azure", "gpt-5", 400 * 1250 + 600 * 125 + 10 * 10_000),
    ])
    func complaint3CachedTokensAreNotBilledTwice(_ provider: String, _ model: String, _ nanodollars: Int) throws {
        let usage = """
            "raw_usage":{"prompt_tokens":1000,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":600}}
            """
        #expect(
            try Self.dollars(provider: provider, model: model, usage) == Nanodollars(Int64(nanodollars)).dollars)
    }

    @Test func complaint3CacheWritesAreNotDropped() throws {
        let usage = """
            "raw_usage":{"inputTokens":10,"cacheWriteInputTokens":1000,"cacheReadInputTokens":0,"outputTokens":0}
            """
        let model = "anthropic.claude-haiku-4-5-20251001-v1:0"
        // 10 × 1 + 1,000 × 1.25.
        #expect(try Self.dollars(provider: "aws.bedrock", model: model, usage) == "0.00126")
    }

    @Test func complaint4InputThatIncludesTheCacheIsNotAddedToIt() throws {
        let usage = """
            "usage":{"input_tokens":100000,"cached_input_tokens":95000,"output_tokens":100,"reasoning_tokens":80}
            """
        // 5,000 × 3 + 95,000 × 0.3 + 100 × 15; reasoning is part of the output.
        #expect(try Self.dollars(provider: "anthropic", model: "claude-sonnet-4-5", usage) == "0.045")
    }

    @Test func complaint5CacheReadsHaveTheirOwnPrice() throws {
        let usage = #""usage":{"input_tokens":1000,"cached_input_tokens":1000,"output_tokens":0}"#
        #expect(try Self.dollars(provider: "openai", model: "gpt-4o", usage) == "0.00125")
    }

    @Test func complaint6StreamedStartAndDeltaAreNotSummed() throws {
        let usage = """
            "raw_usage":[{"type":"message_start","message":{"usage":{"input_tokens":2000,"output_tokens":1}}},
            {"type":"message_delta","usage":{"input_tokens":2000,"output_tokens":100}}]
            """
        #expect(try Self.dollars(provider: "anthropic", model: "claude-haiku-4-5", usage) == "0.0025")
    }

    @Test func complaint8CumulativeUsageInEveryChunkIsNotSummed() throws {
        let chunks = (1...10).map { #"{"usage":{"prompt_tokens":500,"completion_tokens":\#($0 * 10)}}"# }
        let usage = #""raw_usage":[\#(chunks.joined(separator: ","))]"#
        // 500 × 2.5 + 100 × 10.
        #expect(try Self.dollars(provider: "openai", model: "gpt-4o", usage) == "0.00225")
    }

    @Test func complaint9ABrokenListIsRefusedAndANewModelIsNotFree() throws {
        let broken = "kind: prices\nprovider: p\nversion: 2026-11-21\nsource: s\nmodels: {m: {periods: [{input: 1}]}"
        guard case .failure(let problems) = PriceCatalogue.load(files: [("p.yaml", broken)]) else {
            Issue.record("the list was accepted")
            return
        }
        #expect(problems.description.hasPrefix("p.yaml:"))
        let usage = #""usage":{"input_tokens":1000,"output_tokens":10}"#
        #expect(try Self.dollars(provider: "openai", model: "gpt-99", usage) == nil)
    }

    @Test func complaint15AStreamThatWasCutOffIsChargedForWhatWasSeen() throws {
        let usage = """
            "status":"error","raw_usage":[{"message":{"usage":{"input_tokens":1000,"output_tokens":7}}}]
            """
        #expect(try Self.dollars(provider: "anthropic", model: "claude-haiku-4-5", usage) == "0.001035")
        // Without any usage a failed call has no cost that could be missing.
        let nothing = try Self.dollars(provider: "anthropic", model: "claude-haiku-4-5", #""status":"error""#)
        #expect(nothing == nil)
    }

    @Test func theServedModelIsPricedBeforeTheRequestedOne() throws {
        let usage = #""usage":{"input_tokens":1000000,"output_tokens":0},"response_model":"gpt-4o-mini""#
        #expect(try Self.dollars(provider: "openai", model: "gpt-4o", usage) == "0.15")
    }
}
