import StewardJSON
import StewardModel
import StewardWire

/// Builds OTLP/JSON requests for tests.
struct OTLPSpanSpec {
    var id: UInt64
    var parent: UInt64 = 0
    var trace = "0af7651916cd43dd8448eb211c80319c"
    var scope = "test"
    /// Milliseconds after `OTLPRequest.start`.
    var start: Int64 = 0
    var end: Int64 = 100
    var attributes: JSONValue = [:]
    var events: [JSONValue] = []
    var status: JSONValue = [:]

    /// A chat call with what any call has, and `attributes` on top.
    static func chat(_ id: UInt64, parent: UInt64 = 0, _ attributes: JSONValue = [:]) -> OTLPSpanSpec {
        let common: JSONValue = [
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
        ]
        return OTLPSpanSpec(
            id: id, parent: parent, attributes: .object((common.members ?? []) + (attributes.members ?? [])))
    }

    func with(_ change: (inout OTLPSpanSpec) -> Void) -> OTLPSpanSpec {
        var copy = self
        change(&copy)
        return copy
    }

    fileprivate var json: JSONValue {
        [
            "traceId": .string(trace), "spanId": .string(OTLPRequest.hexadecimal(id)),
            "parentSpanId": .string(parent == 0 ? "" : OTLPRequest.hexadecimal(parent)), "name": "span",
            "startTimeUnixNano": .string(OTLPRequest.nanoseconds(start)),
            "endTimeUnixNano": .string(OTLPRequest.nanoseconds(end)),
            "attributes": OTLPRequest.attributes(attributes), "events": .array(events), "status": status,
        ]
    }
}

enum OTLPRequest {
    static let start = Timestamp(seconds: 1_772_550_000)
    static let now = start + .seconds(60)

    /// One resource, each span in the scope it names.
    static func json(_ spans: [OTLPSpanSpec], resource: JSONValue = ["service.name": "shop"]) -> JSONValue {
        let scopes = spans.map { span -> JSONValue in
            ["scope": ["name": .string(span.scope)], "spans": [span.json]]
        }
        return ["resourceSpans": [["resource": ["attributes": attributes(resource)], "scopeSpans": .array(scopes)]]]
    }

    static func decode(
        _ spans: [OTLPSpanSpec], resource: JSONValue = ["service.name": "shop"], rules: SpanAttribution = .init()
    ) throws -> OTLPDecoded {
        try OTLPTraces.decode(json(spans, resource: resource).text, encoding: .json, rules: rules, now: now)
    }

    static func event(name: String, at milliseconds: Int64 = 10, _ values: JSONValue = [:]) -> JSONValue {
        [
            "name": .string(name), "timeUnixNano": .string(nanoseconds(milliseconds)),
            "attributes": attributes(values),
        ]
    }

    /// A plain object as a list of `KeyValue`.
    static func attributes(_ object: JSONValue) -> JSONValue {
        .array((object.members ?? []).map { ["key": .string($0.name), "value": value($0.value)] })
    }

    static func value(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null: [:]
        case .bool: ["boolValue": value]
        case .integer(let integer): ["intValue": .string(String(integer))]
        case .number: ["doubleValue": value]
        case .string: ["stringValue": value]
        case .array(let elements): ["arrayValue": ["values": .array(elements.map { Self.value($0) })]]
        case .object: ["kvlistValue": ["values": attributes(value)]]
        }
    }

    static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    static func nanoseconds(_ milliseconds: Int64) -> String {
        String(start.microseconds * 1000 + milliseconds * 1_000_000)
    }
}

extension OTLPDecoded {
    /// The last part of the events' span identifiers, as numbers.
    var spanIDs: [UInt64] { events.compactMap { UInt64($0.spanID ?? "", radix: 16) } }
}
