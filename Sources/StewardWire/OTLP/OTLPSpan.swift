/// Identifies a span: spans of one trace share the first two words.
struct SpanKey: Hashable {
    var traceHigh: UInt64
    var traceLow: UInt64
    var span: UInt64
}

/// A span that is a call of a model, as received; ranges are of the body or of the batch's lists.
struct OTLPSpan {
    /// 0-based position among the spans of the request.
    var index: Int
    var key = SpanKey(traceHigh: 0, traceLow: 0, span: 0)
    /// Zero at the root of a trace.
    var parent: UInt64 = 0
    var name = 0..<0
    var startNanoseconds: UInt64 = 0
    var endNanoseconds: UInt64 = 0
    /// 2 is an error.
    var statusCode: UInt64 = 0
    var statusMessage = 0..<0
    /// Within `OTLPBatch.attributes`.
    var attributes = 0..<0
    /// Within `OTLPBatch.events`.
    var events = 0..<0
    /// Within `OTLPBatch.origins`.
    var origin = 0
    /// The operation its role stands for, where the span names none.
    var operation: String?
    /// What tells calls apart when two libraries tell of one.
    var call = Call()
    /// Why the span cannot be taken, such as an identifier of the wrong length.
    var problem: String?

    struct Call: Equatable {
        var responseID: String?
        var model: String?
        var provider: String?
    }

    var isError: Bool { statusCode == 2 }
}

struct OTLPSpanEvent {
    var name = 0..<0
    var nanoseconds: UInt64 = 0
    /// Within `OTLPBatch.attributes`.
    var attributes = 0..<0
}

/// What a span hands down to the calls below it.
struct SpanContext {
    var parent: UInt64
    var session: String?
    var user: String?
}

/// Where spans come from: their resource and instrumentation scope.
struct SpanOrigin {
    var scope: String
    /// Within `OTLPBatch.attributes`.
    var resource: Range<Int>
}

/// The spans of one request, those that are no calls reduced to what calls below them need.
struct OTLPBatch {
    let bytes: [UInt8]
    var attributes: [OTLPAttribute] = []
    var events: [OTLPSpanEvent] = []
    var origins: [SpanOrigin] = []
    var calls: [OTLPSpan] = []
    var contexts: [SpanKey: SpanContext] = [:]
    /// All spans, calls or not.
    var count = 0
    private var slots = SpanSlots()

    enum Limit: Error {
        case malformed(ProtobufError)
        case tooManySpans
    }

    /// Reads an `ExportTraceServiceRequest`.
    init(_ bytes: [UInt8], maximumSpans: Int) throws(Limit) {
        self.bytes = bytes
        do throws(ProtobufError) {
            var reader = ProtobufReader(0..<bytes.count)
            while let field = try reader.next(in: bytes), count <= maximumSpans {
                if case (1, .bytes(let content)) = (field.number, field.value) {
                    try readResourceSpans(content, maximumSpans)
                }
            }
        } catch {
            throw .malformed(error)
        }
        if count > maximumSpans { throw .tooManySpans }
    }

    // Fields may come in any order, and a resource counts for spans before it too: it is read in a pass of its own.

    private mutating func readResourceSpans(_ content: Range<Int>, _ maximumSpans: Int) throws(ProtobufError) {
        let start = attributes.count
        var reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes) {
            guard case (1, .bytes(let resource)) = (field.number, field.value) else { continue }
            var reader = ProtobufReader(resource)
            while let field = try reader.next(in: bytes) {
                if case (1, .bytes(let content)) = (field.number, field.value) { try readAttribute(content) }
            }
        }
        let resource = start..<attributes.count
        reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes) {
            if case (2, .bytes(let content)) = (field.number, field.value) {
                try readScopeSpans(content, resource, maximumSpans)
            }
        }
    }

    private mutating func readScopeSpans(
        _ content: Range<Int>, _ resource: Range<Int>, _ maximumSpans: Int
    ) throws(ProtobufError) {
        var scope = ""
        var reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes) {
            guard case (1, .bytes(let content)) = (field.number, field.value) else { continue }
            var reader = ProtobufReader(content)
            while let field = try reader.next(in: bytes) {
                if case (1, .bytes(let name)) = (field.number, field.value) { scope = string(name) }
            }
        }
        origins.append(SpanOrigin(scope: scope, resource: resource))
        reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes), count <= maximumSpans {
            if case (2, .bytes(let content)) = (field.number, field.value) { try readSpan(content) }
        }
    }

    private mutating func readSpan(_ content: Range<Int>) throws(ProtobufError) {
        var span = OTLPSpan(index: count, origin: origins.count - 1)
        count += 1
        let (firstAttribute, firstEvent) = (attributes.count, events.count)
        var eventContents: [Range<Int>] = []
        var reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes) {
            switch (field.number, field.value) {
            case (1, .bytes(let id)): readTraceID(id, &span)
            case (2, .bytes(let id)): span.key.span = id.count == 8 ? word(id) : 0
            case (4, .bytes(let id)): span.parent = id.count == 8 ? word(id) : 0
            case (5, .bytes(let text)): span.name = text
            case (7, .fixed64(let time)): span.startNanoseconds = time
            case (8, .fixed64(let time)): span.endNanoseconds = time
            case (9, .bytes(let content)): try readAttribute(content)
            case (11, .bytes(let content)): eventContents.append(content)
            case (15, .bytes(let content)): try readStatus(content, &span)
            default: break
            }
        }
        span.attributes = firstAttribute..<attributes.count
        for content in eventContents { try readEvent(content) }
        span.events = firstEvent..<events.count
        keep(span)
    }

    /// Keeps a call whole, and of any span what it hands down.
    private mutating func keep(_ span: OTLPSpan) {
        slots.reset()
        slots.fill(from: attributes[span.attributes], in: bytes)
        contexts[span.key] = SpanContext(
            parent: span.parent, session: slots.text(.session, in: bytes), user: slots.text(.user, in: bytes))
        guard case .call(let operation) = SpanRole(slots, in: bytes) else {
            attributes.removeSubrange(span.attributes.lowerBound...)
            events.removeSubrange(span.events.lowerBound...)
            return
        }
        var span = span
        span.operation = operation
        span.call = OTLPSpan.Call(
            responseID: slots.text(.responseID, in: bytes), model: slots.text(.requestModel, in: bytes),
            provider: slots.text(.provider, in: bytes).map { ProviderName.normalised($0) })
        if span.key.span == 0 { span.problem = "span_id must be 8 bytes and not all zero" }
        if span.key.traceHigh | span.key.traceLow == 0 { span.problem = "trace_id must be 16 bytes and not all zero" }
        calls.append(span)
    }

    private mutating func readAttribute(_ content: Range<Int>) throws(ProtobufError) {
        guard var attribute = try OTLPAttribute(content, in: bytes) else { return }
        attribute.meaning = SpanMapping.keys.meaning(of: bytes, attribute.key)
        attributes.append(attribute)
    }

    private mutating func readEvent(_ content: Range<Int>) throws(ProtobufError) {
        var event = OTLPSpanEvent()
        let first = attributes.count
        var reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes) {
            switch (field.number, field.value) {
            case (1, .fixed64(let time)): event.nanoseconds = time
            case (2, .bytes(let text)): event.name = text
            case (3, .bytes(let content)): try readAttribute(content)
            default: break
            }
        }
        event.attributes = first..<attributes.count
        for index in event.attributes where attributes[index].meaning == nil {
            let key = bytes[attributes[index].key]
            guard !key.contains(UInt8(ascii: ".")), key.count + event.name.count < 64 else { continue }
            let whole = bytes[event.name] + [UInt8(ascii: ".")] + key
            attributes[index].meaning = SpanMapping.keys.meaning(of: Array(whole), 0..<whole.count)
        }
        events.append(event)
    }

    private func readStatus(_ content: Range<Int>, _ span: inout OTLPSpan) throws(ProtobufError) {
        var reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes) {
            switch (field.number, field.value) {
            case (2, .bytes(let text)): span.statusMessage = text
            case (3, .varint(let code)): span.statusCode = code
            default: break
            }
        }
    }

    private func readTraceID(_ id: Range<Int>, _ span: inout OTLPSpan) {
        guard id.count == 16 else { return }
        span.key.traceHigh = word(id.lowerBound..<id.lowerBound + 8)
        span.key.traceLow = word(id.lowerBound + 8..<id.upperBound)
    }

    /// Eight bytes as one word, most significant first.
    private func word(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }

    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
