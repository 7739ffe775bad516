import ArgumentParser
import StewardModel
import StewardWire

/// How a load run writes made-up calls down: about 1.5 KB each, all different, marked as simulated where the format has
/// a word for it.
enum LoadFormat: String, CaseIterable, ExpressibleByArgument {
    /// Steward's own events: a JSON object, or NDJSON where a request has more than one.
    case events
    /// OpenTelemetry's `ExportTraceServiceRequest` in protobuf, with the GenAI attributes.
    case otlp

    var path: String { self == .events ? "/v1/events" : "/v1/traces" }

    func contentType(batch: Int) -> String {
        switch self {
        case .events: batch == 1 ? "application/json" : "application/x-ndjson"
        case .otlp: "application/x-protobuf"
        }
    }

    func template(of call: MadeUpCall) -> LoadTemplate {
        switch self {
        case .events: .event(call)
        case .otlp: .span(call)
        }
    }

    /// A body of calls, each under an id that nobody used before.
    func body(_ range: Range<Int>, run: UInt32, templates: [LoadTemplate]) -> [UInt8] {
        var calls: [UInt8] = []
        calls.reserveCapacity(range.count * 2048)
        for number in range {
            let template = templates[number % templates.count]
            let start = calls.count + template.idOffset
            calls.append(contentsOf: template.bytes)
            let id = self == .events ? Self.id(run, UInt64(number)) : Self.traceID(run, UInt64(number))
            calls.replaceSubrange(start..<start + id.count, with: id)
        }
        return self == .events ? calls : Self.request(spans: calls)
    }

    /// `bench-` with the run and the number within the run in hexadecimal.
    private static func id(_ run: UInt32, _ number: UInt64) -> [UInt8] {
        func hexadecimal(_ value: UInt64, digits: Int) -> [UInt8] {
            (0..<digits).reversed().map { digit in
                let nibble = UInt8(truncatingIfNeeded: value >> UInt64(digit * 4)) & 0xF
                return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
        }
        return Array("bench-".utf8) + hexadecimal(UInt64(run), digits: 8) + [0x2D] + hexadecimal(number, digits: 11)
    }

    private static func traceID(_ run: UInt32, _ number: UInt64) -> [UInt8] {
        [0xBE, 0x7C, 0, 0] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: run >> ($0 * 8)) }
            + (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func request(spans: [UInt8]) -> [UInt8] {
        var head = ProtobufWriter()
        head.message(1) { resource in
            resource.attribute(1, "service.name", "bench")
            resource.attribute(1, "telemetry.sdk.name", "steward-bench")
        }
        head.message(2) { scope in
            scope.message(1) { $0.content(1, "steward.bench".utf8) }
            scope.append(spans)
        }
        var request = ProtobufWriter(reserving: head.bytes.count + 16)
        request.content(1, head.bytes)
        return request.bytes
    }
}

/// A call as bytes, and where in them its id stands: it can be sent again under another.
struct LoadTemplate {
    var bytes: [UInt8]
    var idOffset: Int

    static func event(_ call: MadeUpCall) -> LoadTemplate {
        var text = "{\"id\":\""
        let idOffset = text.utf8.count
        text += String(repeating: "0", count: 26)
        text += "\",\"time\":\"\(call.time.rfc3339)\",\"deployment\":\"\(call.deployment)\""
        text += ",\"version\":\"\(call.version)\",\"environment\":\"production\",\"operation\":\"chat\""
        text += ",\"provider\":\"\(call.provider)\",\"model\":\"\(call.model)\",\"response_model\":\"\(call.model)\""
        text += ",\"latency_ms\":\(call.latencyMilliseconds),\"usage\":{\"input_tokens\":\(call.inputTokens)"
        text += ",\"output_tokens\":\(call.outputTokens),\"cached_input_tokens\":\(call.cachedTokens)}"
        if let error = call.error {
            text += ",\"status\":\"error\",\"error\":{\"type\":\"\(error.type)\",\"message\":\"\(error.message)\"}"
        } else {
            text += ",\"status\":\"ok\",\"finish_reason\":\"\(call.finishReason)\""
            text += ",\"time_to_first_token_ms\":\(call.firstTokenMilliseconds)"
        }
        text +=
            ",\"session\":\"\(call.session)\",\"user\":\"\(call.user)\",\"team\":\"\(call.team)\",\"simulated\":true"
        text += ",\"input\":[{\"role\":\"user\",\"content\":\"\(call.input)\"}],\"output\":\"\(call.output)\"}\n"
        return LoadTemplate(bytes: Array(text.utf8), idOffset: idOffset)
    }

    /// One `Span` of a `ScopeSpans` (opentelemetry-proto `trace.proto`), with the attributes of the GenAI semantic
    /// conventions 1.37.
    static func span(_ call: MadeUpCall) -> LoadTemplate {
        let start = UInt64(call.time.microseconds) * 1000
        var idOffset = 0
        var writer = ProtobufWriter(reserving: 2048)
        writer.message(2) { span in
            idOffset = span.bytes.count + 2
            span.content(1, [UInt8](repeating: 0, count: 16))
            span.content(2, [1, 2, 3, 4, 5, 6, 7, 8])
            span.content(5, "chat \(call.model)".utf8)
            span.varint(6, 3)
            span.fixed64(7, start)
            span.fixed64(8, start + call.latencyMilliseconds * 1_000_000)
            for (name, value) in [
                ("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", call.provider),
                ("gen_ai.request.model", call.model), ("gen_ai.response.model", call.model),
                ("gen_ai.conversation.id", call.session), ("user.id", call.user),
                ("gen_ai.input.messages", message("user", call.input)),
                ("gen_ai.output.messages", message("assistant", call.output)),
            ] { span.attribute(9, name, value) }
            for (name, value) in [
                ("gen_ai.usage.input_tokens", call.inputTokens), ("gen_ai.usage.output_tokens", call.outputTokens),
                ("gen_ai.usage.cache_read.input_tokens", call.cachedTokens),
            ] { span.attribute(9, name, value) }
            if let error = call.error {
                span.attribute(9, "error.type", error.type)
                span.message(15) { status in
                    status.content(2, error.message.utf8)
                    status.varint(3, 2)
                }
            } else {
                span.message(9) { attribute in
                    attribute.content(1, "gen_ai.response.finish_reasons".utf8)
                    attribute.message(2) { $0.message(5) { $0.message(1) { $0.content(1, call.finishReason.utf8) } } }
                }
            }
        }
        return LoadTemplate(bytes: writer.bytes, idOffset: idOffset)
    }

    private static func message(_ role: String, _ text: String) -> String {
        "[{\"role\":\"\(role)\",\"parts\":[{\"type\":\"text\",\"content\":\"\(text)\"}]}]"
    }
}

extension ProtobufWriter {
    /// A `KeyValue` with a text.
    fileprivate mutating func attribute(_ number: Int, _ name: String, _ value: String) {
        message(number) { attribute in
            attribute.content(1, name.utf8)
            attribute.message(2) { $0.content(1, value.utf8) }
        }
    }

    /// A `KeyValue` with a whole number.
    fileprivate mutating func attribute(_ number: Int, _ name: String, _ value: UInt64) {
        message(number) { attribute in
            attribute.content(1, name.utf8)
            attribute.message(2) { $0.varint(3, value) }
        }
    }
}
