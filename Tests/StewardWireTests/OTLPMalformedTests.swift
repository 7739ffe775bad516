import Foundation
import StewardJSON
import StewardModel
import StewardStatistics
import StewardWire
import Testing

/// Bytes that are no requests, or not quite.
@Suite("OTLP: malformed requests")
struct OTLPMalformedTests {
    static let valid = "semconv_manual__odd_values__1.bin"

    /// Decoding must end in a result or in an error that says what is wrong; anything else is a crash.
    private func decodeOrFail(_ body: [UInt8], _ encoding: OTLPEncoding) -> Bool {
        do throws(StewardError) {
            let decoded = try OTLPTraces.decode(body, encoding: encoding, now: OTLPFixtureTests.now)
            for event in decoded.events { #expect((try? JSONValue(parsing: event.payload)) != nil) }
            return true
        } catch {
            #expect(error.code == .invalidInput)
            #expect(!error.message.isEmpty)
            return false
        }
    }

    @Test func everyTruncationIsRead() throws {
        let body = try OTLPFixtureTests.body(Self.valid)
        // Only an empty body and one cut between two resources are requests.
        let whole = (0...body.count).filter { decodeOrFail(Array(body[..<$0]), .protobuf) }
        #expect(whole == [0, body.count])
    }

    @Test func everyTruncationOfJSONIsRefused() throws {
        let body = OTLPRequest.json([.chat(1, ["gen_ai.input.messages": "[{\"role\":\"user\"}]"])]).text
        for count in body.indices { #expect(!decodeOrFail(Array(body[..<count]), .json)) }
        #expect(decodeOrFail(body, .json))
    }

    @Test(arguments: ["traceloop__anth_stream__1.bin", valid, "litellm__err_429__1.bin"])
    func mutationsAreRead(_ name: String) throws {
        let body = try OTLPFixtureTests.body(name)
        let json = OTLPMessage.json(of: body, as: .request).text
        let seed: UInt64 = 0x51EA_D001
        print("mutations of \(name): seed \(seed)")
        var random = OTLPRandom(state: seed)
        var accepted = 0
        for round in 0..<7000 {
            var mutated = round % 4 == 0 ? json : body
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: mutated.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: mutated[place] = UInt8.random(in: 0...255, using: &random)
                case 1: mutated[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: mutated.insert(UInt8.random(in: 0...255, using: &random), at: place)
                default: mutated.remove(at: place)
                }
            }
            if decodeOrFail(mutated, round % 4 == 0 ? .json : .protobuf) { accepted += 1 }
        }
        // Most mutations hit a text and leave a request.
        #expect(accepted > 700)
    }

    static let bodies: [(String, [UInt8], String)] = [
        ("a varint without end", Array(repeating: 0x80, count: 11), "varint"),
        ("field number 0", [0x00, 0x01], "field number"),
        ("a group", [0x0B], "groups"),
        ("wire type 6", [0x0E], "wire type"),
        ("a length beyond the end", [0x0A, 0x05, 0x00], "beyond the end"),
        ("a length beyond all memory", [0x0A] + Array(repeating: 0xFF, count: 9) + [0x01], "beyond the end"),
        ("a short fixed64", [0x09, 0x00], "beyond the end"),
    ]

    @Test(arguments: bodies)
    func refusalsSayWhy(_ name: String, _ body: [UInt8], _ reason: String) throws {
        let error = #expect(throws: StewardError.self, "\(name)") {
            try OTLPTraces.decode(body, encoding: .protobuf, now: OTLPFixtureTests.now)
        }
        #expect(error?.message.contains(reason) == true)
    }

    static let texts: [(String, String)] = [
        ("[]", "expected an object"), ("{\"resourceSpans\":{}}", "expected an array"),
        ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"xyz\"}]}]}]}", "hexadecimal"),
        ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":\"1.5\"}]}]}]}", "64-bit integer"),
        ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":5}]}]}]}", "expected a string"),
        ("{} {}", "the end of the text"),
    ]

    @Test(arguments: texts) func jsonRefusalsSayWhy(_ text: String, _ reason: String) throws {
        let error = #expect(throws: StewardError.self) {
            try OTLPTraces.decode(Array(text.utf8), encoding: .json, now: OTLPFixtureTests.now)
        }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func spansThatCannotBeTakenAreRejectedAlone() throws {
        let spans: [(OTLPSpanSpec, String)] = [
            (.chat(0), "span_id"), (.chat(2).with { $0.trace = "" }, "trace_id"),
            (.chat(3).with { $0.trace = "00000000000000000000000000000000" }, "trace_id"),
            (.chat(4).with { $0.start = -OTLPRequest.start.microseconds / 1000 }, "start_time"),
            (.chat(5).with { $0.start = 3_600_000 }, "in the future"),
            (.chat(6, ["deep": nested(34)]), "nested too deep"),
        ]
        let decoded = try OTLPRequest.decode(spans.map(\.0) + [.chat(7)])
        #expect(decoded.spanIDs == [7])
        #expect(decoded.rejectedSpans == spans.count)
        for (index, (_, reason)) in spans.enumerated() {
            let rejection = decoded.rejected.first { $0.index == index }
            #expect(
                rejection?.reason.contains(reason) == true, "\(rejection?.reason ?? "span \(index) was not rejected")")
        }
        #expect(decoded.partialSuccess?.hasSuffix("(and 5 more)") == true)
    }

    @Test func aSpanWithoutAnIdentifierIsRejected() throws {
        let text = """
            {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",
            "startTimeUnixNano":9,"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}}]}]}]}]}
            """
        let decoded = try OTLPTraces.decode(Array(text.utf8), encoding: .json, now: OTLPRequest.now)
        #expect(decoded.events.isEmpty)
        #expect(decoded.rejected.map(\.reason) == ["span_id must be 8 bytes and not all zero"])
    }

    private func nested(_ depth: Int) -> JSONValue { depth == 0 ? 1 : [nested(depth - 1)] }

    @Test func whatIsLeftOutIsSaid() throws {
        let decoded = try OTLPRequest.decode([
            .chat(1, ["gen_ai.usage.input_tokens": -5]), .chat(2, ["gen_ai.usage.input_tokens": 1_000_000_001]),
            .chat(3).with { ($0.start, $0.end) = (100, 0) },
            .chat(4).with { $0.events = [OTLPRequest.event(name: "gen_ai.evaluation.result")] },
        ])
        #expect(decoded.spanIDs == [1, 2, 3, 4])
        #expect(decoded.warnings.map(\.index) == [0, 1, 2, 3])
        #expect(decoded.events.map(\.usage) == [nil, nil, nil, nil])
        #expect(decoded.events[2].latencyMicroseconds == nil)
    }

    @Test func aSpanTooLargeToKeepIsKeptWithoutItsContent() throws {
        let long = JSONValue.string(String(repeating: "x", count: 2000))
        let request = OTLPRequest.json([.chat(1, ["gen_ai.input.messages": long, "gen_ai.usage.input_tokens": 9])])
        var limits = EventLimits()
        limits.maximumEventBytes = 1500
        let decoded = try OTLPTraces.decode(request.text, encoding: .json, now: OTLPRequest.now, limits: limits)
        let event = try #require(decoded.events.first)
        #expect(event.usage?.inputTokens == 9)
        #expect(event.payload.count < 1500)
        #expect(try JSONValue(parsing: event.payload)["omitted_bytes"]?.int64.map { $0 > 2000 } == true)
        #expect(decoded.warnings.first?.reason.contains("content was left out") == true)
    }

    @Test func moreSpansThanTheLimitAreRefused() throws {
        var limits = EventLimits()
        limits.maximumEvents = 2
        let request = OTLPRequest.json([.chat(1), .chat(2), .chat(3)]).text
        let error = #expect(throws: StewardError.self) {
            try OTLPTraces.decode(request, encoding: .json, now: OTLPRequest.now, limits: limits)
        }
        #expect(error?.code == .tooLarge)
    }
}

/// Sebastiano Vigna's SplitMix64.
struct OTLPRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
