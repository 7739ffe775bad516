import StewardJSON
import StewardModel
import StewardWire
import Testing

/// One call told by several spans of one request.
@Suite("OTLP: one call told twice")
struct OTLPDuplicateTests {
    static func call(
        _ id: UInt64, parent: UInt64 = 0, scope: String, _ range: ClosedRange<Int64>, _ attributes: JSONValue = [:]
    ) -> OTLPSpanSpec {
        OTLPSpanSpec.chat(id, parent: parent, attributes).with {
            $0.scope = scope
            ($0.start, $0.end) = (range.lowerBound, range.upperBound)
        }
    }

    @Test("A gateway client around a provider's SDK: the outer is kept, the inner fills it")
    func nestedTellingsAreOne() throws {
        let outer = Self.call(
            1, scope: "litellm", 0...100, ["gen_ai.usage.input_tokens": 40, "gen_ai.usage.output_tokens": 10])
        let inner = Self.call(
            2, parent: 1, scope: "opentelemetry.instrumentation.openai.v1", 5...90,
            [
                "gen_ai.usage.input_tokens": 40, "gen_ai.usage.output_tokens": 10,
                "gen_ai.usage.cache_read.input_tokens": 16, "gen_ai.response.model": "gpt-4o-2024-08-06",
                "gen_ai.response.time_to_first_chunk": 0.02,
            ])
        let decoded = try OTLPRequest.decode([inner, outer])
        #expect(decoded.spanIDs == [1])
        #expect(decoded.duplicateSpans == 1)
        let event = try #require(decoded.events.first)
        #expect(event.usage == Usage(inputTokens: 40, outputTokens: 10, cachedInputTokens: 16))
        #expect(event.responseModel == "gpt-4o-2024-08-06")
        #expect(event.latencyMicroseconds == 100_000)
        #expect(event.timeToFirstTokenMicroseconds == 20_000)
    }

    @Test("Three libraries, one call")
    func threeTellingsAreOne() throws {
        let decoded = try OTLPRequest.decode([
            Self.call(1, scope: "langchain", 0...100), OTLPSpanSpec(id: 2, parent: 1),
            Self.call(3, parent: 2, scope: "litellm", 1...90), Self.call(4, parent: 3, scope: "openai", 2...80),
        ])
        #expect(decoded.spanIDs == [1])
        #expect((decoded.duplicateSpans, decoded.ignoredSpans) == (2, 1))
    }

    @Test("Siblings of two libraries: by the response, or by time, provider and model")
    func siblingTellingsAreOne() throws {
        let response: JSONValue = ["gen_ai.response.id": "r1"]
        let byResponse = try OTLPRequest.decode([
            Self.call(1, parent: 9, scope: "a", 0...100, response),
            Self.call(2, parent: 9, scope: "b", 1...99, response),
        ])
        #expect(byResponse.spanIDs == [1])
        let byTime = try OTLPRequest.decode([
            Self.call(1, parent: 9, scope: "a", 0...100), Self.call(2, parent: 9, scope: "b", 1...99),
        ])
        #expect(byTime.spanIDs == [1])
    }

    @Test("Five concurrent calls told by two libraries are five")
    func concurrentTellingsPairUp() throws {
        let outer = (0..<5).map { Self.call(UInt64(10 + $0), parent: 9, scope: "a", Int64($0)...100 + Int64($0)) }
        let inner = (0..<5).map { Self.call(UInt64(20 + $0), parent: 9, scope: "b", 5 + Int64($0)...90 + Int64($0)) }
        let decoded = try OTLPRequest.decode(outer + inner)
        #expect(decoded.spanIDs == [10, 11, 12, 13, 14])
    }

    static let distinct: [(String, [OTLPSpanSpec])] = [
        (
            "two responses",
            [
                call(1, parent: 9, scope: "a", 0...100, ["gen_ai.response.id": "r1"]),
                call(2, parent: 9, scope: "b", 1...99, ["gen_ai.response.id": "r2"]),
            ]
        ),
        ("one library", [call(1, parent: 9, scope: "a", 0...100), call(2, parent: 9, scope: "a", 1...99)]),
        ("one after the other", [call(1, parent: 9, scope: "a", 0...50), call(2, parent: 9, scope: "b", 60...99)]),
        ("two parents", [call(1, parent: 8, scope: "a", 0...100), call(2, parent: 9, scope: "b", 1...99)]),
        ("no parent", [call(1, scope: "a", 0...100), call(2, scope: "b", 1...99)]),
        (
            "two models",
            [
                call(1, parent: 9, scope: "a", 0...100),
                call(2, parent: 9, scope: "b", 1...99).with {
                    $0.attributes = ["gen_ai.operation.name": "chat", "gen_ai.request.model": "other"]
                },
            ]
        ),
        (
            "one response again, later, as from a cache",
            [
                call(1, parent: 9, scope: "a", 0...50, ["gen_ai.response.id": "r1"]),
                call(2, parent: 9, scope: "a", 60...99, ["gen_ai.response.id": "r1"]),
            ]
        ),
        (
            "two traces",
            [
                call(1, parent: 9, scope: "a", 0...100),
                call(2, parent: 9, scope: "b", 1...99).with { $0.trace = "1af7651916cd43dd8448eb211c80319c" },
            ]
        ),
    ]

    @Test("Two calls stay two", arguments: distinct)
    func distinctCallsStay(_ name: String, _ spans: [OTLPSpanSpec]) throws {
        #expect(try OTLPRequest.decode(spans).spanIDs == [1, 2], "\(name)")
    }

    @Test("A call around several successful calls sums them up: they count, it does not")
    func rollUpOfCalls() throws {
        let total: JSONValue = ["gen_ai.usage.input_tokens": 30, "gen_ai.response.id": "r2"]
        let decoded = try OTLPRequest.decode([
            Self.call(1, scope: "framework", 0...100, total),
            Self.call(
                2, parent: 1, scope: "sdk", 1...50, ["gen_ai.usage.input_tokens": 10, "gen_ai.response.id": "r1"]),
            Self.call(
                3, parent: 1, scope: "sdk", 51...99, ["gen_ai.usage.input_tokens": 20, "gen_ai.response.id": "r2"]),
        ])
        #expect(decoded.spanIDs == [2, 3])
        #expect(decoded.events.reduce(0) { $0 + ($1.usage?.inputTokens ?? 0) } == 30)
    }

    @Test("Sums of sums: only the innermost calls count")
    func rollUpOfRollUps() throws {
        let decoded = try OTLPRequest.decode([
            Self.call(1, scope: "a", 0...100), Self.call(2, parent: 1, scope: "b", 1...90),
            Self.call(3, parent: 2, scope: "c", 2...40), Self.call(4, parent: 2, scope: "c", 41...80),
        ])
        #expect(decoded.spanIDs == [3, 4])
        #expect(decoded.ignoredSpans == 2)
    }

    @Test("A call around failed attempts and one success is that call")
    func retriesAreOneCall() throws {
        let failed = Self.call(2, parent: 1, scope: "sdk", 1...20, ["error.type": "timeout"]).with {
            $0.status = ["code": 2]
        }
        let decoded = try OTLPRequest.decode([
            Self.call(1, scope: "router", 0...100), failed,
            Self.call(3, parent: 1, scope: "sdk", 30...99, ["gen_ai.usage.input_tokens": 20]),
        ])
        #expect(decoded.spanIDs == [1])
        #expect(decoded.events.first?.usage?.inputTokens == 20)
        #expect(decoded.events.first?.status == .ok)
    }

    @Test("Spans that name each other as parents end the search")
    func cyclesEnd() throws {
        let decoded = try OTLPRequest.decode([
            Self.call(1, parent: 2, scope: "a", 0...100), Self.call(2, parent: 1, scope: "b", 0...100),
            Self.call(3, parent: 3, scope: "c", 0...100),
        ])
        #expect(decoded.spanIDs == [1, 3])
    }
}
