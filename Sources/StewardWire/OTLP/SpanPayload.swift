import StewardJSON
import StewardModel

/// Writes what is kept of a span: the event in Steward's own format, so that it reads back as the same event, with the
/// content as `input` and `output` and all that Steward does not read beside it.
///
/// `attributes` holds every attribute as it was sent but the content, `span_events` the span's events that have
/// attributes, `span_name` and `scope` the names of the span and its instrumentation, `resource` its resource (`null`
/// where that is too large to be repeated in every payload).
struct SpanPayload {
    let batch: OTLPBatch
    let span: OTLPSpan
    /// The value chosen for each side, if it is one attribute.
    let input: OTLPValue?
    let output: OTLPValue?
    /// The resource's attributes as JSON.
    let resource: [UInt8]

    func json(of event: Event) throws(ProtobufError) -> [UInt8] {
        var writer = JSONWriter(reserving: 2048)
        writer.beginObject()
        writer.members(of: event)
        try content(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// The event without its content, for a span that is too large to keep whole.
    static func json(of event: Event, omitting count: Int) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.members(of: event)
        writer.member("omitted_bytes", count)
        writer.endObject()
        return writer.bytes
    }

    private func content(to writer: inout JSONWriter) throws(ProtobufError) {
        let bytes = batch.bytes
        let attributes = batch.attributes[span.attributes]
        var (inputs, outputs) = (MessageTree(), MessageTree())
        for attribute in attributes where attribute.meaning == nil {
            guard let (side, path) = MessageTree.side(of: attribute.key, in: bytes) else { continue }
            switch side {
            case .input: inputs.insert(attribute.value, at: path, in: bytes)
            case .output: outputs.insert(attribute.value, at: path, in: bytes)
            }
        }
        try side("input", input, inputs, to: &writer)
        try side("output", output, outputs, to: &writer)
        writer.key("attributes")
        try writer.object(of: attributes, in: bytes) { attribute in
            switch attribute.meaning?.field {
            case .input: inputs.isEmpty && attribute.value == input
            case .output: outputs.isEmpty && attribute.value == output
            case nil: MessageTree.side(of: attribute.key, in: bytes) != nil
            default: false
            }
        }
        try events(to: &writer)
        writer.member("span_name", batch.string(span.name))
        writer.member("scope", batch.origins[span.origin].scope)
        writer.key("resource")
        writer.raw(resource)
    }

    private func side(
        _ name: String, _ value: OTLPValue?, _ messages: MessageTree, to writer: inout JSONWriter
    ) throws(ProtobufError) {
        if !messages.isEmpty {
            writer.key(name)
            try messages.write(to: &writer, in: batch.bytes)
        } else if let value {
            writer.key(name)
            if case .string(let range) = value, isJSON(range) {
                writer.raw(batch.bytes[range])
            } else {
                try writer.value(value, in: batch.bytes)
            }
        }
    }

    /// Whether a text is an array or object as JSON, so that it can stand as it is.
    private func isJSON(_ range: Range<Int>) -> Bool {
        guard let first = batch.bytes[range].first, first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else {
            return false
        }
        var scanner = JSONScanner(batch.bytes, in: range, maximumDepth: 64)
        do throws(JSONError) {
            try scanner.skipValue()
            try scanner.finish()
            return true
        } catch {
            return false
        }
    }

    private func events(to writer: inout JSONWriter) throws(ProtobufError) {
        let events = batch.events[span.events].filter { !$0.attributes.isEmpty }
        guard !events.isEmpty else { return }
        writer.key("span_events")
        writer.beginArray()
        for event in events {
            writer.beginObject()
            writer.member("name", batch.string(event.name))
            writer.member("time", Timestamp(nanoseconds: event.nanoseconds).rfc3339)
            writer.key("attributes")
            try writer.object(of: batch.attributes[event.attributes], in: batch.bytes)
            writer.endObject()
        }
        writer.endArray()
    }
}

extension Timestamp {
    /// Nanoseconds since 1970, rounded down to the microsecond; ``latest`` for what lies beyond it.
    init(nanoseconds: UInt64) {
        self.init(microseconds: min(Int64(nanoseconds / 1000), Self.latest.microseconds))
    }
}

extension JSONWriter {
    /// The members of an event in the format of ``EventField``; what is absent is left out.
    fileprivate mutating func members(of event: Event) {
        present(.id, event.id)
        present(.time, event.time.rfc3339)
        present(.deployment, event.series.deployment)
        present(.version, event.series.version)
        present(.environment, event.series.environment)
        present(.operation, event.operation)
        present(.provider, event.provider)
        present(.model, event.model)
        present(.responseModel, event.responseModel)
        present(.status, event.status == .error ? "error" : "ok")
        if let error = event.error {
            key(EventField.error.rawValue)
            beginObject()
            if let type = error.type { member(ErrorField.type.rawValue, type) }
            if let code = error.code { member(ErrorField.code.rawValue, code) }
            if let message = error.message { member(ErrorField.message.rawValue, message) }
            endObject()
        }
        present(.finishReason, event.finishReason)
        milliseconds(.latency, event.latencyMicroseconds)
        milliseconds(.timeToFirstToken, event.timeToFirstTokenMicroseconds)
        if let usage = event.usage { members(of: usage) }
        if event.serviceTier != .standard { present(.serviceTier, event.serviceTier.rawValue) }
        present(.session, event.session)
        present(.user, event.user)
        present(.team, event.team)
        present(.project, event.project)
        if !event.scores.isEmpty {
            key(EventField.scores.rawValue)
            beginObject()
            for (name, score) in event.scores.sorted(by: { $0.key < $1.key }) { member(name, score) }
            endObject()
        }
        present(.traceID, event.traceID)
        present(.spanID, event.spanID)
    }

    private mutating func members(of usage: Usage) {
        key(EventField.usage.rawValue)
        beginObject()
        count(.input, usage.inputTokens)
        count(.output, usage.outputTokens)
        count(.cachedInput, usage.cachedInputTokens)
        count(.cacheWrite, usage.cacheWriteTokens)
        count(.reasoning, usage.reasoningTokens)
        count(.audioInput, usage.audioInputTokens)
        count(.audioOutput, usage.audioOutputTokens)
        endObject()
    }

    private mutating func present(_ field: EventField, _ value: String?) {
        if let value { member(field.rawValue, value) }
    }

    private mutating func milliseconds(_ field: EventField, _ microseconds: Int64?) {
        if let microseconds { member(field.rawValue, Double(microseconds) / 1000) }
    }

    private mutating func count(_ field: UsageField, _ value: Int64?) {
        if let value { member(field.rawValue, value) }
    }
}
