import Foundation
import StewardJSON
import StewardModel
import StewardWire
import Testing

/// Requests recorded from real instrumentations, against what has to be read from them (`expected.json`).
///
/// `facts` are what a span says; where that is not what its event must say, `exceptions` gives the reason.
@Suite("Recorded OTLP requests")
struct OTLPFixtureTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/otlp")
    static let now = Timestamp(seconds: 1_795_300_000)

    static func body(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    static let expected: JSONValue =
        (try? Data(contentsOf: folder.appending(path: "expected.json")))
        .flatMap { try? JSONValue(parsing: [UInt8]($0)) } ?? .null
    static let names = expected.members?.map(\.name) ?? []

    struct Exception {
        var file: String
        var span: String
        var fact: String
        /// What the event says instead.
        var instead: JSONValue
        var reason: String
    }

    static let exceptions = [
        Exception(
            file: "openlit__anth_cached__1.bin", span: "7c46b6d162db1232", fact: "input_tokens", instead: 40,
            reason: "OpenLIT leaves the 16 cached and 7 written tokens out of the input; the provider counted 40"),
        Exception(
            file: "semconv_manual__odd_values__1.bin", span: "2f12dda79c1c37eb", fact: "input_tokens", instead: nil,
            reason: "2⁴⁰ tokens are beyond the limit of one event: absent, with a warning"),
        Exception(
            file: "semconv_manual__odd_values__1.bin", span: "69c944572d256e92", fact: "input_tokens", instead: nil,
            reason: "-5 is no count: absent, with a warning"),
    ]

    @Test func fixturesAreThere() { #expect(Self.names.count == 73) }

    @Test func everyFactIsReadOrExplained() throws {
        var counts: [String: (matched: Int, explained: Int, expected: Int)] = [:]
        for name in Self.names {
            let instrumentation = Self.expected[name]?["instrumentation"]?.string ?? ""
            let tally = try Self.compare(name)
            var count = counts[instrumentation, default: (0, 0, 0)]
            count = (count.0 + tally.matched, count.1 + tally.explained, count.2 + tally.expected)
            counts[instrumentation] = count
        }
        for (instrumentation, count) in counts.sorted(by: { $0.key < $1.key }) {
            print(
                "OTLP facts of \(instrumentation): \(count.matched) / \(count.expected), \(count.explained) explained")
            #expect(count.matched + count.explained == count.expected)
        }
        #expect(counts.values.reduce(0) { $0 + $1.explained } == Self.exceptions.count)
    }

    @Test(arguments: names) func totalsAreAsExpected(_ name: String) throws {
        let decoded = try OTLPTraces.decode(try Self.body(name), encoding: .protobuf, now: Self.now)
        let totals = try #require(Self.expected[name]?["totals"])
        var input = totals["input_tokens"]?.int64 ?? -1
        for exception in Self.exceptions where exception.file == name {
            let stated = Self.span(exception.span, of: name)?["facts"]?[exception.fact]?.int64 ?? 0
            // The expected total counts the -5 as zero already.
            input += (exception.instead.int64 ?? 0) - max(stated, 0)
        }
        #expect(decoded.events.count == totals["llm_calls"]?.int64.map { Int($0) })
        #expect(decoded.events.filter { $0.status == .error }.count == totals["errors"]?.int64.map { Int($0) })
        #expect(decoded.events.reduce(0) { $0 + ($1.usage?.inputTokens ?? 0) } == input)
        #expect(decoded.events.reduce(0) { $0 + ($1.usage?.outputTokens ?? 0) } == totals["output_tokens"]?.int64)
        let spans = decoded.events.count + decoded.ignoredSpans + decoded.duplicateSpans + decoded.rejectedSpans
        #expect(spans == totals["spans"]?.int64.map { Int($0) })
        #expect(decoded.rejectedSpans == 0)
    }

    /// The payload is in Steward's own format: read back, it is the same event.
    @Test(arguments: names) func payloadReadsBackAsTheSameEvent(_ name: String) throws {
        let decoded = try OTLPTraces.decode(try Self.body(name), encoding: .protobuf, now: Self.now)
        for event in decoded.events {
            _ = try JSONValue(parsing: event.payload)
            let again = try EventDecoder.decode(
                event.payload, format: .json, now: Self.now, limits: .init(), makeID: { "" })
            #expect(again.rejected == [])
            #expect(again.events.first?.event == event)
        }
    }

    // MARK: - Comparing

    private static func span(_ id: String, of name: String) -> JSONValue? {
        expected[name]?["spans"]?.array?.first { $0["span_id"]?.string == id }
    }

    private static func compare(_ name: String) throws -> (matched: Int, explained: Int, expected: Int) {
        let decoded = try OTLPTraces.decode(try body(name), encoding: .protobuf, now: now)
        var tally = (matched: 0, explained: 0, expected: 0)
        for span in expected[name]?["spans"]?.array ?? [] {
            let id = span["span_id"]?.string ?? ""
            let event = decoded.events.first { $0.spanID == id }
            guard span["kind"]?.string == "llm", span["duplicate_of"] == nil else {
                // Not a call, or another telling of one.
                #expect(event == nil, "\(name) \(id) must not be an event")
                continue
            }
            let taken = try #require(event, "\(name) \(id) must be an event")
            var facts = span["facts"]?.members ?? []
            if let session = span["inherited_conversation_id"] {
                facts.append(.init(name: "conversation_id", value: session))
            }
            for fact in facts {
                tally.expected += 1
                let exception = exceptions.first { $0.file == name && $0.span == id && $0.fact == fact.name }
                let actual = try read(fact.name, of: taken, source: span["sources"]?[fact.name]?.string)
                let wanted = exception?.instead ?? fact.value
                #expect(actual == wanted, "\(name) \(id) \(fact.name)")
                guard actual == wanted else { continue }
                if exception == nil { tally.matched += 1 } else { tally.explained += 1 }
            }
        }
        return tally
    }

    /// A fact as the event tells it, in the form of `expected.json`; facts that have no field of their own are read
    /// from the attributes kept in the payload.
    private static func read(_ fact: String, of event: Event, source: String?) throws -> JSONValue {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        func count(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
        func milliseconds(_ value: Int64?) -> JSONValue {
            value.map { $0 % 1000 == 0 ? .number(Double($0 / 1000)) : .number(Double($0) / 1000) } ?? .null
        }
        let attributes = try JSONValue(parsing: event.payload)["attributes"]
        switch fact {
        case "operation": return text(event.operation)
        case "provider": return text(event.provider)
        case "request_model": return text(event.model)
        case "response_model": return text(event.responseModel)
        case "model": return text(event.responseModel ?? event.model)
        case "input_tokens": return count(event.usage?.inputTokens)
        case "output_tokens": return count(event.usage?.outputTokens)
        case "cached_tokens": return count(event.usage?.cachedInputTokens)
        case "cache_write_tokens": return count(event.usage?.cacheWriteTokens)
        case "reasoning_tokens": return count(event.usage?.reasoningTokens)
        case "finish_reasons":
            let stated = attributes?[source ?? ""] ?? .null
            let listed = stated.string.flatMap { try? JSONValue(parsing: $0) } ?? stated
            let list = listed.array ?? [listed]
            #expect(event.finishReason == list.first?.string)
            return .array(list)
        case "error": return .bool(event.status == .error)
        case "error_type": return text(event.error?.type)
        case "conversation_id": return text(event.session)
        case "user_id": return text(event.user)
        case "latency_ms": return milliseconds(event.latencyMicroseconds)
        case "ttft_ms": return milliseconds(event.timeToFirstTokenMicroseconds)
        case "start_unix_nano":
            // Kept to the microsecond.
            let nanoseconds = Int64(try #require(startNanoseconds(of: event))) ?? 0
            #expect(event.time.microseconds == nanoseconds / 1000)
            return .string(String(nanoseconds))
        case "stream":
            let stated = attributes?[source ?? ""] ?? .null
            return stated.string.map { .bool($0 == "True") } ?? stated
        default: return attributes?[source ?? ""] ?? .null
        }
    }

    private static func startNanoseconds(of event: Event) -> String? {
        for name in names {
            if let span = span(event.spanID ?? "", of: name) { return span["facts"]?["start_unix_nano"]?.string }
        }
        return nil
    }
}
