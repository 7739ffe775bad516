import StewardJSON
import StewardModel
import StewardWire
import Testing

/// Both encodings, what is kept of a span, and the answers.
@Suite("OTLP: encodings")
struct OTLPEncodingTests {
    @Test("JSON and protobuf of one request give the same events", arguments: OTLPFixtureTests.names)
    func encodingsAgree(_ name: String) throws {
        let body = try OTLPFixtureTests.body(name)
        let json = OTLPMessage.json(of: body, as: .request)
        let now = OTLPFixtureTests.now
        let fromProtobuf = try OTLPTraces.decode(body, encoding: .protobuf, now: now)
        let fromJSON = try OTLPTraces.decode(json.text, encoding: .json, now: now)
        #expect(fromJSON.events == fromProtobuf.events)
        #expect(fromJSON.ignoredSpans == fromProtobuf.ignoredSpans)
        #expect(fromJSON.duplicateSpans == fromProtobuf.duplicateSpans)
    }

    @Test func unknownJSONFieldsAreIgnored() throws {
        let text = """
            {"resourceSpans":[{"schemaUrl":"x","resource":null,"scopeSpans":[{"scope":{"name":"s","new":[1]},"spans":[
            {"traceId":"0AF7651916cd43dd8448eb211c80319C","spanId":"B7AD6B7169203331","kind":3,"flags":257,"links":[{}],
            "startTimeUnixNano":1772550000000000000,"endTimeUnixNano":"1772550000100000000","attributes":[
            {"key":"gen_ai.operation.name","value":{"stringValue":"ch\\u0061t"}},
            {"key":"gen_ai.usage.input_tokens","value":{"intValue":7}},{"key":"gen_ai.usage.output_tokens",
            "value":{"intValue":"8"}},{"key":"x","value":{"bytesValue":"AQI_"}},{"key":"y","value":null}]}]}]}]}
            """
        let decoded = try OTLPTraces.decode(Array(text.utf8), encoding: .json, now: OTLPRequest.now)
        let event = try #require(decoded.events.first)
        #expect(event.id == "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")
        #expect(event.operation == "chat")
        #expect(event.usage == Usage(inputTokens: 7, outputTokens: 8))
        #expect(event.latencyMicroseconds == 100_000)
        let attributes = try JSONValue(parsing: event.payload)["attributes"]
        #expect(attributes?["x"] == "01023f")
        #expect(attributes?["y"] == JSONValue.null)
    }

    @Test("Fields of messages may come in any order, unknown ones are passed over")
    func protobufOrderIsFree() throws {
        // A span, its parts last to first, behind an unknown field 99 of each wire type.
        let unknown: [UInt8] =
            [0x98, 0x06, 0x01, 0x99, 0x06] + [UInt8](repeating: 0, count: 8) + [0x9D, 0x06, 0, 0, 0, 0]
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(content.count)] + content
        }
        let value = field(2, field(1, Array("chat".utf8)))
        let attribute = field(9, value + field(1, Array("gen_ai.operation.name".utf8)))
        let start: [UInt8] = [0x39, 0, 0, 0, 0, 0, 0, 0, 0x18]
        let span = unknown + attribute + start + field(2, [1, 2, 3, 4, 5, 6, 7, 8]) + field(1, Array(1...16))
        let scope = field(2, span) + field(1, field(1, Array("late".utf8)))
        let service = field(2, field(1, Array("shop".utf8))) + field(1, Array("service.name".utf8))
        let body = field(1, field(2, scope) + field(1, field(1, service)))
        let event = try #require(try OTLPTraces.decode(body, encoding: .protobuf, now: OTLPRequest.now).events.first)
        #expect(event.series.deployment == "shop")
        #expect(try JSONValue(parsing: event.payload)["scope"] == "late")
    }

    // MARK: - Payload

    @Test func contentIsKeptAsItIs() throws {
        let messages = "[{\"role\": \"user\", \"parts\": []}]"
        let span = OTLPSpanSpec.chat(
            1,
            [
                "gen_ai.input.messages": .string(messages), "gen_ai.output.messages": "plain [text",
                "custom": ["list": [1, true, .number(0.5), "a\"b"]], "custom2": "{\"not\":\"taken apart\"}",
            ])
        let payload = try JSONValue(parsing: try #require(try OTLPRequest.decode([span]).events.first).payload)
        #expect(payload["input"] == [["role": "user", "parts": []]])
        #expect(payload["output"] == "plain [text")
        #expect(payload["attributes"]?["custom"] == ["list": [1, true, .number(0.5), "a\"b"]])
        #expect(payload["attributes"]?["custom2"] == "{\"not\":\"taken apart\"}")
        #expect(payload["attributes"]?["gen_ai.input.messages"] == nil)
        #expect(payload["resource"] == ["service.name": "shop"])
    }

    static let flattened: [(JSONValue, JSONValue, JSONValue)] = [
        (
            [
                "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "be brief",
                "gen_ai.prompt.1.role": "user", "gen_ai.completion.0.content": "ok",
                "gen_ai.completion.0.tool_calls.0.name": "weather",
            ],
            [["role": "system", "content": "be brief"], ["role": "user"]],
            [["content": "ok", "tool_calls": [["name": "weather"]]]]
        ),
        (
            [
                "llm.input_messages.1.message.content": "second", "llm.input_messages.0.message.content": "first",
                "llm.output_messages.0.message.contents.0.message_content.text": "out",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
            ],
            [["content": "first"], ["content": "second"]],
            [["contents": [["text": "out"]], "tool_calls": [["function": ["name": "f"]]]]]
        ),
    ]

    @Test("Messages spread over attributes are put together", arguments: flattened)
    func flattenedMessages(_ attributes: JSONValue, _ input: JSONValue, _ output: JSONValue) throws {
        let event = try #require(try OTLPRequest.decode([.chat(1, attributes)]).events.first)
        let payload = try JSONValue(parsing: event.payload)
        #expect(payload["input"]?.canonical == input.canonical)
        #expect(payload["output"]?.canonical == output.canonical)
        #expect(payload["attributes"]?.members?.count == 3)
    }

    @Test func aLargeResourceIsNotRepeatedInEveryPayload() throws {
        let large: JSONValue = ["service.name": "shop", "large": .string(String(repeating: "x", count: 9000))]
        let event = try #require(try OTLPRequest.decode([.chat(1)], resource: large).events.first)
        #expect(event.series.deployment == "shop")
        #expect(try JSONValue(parsing: event.payload)["resource"] == JSONValue.null)
    }

    @Test func contentGivenTwiceIsKeptTwice() throws {
        let spread: JSONValue = ["gen_ai.prompt.0.content": "spread", "input.value": "whole"]
        let payload = try JSONValue(
            parsing: try #require(try OTLPRequest.decode([.chat(1, spread)]).events.first).payload)
        #expect(payload["input"] == [["content": "spread"]])
        #expect(payload["attributes"]?["input.value"] == "whole")
    }

    @Test("Longer conversations than are searched one by one keep their order")
    func manyMessages() throws {
        let messages = (0..<300).reversed().map { index in
            JSONValue.Member(name: "gen_ai.prompt.\(index).content", value: .integer(Int64(index)))
        }
        let event = try #require(try OTLPRequest.decode([.chat(1, .object(messages + messages))]).events.first)
        let input = try JSONValue(parsing: event.payload)["input"]
        #expect(input?.array == (0..<300).map { ["content": .integer($0)] })
    }

    @Test func aKeyGivenTwiceIsKeptOnce() throws {
        let few = OTLPSpanSpec.chat(1, .object([.init(name: "x", value: 1), .init(name: "x", value: 2)]))
        let many = OTLPSpanSpec.chat(2, .object((0..<200).map { .init(name: "k\($0 % 100)", value: .integer($0)) }))
        let decoded = try OTLPRequest.decode([few, many])
        let payloads = try decoded.events.map { try JSONValue(parsing: $0.payload)["attributes"] }
        #expect(payloads[0]?["x"] == 1)
        #expect(payloads[1]?.members?.count == 103)
    }

    @Test func evaluationsWithinASpan() throws {
        let evaluation = OTLPRequest.event(
            name: "gen_ai.evaluation.result",
            [
                "gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": .number(0.5),
                "gen_ai.evaluation.score.label": "fair",
            ])
        let decoded = try OTLPRequest.decode([.chat(1).with { $0.events = [evaluation] }])
        let event = try #require(decoded.events.first)
        #expect(event.scores == ["relevance": 0.5])
        #expect(decoded.feedback.map(\.eventID) == [event.id])
        #expect(decoded.feedback.map(\.value) == [.label("fair")])
    }

    // MARK: - Answers

    @Test func answersInProtobuf() {
        #expect(OTLPResponse.success(encoding: .protobuf) == [])
        let partial = OTLPResponse.success(rejected: 300, message: "why", encoding: .protobuf)
        // Field 1, a length of eight bytes in five; in it field 1 = 300 and field 2 = "why".
        #expect(partial == [0x0A, 0x88, 0x80, 0x80, 0x80, 0x00, 0x08, 0xAC, 0x02, 0x12, 0x03] + Array("why".utf8))
        let status = OTLPStatus.encode(code: 3, message: "bad", encoding: .protobuf)
        #expect(status == [0x08, 0x03, 0x12, 0x03] + Array("bad".utf8))
    }

    @Test func answersInJSON() {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        #expect(text(OTLPResponse.success(encoding: .json)) == "{}")
        #expect(
            text(OTLPResponse.success(rejected: 2, message: "why", encoding: .json))
                == "{\"partialSuccess\":{\"rejectedSpans\":\"2\",\"errorMessage\":\"why\"}}")
        #expect(
            text(OTLPResponse.success(.logs, rejected: 1, encoding: .json))
                == "{\"partialSuccess\":{\"rejectedLogRecords\":\"1\"}}")
        #expect(
            text(OTLPResponse.success(.metrics, message: "a warning", encoding: .json))
                == "{\"partialSuccess\":{\"errorMessage\":\"a warning\"}}")
        #expect(
            text(OTLPStatus.encode(StewardError(.overloaded, "later"), encoding: .json))
                == "{\"code\":8,\"message\":\"later\"}")
    }

    @Test func everyErrorHasAStatusCode() {
        for code in StewardError.Code.allCases {
            let body = OTLPStatus.encode(StewardError(code, "m"), encoding: .json)
            #expect((try? JSONValue(parsing: body))?["code"]?.int64.map { 1...16 ~= $0 } == true)
        }
    }
}

/// Evaluations sent as log records.
@Suite("OTLP logs")
struct OTLPLogsTests {
    private func decode(_ records: [JSONValue]) throws -> OTLPLogsDecoded {
        let request: JSONValue = ["resourceLogs": [["scopeLogs": [["logRecords": .array(records)]]]]]
        return try OTLPLogs.decode(request.text, encoding: .json, now: OTLPRequest.now)
    }

    private func record(_ attributes: JSONValue, name: String = "gen_ai.evaluation.result") -> JSONValue {
        [
            "eventName": .string(name), "timeUnixNano": "1772550000000000000",
            "traceId": "0AF7651916CD43DD8448EB211C80319C", "spanId": "B7AD6B7169203331",
            "body": ["stringValue": "ignored"], "attributes": OTLPRequest.attributes(attributes),
        ]
    }

    @Test func evaluationsBecomeFeedback() throws {
        let decoded = try decode([
            record([
                "gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": .number(0.85),
                "gen_ai.evaluation.score.label": "relevant",
            ]),
            record(["gen_ai.prompt": "hi"], name: "gen_ai.user.message"),
        ])
        #expect(decoded.ignoredRecords == 1)
        #expect(decoded.feedback.map(\.value) == [.score(0.85), .label("relevant")])
        let feedback = try #require(decoded.feedback.first)
        #expect(feedback.eventID == "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")
        #expect(feedback.name == "relevance")
        #expect(feedback.time == OTLPRequest.start)
        #expect(Set(decoded.feedback.map(\.key)).count == 2)
    }

    @Test func anEvaluationSentAgainHasTheSameKey() throws {
        let evaluation = record(["gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": 1])
        #expect(try decode([evaluation]).feedback == decode([evaluation]).feedback)
    }

    @Test func theEventNameMayBeAnAttribute() throws {
        let decoded = try decode([
            record(
                [
                    "event.name": "gen_ai.evaluation.result", "gen_ai.evaluation.name": "n",
                    "gen_ai.evaluation.score.value": 1,
                ], name: "")
        ])
        #expect(decoded.feedback.count == 1)
    }

    @Test func whatCannotBeTakenIsSaid() throws {
        var unbound = record(["gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": 1])
        unbound = .object((unbound.members ?? []).filter { $0.name != "spanId" })
        let decoded = try decode([
            record(["gen_ai.evaluation.score.value": 1]), record(["gen_ai.evaluation.name": "n"]),
            record(["gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": .number(1e12)]), unbound,
        ])
        #expect(decoded.feedback.isEmpty)
        #expect(decoded.rejectedRecords == 4)
        #expect(
            decoded.rejected.map(\.field) == [
                "gen_ai.evaluation.name", "gen_ai.evaluation.score.value", "gen_ai.evaluation.score.value", nil,
            ])
    }

    @Test func metricsAreCheckedAlone() throws {
        try OTLPMetrics.check([0x0A, 0x00], encoding: .protobuf)
        try OTLPMetrics.check(Array("{\"resourceMetrics\":[]}".utf8), encoding: .json)
        #expect(throws: StewardError.self) { try OTLPMetrics.check([0x0A, 0x05], encoding: .protobuf) }
        #expect(throws: StewardError.self) { try OTLPMetrics.check(Array("{".utf8), encoding: .json) }
    }

    @Test func malformedLogsAreRefused() {
        #expect(throws: StewardError.self) {
            try OTLPLogs.decode([0x0A, 0x05], encoding: .protobuf, now: OTLPRequest.now)
        }
    }
}
