import StewardJSON
import StewardModel
import StewardWire
import Testing

/// What makes other readers of spans count money wrongly.
@Suite("OTLP: usage and calls")
struct OTLPTrapTests {
    struct UsageCase: Sendable, CustomTestStringConvertible {
        var name: String
        var scope: String
        var provider: String
        var attributes: JSONValue
        /// Input, output, cached, written, reasoning.
        var expected: [Int64?]
        var testDescription: String { name }
    }

    static let usages = [
        UsageCase(
            name: "the convention: input includes the cache, output includes reasoning", scope: "any",
            provider: "openai",
            attributes: [
                "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 300,
                "gen_ai.usage.cache_read.input_tokens": 1000, "gen_ai.usage.reasoning.output_tokens": 200,
            ], expected: [1200, 300, 1000, nil, 200]),
        UsageCase(
            name: "OpenLIT passes Anthropic's input on, which leaves the cache out",
            scope: "openlit.instrumentation.anthropic",
            provider: "anthropic",
            attributes: [
                "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10,
                "gen_ai.usage.cache_read.input_tokens": 16, "gen_ai.usage.cache_creation.input_tokens": 7,
            ], expected: [123, 10, 16, 7, nil]),
        UsageCase(
            name: "OpenLLMetry adds Anthropic's cache itself", scope: "opentelemetry.instrumentation.anthropic",
            provider: "anthropic",
            attributes: [
                "gen_ai.usage.input_tokens": 123, "gen_ai.usage.output_tokens": 10,
                "gen_ai.usage.cache_read_input_tokens": 16, "gen_ai.usage.cache_creation_input_tokens": 7,
            ], expected: [123, 10, 16, 7, nil]),
        UsageCase(
            name: "OpenLLMetry passes Bedrock's input on", scope: "opentelemetry.instrumentation.bedrock",
            provider: "aws.bedrock",
            attributes: [
                "gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 10,
                "gen_ai.usage.cache_read_input_tokens": 40,
            ], expected: [90, 10, 40, nil, nil]),
        UsageCase(
            name: "a scope whose name only begins alike is another library", scope: "openlitmus",
            provider: "anthropic",
            attributes: ["gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 16],
            expected: [100, nil, 16, nil, nil]),
        UsageCase(
            name: "more cached than input: no part of it, whoever says so", scope: "unknown", provider: "anthropic",
            attributes: [
                "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 1,
                "gen_ai.usage.cache_read.input_tokens": 1000,
            ], expected: [1005, 1, 1000, nil, nil]),
        UsageCase(
            name: "a total that adds the reasoning shows that output leaves it out", scope: "unknown",
            provider: "gcp.gemini",
            attributes: [
                "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
                "gen_ai.usage.reasoning_tokens": 30, "gen_ai.usage.total_tokens": 180,
            ], expected: [100, 80, nil, nil, 30]),
        UsageCase(
            name: "a total without it shows that output includes it", scope: "unknown", provider: "openai",
            attributes: [
                "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
                "gen_ai.usage.reasoning_tokens": 30, "gen_ai.usage.total_tokens": 150,
            ], expected: [100, 50, nil, nil, 30]),
        UsageCase(
            name: "OpenInference", scope: "openinference.instrumentation.openai", provider: "openai",
            attributes: [
                "llm.token_count.prompt": 20, "llm.token_count.completion": 8,
                "llm.token_count.prompt_details.cache_read": 4, "llm.token_count.completion_details.reasoning": 2,
            ], expected: [20, 8, 4, nil, 2]),
        UsageCase(
            name: "the Vercel AI SDK passes Anthropic's input on", scope: "ai", provider: "anthropic.messages",
            attributes: [
                "ai.usage.inputTokens": 10, "ai.usage.outputTokens": 5, "ai.usage.cachedInputTokens": 4,
            ], expected: [14, 5, 4, nil, nil]),
        UsageCase(
            name: "its newer form states the whole", scope: "ai", provider: "anthropic.messages",
            attributes: [
                "ai.usage.inputTokens": 14, "ai.usage.outputTokens": 5,
                "ai.usage.inputTokenDetails.cacheReadTokens": 4, "ai.usage.inputTokenDetails.noCacheTokens": 10,
            ], expected: [14, 5, 4, nil, nil]),
        UsageCase(
            name: "Langfuse's parts add up", scope: "langfuse-sdk", provider: "openai",
            attributes: [
                "langfuse.observation.usage_details":
                    "{\"input\":10,\"input_cached_tokens\":90,\"output\":5,\"output_reasoning_tokens\":3,\"total\":108}"
            ], expected: [100, 8, 90, nil, 3]),
        UsageCase(
            name: "Langfuse with OpenAI's object", scope: "langfuse-sdk", provider: "openai",
            attributes: [
                "langfuse.observation.usage_details":
                    "{\"prompt_tokens\":100,\"completion_tokens\":8,\"prompt_tokens_details\":{\"cached_tokens\":90}}"
            ], expected: [100, 8, 90, nil, nil]),
        UsageCase(
            name: "Langfuse with Anthropic's object", scope: "langfuse-sdk", provider: "anthropic",
            attributes: [
                "langfuse.observation.usage_details":
                    "{\"input_tokens\":10,\"output_tokens\":8,\"cache_read_input_tokens\":5}"
            ], expected: [15, 8, 5, nil, nil]),
        UsageCase(
            name: "numbers as strings and doubles", scope: "any", provider: "openai",
            attributes: ["gen_ai.usage.prompt_tokens": "17", "gen_ai.usage.completion_tokens": .number(3)],
            expected: [17, 3, nil, nil, nil]),
    ]

    @Test("Tokens are counted in one convention", arguments: usages)
    func usageIsConverted(_ usage: UsageCase) throws {
        let span = OTLPSpanSpec(
            id: 1, scope: usage.scope,
            attributes: .object(
                [
                    .init(name: "gen_ai.operation.name", value: "chat"),
                    .init(name: "gen_ai.system", value: .string(usage.provider)),
                    .init(name: "gen_ai.request.model", value: "m"),
                ] + (usage.attributes.members ?? [])))
        let event = try #require(try OTLPRequest.decode([span]).events.first)
        let read = event.usage
        let actual = [
            read?.inputTokens, read?.outputTokens, read?.cachedInputTokens, read?.cacheWriteTokens,
            read?.reasoningTokens,
        ]
        #expect(actual == usage.expected)
    }

    struct KindCase: Sendable, CustomTestStringConvertible {
        var attributes: JSONValue
        /// The event's operation; `nil` where there must be none.
        var operation: String?
        var testDescription: String { String(decoding: attributes.text, as: UTF8.self) }
    }

    static let kinds: [KindCase] = [
        KindCase(attributes: ["gen_ai.operation.name": "chat"], operation: "chat"),
        KindCase(attributes: ["gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"]),
        KindCase(attributes: ["gen_ai.operation.name": "create_agent", "gen_ai.request.model": "m"]),
        KindCase(attributes: ["gen_ai.operation.name": "invoke_workflow", "gen_ai.usage.input_tokens": 9]),
        KindCase(attributes: ["gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t"]),
        KindCase(attributes: ["openinference.span.kind": "LLM", "llm.model_name": "m"], operation: "chat"),
        KindCase(attributes: ["openinference.span.kind": "EMBEDDING"], operation: "embeddings"),
        KindCase(attributes: ["openinference.span.kind": "CHAIN", "llm.model_name": "m", "llm.provider": "p"]),
        KindCase(attributes: ["openinference.span.kind": "AGENT", "llm.token_count.prompt": 9]),
        KindCase(attributes: ["traceloop.span.kind": "workflow", "gen_ai.usage.prompt_tokens": 9]),
        KindCase(
            attributes: ["llm.request.type": "completion", "gen_ai.system": "openai"], operation: "text_completion"),
        KindCase(attributes: ["llm.request.type": "rerank", "gen_ai.system": "cohere", "gen_ai.request.model": "m"]),
        KindCase(attributes: ["langfuse.observation.type": "generation"], operation: "chat"),
        KindCase(attributes: ["langfuse.observation.type": "agent", "langfuse.observation.model.name": "m"]),
        KindCase(attributes: ["ai.operationId": "ai.streamText.doStream", "ai.model.id": "m"], operation: "chat"),
        KindCase(attributes: ["ai.operationId": "ai.streamText", "ai.model.id": "m", "ai.usage.promptTokens": 9]),
        KindCase(attributes: ["ai.operationId": "ai.embedMany.doEmbed"], operation: "embeddings"),
        KindCase(attributes: ["http.request.method": "POST"]),
        KindCase(attributes: ["gen_ai.system": "openai", "db.system": "pinecone", "gen_ai.request.model": "m"]),
    ]

    @Test("Agents, chains and tools roll up their children's tokens and are no calls", arguments: kinds)
    func onlyCallsBecomeEvents(_ kind: KindCase) throws {
        let decoded = try OTLPRequest.decode([OTLPSpanSpec(id: 1, attributes: kind.attributes)])
        #expect(decoded.events.map(\.operation) == (kind.operation.map { [$0] } ?? []))
        #expect(decoded.ignoredSpans == (kind.operation == nil ? 1 : 0))
    }

    @Test("A model and a provider without any kind are a call")
    func modelAndProviderAreACall() throws {
        let span = OTLPSpanSpec(id: 1, attributes: ["gen_ai.system": "openai", "gen_ai.request.model": "m"])
        let event = try #require(try OTLPRequest.decode([span]).events.first)
        #expect(event.operation == nil)
        #expect(event.model == "m")
    }

    @Test("Usage repeated in every chunk's event is cumulative: the last counts, and the span's own before it")
    func chunkUsageIsNotAdded() throws {
        let chunks = (1...3).map { count in
            OTLPRequest.event(
                name: "gen_ai.content.completion.chunk", at: Int64(count * 10),
                ["gen_ai.usage.output_tokens": .integer(Int64(count)), "gen_ai.usage.input_tokens": 7])
        }
        let event = try #require(try OTLPRequest.decode([.chat(1).with { $0.events = chunks }]).events.first)
        #expect(event.usage == Usage(inputTokens: 7, outputTokens: 3))
        #expect(event.timeToFirstTokenMicroseconds == 10_000)
        let stated = OTLPSpanSpec.chat(1, ["gen_ai.usage.output_tokens": 3, "gen_ai.usage.input_tokens": 8])
        let other = try #require(try OTLPRequest.decode([stated.with { $0.events = chunks }]).events.first)
        #expect(other.usage == Usage(inputTokens: 8, outputTokens: 3))
    }

    @Test("A stream without usage has none, which is not zero")
    func absentUsageIsNotZero() throws {
        let event = try #require(try OTLPRequest.decode([.chat(1, ["gen_ai.is_streaming": true])]).events.first)
        #expect(event.usage == nil)
        #expect(event.status == .ok)
    }

    @Test("An error without usage keeps its type, code and message")
    func errorWithoutUsage() throws {
        let span = OTLPSpanSpec.chat(1, ["error.type": "RateLimitError", "http.response.status_code": 429]).with {
            $0.status = ["code": 2, "message": "slow down"]
        }
        let event = try #require(try OTLPRequest.decode([span]).events.first)
        #expect(event.status == .error)
        #expect(event.error == .init(type: "RateLimitError", code: "429", message: "slow down"))
        #expect(event.usage == nil)
        let exception = OTLPRequest.event(
            name: "exception", ["exception.type": "Boom", "exception.message": "it broke"])
        let handled = try #require(try OTLPRequest.decode([.chat(1).with { $0.events = [exception] }]).events.first)
        #expect(handled.status == .ok)
        let failed = OTLPSpanSpec.chat(1).with {
            $0.events = [exception]
            $0.status = ["code": 2]
        }
        #expect(try OTLPRequest.decode([failed]).events.first?.error == .init(type: "Boom", message: "it broke"))
    }

    static let finishReasons: [(JSONValue, String?)] = [
        (["gen_ai.response.finish_reasons": ["stop", "length"]], "stop"),
        (["gen_ai.response.finish_reasons": "[\"length\"]"], "length"),
        (["gen_ai.response.finish_reasons": "stop"], "stop"),
        (["gen_ai.response.finish_reasons": []], nil),
        (["gen_ai.response.finish_reasons": "", "llm.response.finish_reason": "stop"], "stop"),
        (["gen_ai.response.finish_reasons": "[not json"], "[not json"),
        (["llm.finish_reason": "tool_calls"], "tool_calls"),
        (["gen_ai.completion.0.finish_reason": "stop"], "stop"),
        (["ai.response.finishReason": "tool-calls"], "tool-calls"),
    ]

    @Test("Finish reasons are lists, JSON in a string, or one text", arguments: finishReasons)
    func finishReasonIsTheFirst(_ attributes: JSONValue, _ expected: String?) throws {
        #expect(try OTLPRequest.decode([.chat(1, attributes)]).events.first?.finishReason == expected)
    }

    @Test("The old event of a choice gives the finish reason")
    func finishReasonOfAChoiceEvent() throws {
        let choice = OTLPRequest.event(name: "gen_ai.choice", ["index": 0, "finish_reason": "stop"])
        let other = OTLPRequest.event(name: "something.else", ["finish_reason": "wrong"])
        let span = OTLPSpanSpec.chat(1).with { $0.events = [choice, other] }
        #expect(try OTLPRequest.decode([span]).events.first?.finishReason == "stop")
    }

    @Test("The session and user of the nearest ancestor in the request are the call's")
    func contextIsInherited() throws {
        let root = OTLPSpanSpec(id: 1, attributes: ["session.id": "far", "user.id": "u"])
        let middle = OTLPSpanSpec(
            id: 2, parent: 1, attributes: ["traceloop.association.properties.session_id": "near"])
        let between = OTLPSpanSpec(id: 3, parent: 2)
        let stranger = OTLPSpanSpec.chat(5).with { $0.trace = "1af7651916cd43dd8448eb211c80319c" }
        let own = OTLPSpanSpec.chat(6, parent: 2, ["gen_ai.conversation.id": "own", "user.id": "me"])
        // The call comes before its ancestors: order must not count.
        let decoded = try OTLPRequest.decode([.chat(4, parent: 3), between, middle, root, stranger, own])
        #expect(decoded.events.map(\.session) == ["near", nil, "own"])
        #expect(decoded.events.map(\.user) == ["u", nil, "me"])
    }
}
