import Foundation
import StewardGovernance
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
        // 400 × 1.25 + 600 × 0.125 + 10 × 10, and 400 × 3 + 600 × 0.75 + 10 × 15.
        ("openai", "gpt-5", "0.000675"), ("azure", "gpt-5", "0.000675"), ("x-ai", "grok-4", "0.0018"),
    ])
    func complaint3CachedTokensAreNotBilledTwice(_ provider: String, _ model: String, _ dollars: String) throws {
        let usage = """
            "raw_usage":{"prompt_tokens":1000,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":600}}
            """
        #expect(try Self.dollars(provider: provider, model: model, usage) == dollars)
    }

    @Test func complaint3CacheWritesAreNotDropped() throws {
        let usage = """
            "raw_usage":{"inputTokens":10,"cacheWriteInputTokens":1000,"cacheReadInputTokens":0,"outputTokens":0}
            """
        let model = "anthropic.claude-haiku-4-5-20251001-v1:0"
        // 10 × 1 + 1,000 × 1.25.
        #expect(try Self.dollars(provider: "aws.bedrock", model: model, usage) == "0.00126")
    }

    @Test func complaint3CachedImageTokensAreNotBilledTwice() throws {
        let usage = """
            "raw_usage":{"prompt_tokens":1000,"completion_tokens":10,
            "prompt_tokens_details":{"cached_tokens":600,"image_tokens":700}}
            """
        // Images count as input, and what of them does not fit into the fresh input was read from the cache.
        #expect(try Self.dollars(provider: "openai", model: "gpt-5", usage) == "0.000675")
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

    @Test func complaint5AListWithoutCacheRatesDoesNotChargeTheFullPrice() throws {
        let list = """
            kind: prices
            provider: p
            version: 2026-11-21
            source: Made up.
            models: {m: {periods: [{input: "3", output: "15"}]}}
            """
        let catalogue = try PriceCatalogue.load(files: [("p.yaml", list)]).get()
        let usage = Usage(inputTokens: 1000, outputTokens: 1, cachedInputTokens: 900)
        let question = PriceQuestion(provider: "p", model: "m", usage: usage, time: Timestamp(seconds: 1_795_219_200))
        #expect(catalogue.price(question) == nil, "unknown, which is alarmed, and not 1000 fresh tokens")
    }

    @Test func complaint6StreamedStartAndDeltaAreNotSummed() throws {
        let usage = """
            "raw_usage":[{"type":"message_start","message":{"usage":{"input_tokens":2000,"output_tokens":1}}},
            {"type":"message_delta","usage":{"input_tokens":2000,"output_tokens":100}}]
            """
        #expect(try Self.dollars(provider: "anthropic", model: "claude-haiku-4-5", usage) == "0.0025")
    }

    /// Agents that read long contexts from the cache, streamed: what others counted four times over.
    @Test func complaint7ABudgetIsSpentByTheProvidersBillNotBefore() throws {
        let budget = """
            kind: budget
            name: agents
            limit_usd: "100"
            window: {unit: month}
            action: block
            reservation_usd: "0.10"
            """
        guard case .budget(let policy) = try PolicyDocument.parse(file: "b.yaml", text: budget).get() else {
            Issue.record("no budget")
            return
        }
        let usage = """
            "raw_usage":[{"type":"message_start","message":{"usage":{"input_tokens":5000,
            "cache_read_input_tokens":180000,"cache_creation_input_tokens":0,"output_tokens":1}}},
            {"type":"message_delta","usage":{"input_tokens":5000,"cache_read_input_tokens":180000,
            "cache_creation_input_tokens":0,"output_tokens":600}}]
            """
        // 5,000 × 3 + 180,000 × 0.3 + 600 × 15 = 0.078 dollars.
        let text = try Self.dollars(provider: "anthropic", model: "claude-sonnet-4-5", usage)
        let cost = try #require(text.flatMap { Nanodollars.fixedPoint($0, places: 9) }.map { Nanodollars($0) })
        #expect(cost.amount == 78_000_000)
        let now = Timestamp(seconds: 1_795_219_200)
        let subject = SpendSubject(series: SeriesKey(deployment: "agent", version: "v1"))
        var ledger = BudgetLedger(policies: [policy])
        var calls = 0
        while case .granted(let reservation, let standing, _) = ledger.reserve(
            budget: "agents", id: "call-\(calls)", subject: subject, amount: nil, now: now)
        {
            #expect(standing.spent.amount == Int64(calls) * 78_000_000)
            if calls == 295 { #expect(standing.percent == 23, "the bill is $23.01") }
            _ = ledger.record(subject, cost: cost, unpriced: 0, at: now, id: reservation.id, now: now)
            calls += 1
        }
        #expect(calls == 1283, "100 / 0.078, rounded up")
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

    @Test func complaint12LongContextIsReservedAtItsOwnRates() throws {
        func estimate(_ input: Int64) throws -> Int64? {
            let usage = Usage(inputTokens: input, outputTokens: 1000)
            return try Self.catalogue.get().price(
                PriceQuestion(
                    provider: "google", model: "gemini-2.5-pro", usage: usage, time: Timestamp(seconds: 1_795_219_200))
            )?.amount
        }
        // 200,000 × 1.25 + 1,000 × 10, and beyond that length 2.5 and 15 for all of it.
        #expect(try estimate(200_000) == 260_000_000)
        #expect(try estimate(200_001) == 515_002_500)
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

    @Test func complaint16AStreamOfTheResponsesInterfaceHasItsTokens() throws {
        let usage = """
            "raw_usage":[{"type":"response.created","response":{"usage":null}},
            {"type":"response.output_text.delta","delta":"Hi"},
            {"type":"response.completed","response":{"usage":{"input_tokens":1000,"output_tokens":100,
            "input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":60}}}}]
            """
        // 1,000 × 1.25 + 100 × 10.
        #expect(try Self.dollars(provider: "openai", model: "gpt-5", usage) == "0.00225")
    }

    @Test func theServedModelIsPricedBeforeTheRequestedOne() throws {
        let usage = #""usage":{"input_tokens":1000000,"output_tokens":0},"response_model":"gpt-4o-mini""#
        #expect(try Self.dollars(provider: "openai", model: "gpt-4o", usage) == "0.15")
    }
}
