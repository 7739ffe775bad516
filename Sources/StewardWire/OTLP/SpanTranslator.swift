import StewardJSON
import StewardModel

/// Makes events of the calls of a batch.
struct SpanTranslator {
    let batch: OTLPBatch
    let attribution: SpanAttribution
    let now: Timestamp
    let limits: EventLimits
    private var slots = SpanSlots()
    /// What was last read of a resource: calls of one resource follow each other.
    private var resource: (range: Range<Int>, service: String?, environment: String?, json: [UInt8])?

    /// Larger resources are left out of the payloads, each of which would repeat them.
    private static let maximumResourceBytes = 8192
    private static let firstChunkEvents = [
        "gen_ai.content.completion.chunk", "llm.content.completion.chunk", "ai.stream.firstChunk",
        "First Token Stream Event",
    ].map { Array($0.utf8) }
    private static let evaluationEvent = Array(SpanEvaluation.eventName.utf8)

    init(_ batch: OTLPBatch, attribution: SpanAttribution, now: Timestamp, limits: EventLimits) {
        self.batch = batch
        self.attribution = attribution
        self.now = now
        self.limits = limits
    }

    /// What came of a call: its event, or why there is none, and what had to be left out of it.
    struct Outcome {
        var event: Event?
        var problem: String?
        var warnings: [String] = []
        var feedback: [Feedback] = []
    }

    /// - Parameter others: other tellings of the same call, whose values stand in for absent ones.
    mutating func translate(_ span: OTLPSpan, filledFrom others: [OTLPSpan]) -> Outcome {
        var outcome = Outcome()
        if let problem = span.problem ?? timeProblem(span) {
            outcome.problem = problem
            return outcome
        }
        do throws(ProtobufError) {
            var event = try event(of: span, &outcome)
            let (input, output) = (slots[.input], slots[.output])
            for other in others where other.problem == nil {
                var ignored = Outcome()
                event.fill(from: try self.event(of: other, &ignored))
            }
            try loadResource(of: span)
            let payload = SpanPayload(
                batch: batch, span: span, input: input, output: output, resource: resource?.json ?? [])
            event.payload = try payload.json(of: event)
            if event.payload.count > limits.maximumEventBytes {
                let size = event.payload.count
                let limit = limits.maximumEventBytes
                outcome.warnings.append(
                    "is \(size) bytes long, the limit of one event is \(limit): its content was left out")
                event.payload = SpanPayload.json(of: event, omitting: size)
            }
            event.content = EventContent(ofPayload: event.payload)
            let type = value(of: "gen_ai.output.type", in: batch.attributes[span.attributes])
            event.content.asksForJSON = type?.hasPrefix("json") ?? false
            outcome.event = event
        } catch {
            outcome.problem = "cannot be read: \(error.reason.rawValue) (byte \(error.offset))"
        }
        return outcome
    }

    private func timeProblem(_ span: OTLPSpan) -> String? {
        if span.startNanoseconds == 0 { return "start_time_unix_nano is required" }
        return limits.problem(of: Timestamp(nanoseconds: span.startNanoseconds), now: now).map { "starts: \($0)" }
    }

    // MARK: - The event

    private mutating func event(of span: OTLPSpan, _ outcome: inout Outcome) throws(ProtobufError) -> Event {
        let bytes = batch.bytes
        slots.reset()
        slots.fill(from: batch.attributes[span.attributes], in: bytes)
        for event in batch.events[span.events] where !isEvaluation(event) {
            slots.fill(from: batch.attributes[event.attributes], in: bytes, ofEvent: true)
        }
        for field in slots.unreadable {
            outcome.warnings.append("\(field) is not a whole number from 0 to \(Usage.maximumTokens) and was left out")
        }
        let start = Timestamp(nanoseconds: span.startNanoseconds)
        var event = Event(
            id: EventIdentifier.text(span.key), time: start, series: SeriesKey(deployment: "", version: ""))
        event.traceID = EventIdentifier.trace(span.key)
        event.spanID = EventIdentifier.span(span.key)
        event.operation = text(.operation) ?? span.operation
        event.provider = span.call.provider.map { clipped($0, to: EventReader.maximumTextBytes) }
        event.model = text(.requestModel)
        event.responseModel = text(.responseModel)
        event.finishReason = text(.finishReason)
        event.usage = UsageConvention.usage(
            slots, scope: batch.origins[span.origin].scope, provider: span.call.provider, in: bytes)
        if let tier = text(.serviceTier) { event.serviceTier = ServiceTier(stated: tier) }
        event.latencyMicroseconds = latency(span, &outcome)
        event.timeToFirstTokenMicroseconds =
            slots.sinceStart(.timeToFirstToken, start, in: bytes) ?? firstChunk(span)
        readStatus(of: span, into: &event)
        readContext(of: span, into: &event)
        readEvaluations(of: span, into: &event, &outcome)
        try loadResource(of: span)
        attribute(span, &event)
        return event
    }

    private func text(_ field: SpanField) -> String? {
        slots.text(field, in: batch.bytes).map { clipped($0, to: EventReader.maximumTextBytes) }
    }

    private func latency(_ span: OTLPSpan, _ outcome: inout Outcome) -> Int64? {
        guard span.endNanoseconds >= span.startNanoseconds else {
            outcome.warnings.append("ends before it starts: its latency was left out")
            return nil
        }
        let microseconds = (span.endNanoseconds - span.startNanoseconds + 500) / 1000
        guard microseconds <= UInt64(EventReader.maximumMilliseconds) * 1000 else {
            outcome.warnings.append("takes longer than 7 days: its latency was left out")
            return nil
        }
        return Int64(microseconds)
    }

    private func firstChunk(_ span: OTLPSpan) -> Int64? {
        let chunk = batch.events[span.events].first { event in
            event.nanoseconds >= span.startNanoseconds
                && Self.firstChunkEvents.contains { batch.bytes[event.name].elementsEqual($0) }
        }
        return chunk.map { Int64(clamping: ($0.nanoseconds - span.startNanoseconds + 500) / 1000) }
    }

    private func readStatus(of span: OTLPSpan, into event: inout Event) {
        let failed = span.isError || text(.level) == "ERROR" || hasOwnErrorType(span)
        guard failed else { return }
        event.status = .error
        let message = span.statusMessage.isEmpty ? nil : batch.string(span.statusMessage)
        event.error = Event.Failure(
            type: text(.errorType), code: text(.errorCode),
            message: (message ?? slots.text(.errorMessage, in: batch.bytes)).map {
                clipped($0, to: EventReader.maximumMessageBytes)
            })
    }

    /// `error.type` says that the operation failed; an exception event alone may have been handled.
    private func hasOwnErrorType(_ span: OTLPSpan) -> Bool {
        batch.attributes[span.attributes].contains { attribute in
            guard attribute.meaning?.field == .errorType, case .string(let range) = attribute.value else {
                return false
            }
            return !range.isEmpty
        }
    }

    /// The session and user of the span, else of its nearest ancestor in the request that has one.
    private func readContext(of span: OTLPSpan, into event: inout Event) {
        event.session = text(.session)
        event.user = text(.user)
        var key = span.key
        key.span = span.parent
        for _ in 0..<64 where event.session == nil || event.user == nil {
            guard let context = batch.contexts[key] else { return }
            event.session = event.session ?? context.session.map { clipped($0, to: EventReader.maximumTextBytes) }
            event.user = event.user ?? context.user.map { clipped($0, to: EventReader.maximumTextBytes) }
            key.span = context.parent
        }
    }

    // MARK: - Evaluations

    private func isEvaluation(_ event: OTLPSpanEvent) -> Bool {
        batch.bytes[event.name].elementsEqual(Self.evaluationEvent)
    }

    /// Scores belong to the event at once; labels become feedback.
    private func readEvaluations(of span: OTLPSpan, into event: inout Event, _ outcome: inout Outcome) {
        for spanEvent in batch.events[span.events] where isEvaluation(spanEvent) {
            do throws(StewardError) {
                let evaluation = try SpanEvaluation(batch.attributes[spanEvent.attributes], in: batch.bytes)
                if let score = evaluation.score, event.scores.count < limits.maximumMapEntries {
                    event.scores[evaluation.name] = score
                }
                if let label = evaluation.label {
                    outcome.feedback += evaluation.feedback(
                        eventID: event.id, time: Timestamp(nanoseconds: spanEvent.nanoseconds), values: [.label(label)])
                }
            } catch {
                outcome.warnings.append("has an evaluation that was left out: \(error)")
            }
        }
    }

    // MARK: - Deployment and version

    private func attribute(_ span: OTLPSpan, _ event: inout Event) {
        let shared = batch.attributes[batch.origins[span.origin].resource]
        var assigned: [SpanAttribution.Field: String] = [:]
        if !attribution.rules.isEmpty {
            let facts = SpanAttribution.Facts(
                service: resource?.service, models: [event.responseModel, event.model].compactMap { $0 },
                span: { value(of: $0, in: batch.attributes[span.attributes]) },
                resource: { value(of: $0, in: shared) })
            assigned = attribution.assigned(facts)
        }
        let ownVersion = slots.text(.version, in: batch.bytes) ?? value(of: "steward.version", in: shared)
        let ownEnvironment = slots.text(.environment, in: batch.bytes)
        event.series = SeriesKey(
            deployment: assigned[.deployment] ?? fitting(resource?.service) ?? "unknown-service",
            environment: assigned[.environment] ?? fitting(ownEnvironment) ?? fitting(resource?.environment)
                ?? "production",
            version: assigned[.version] ?? fitting(ownVersion) ?? fitting(event.responseModel)
                ?? fitting(event.model) ?? "unknown")
        event.team = assigned[.team]
        event.project = assigned[.project]
    }

    private func fitting(_ text: String?) -> String? { text.flatMap { SpanAttribution.fitting($0) } }

    private func value(of key: String, in attributes: ArraySlice<OTLPAttribute>) -> String? {
        let attribute = attributes.first {
            $0.key.count == key.utf8.count && batch.bytes[$0.key].elementsEqual(key.utf8)
        }
        return attribute?.value.text(in: batch.bytes)
    }

    private mutating func loadResource(of span: OTLPSpan) throws(ProtobufError) {
        let range = batch.origins[span.origin].resource
        if resource?.range == range { return }
        let attributes = batch.attributes[range]
        var writer = JSONWriter()
        try writer.object(of: attributes, in: batch.bytes)
        let fits = writer.bytes.count <= Self.maximumResourceBytes
        let environments = SpanAttribution.environmentKeys.compactMap { value(of: $0, in: attributes) }
        resource = (
            range, value(of: "service.name", in: attributes), environments.first,
            fits ? writer.bytes : Array("null".utf8)
        )
    }
}

extension Event {
    /// Takes what is absent from another telling of the same call. Parts of the usage are taken only where both agree
    /// on the whole, as they may count differently.
    fileprivate mutating func fill(from other: Event) {
        model = model ?? other.model
        responseModel = responseModel ?? other.responseModel
        finishReason = finishReason ?? other.finishReason
        timeToFirstTokenMicroseconds = timeToFirstTokenMicroseconds ?? other.timeToFirstTokenMicroseconds
        session = session ?? other.session
        user = user ?? other.user
        scores.merge(other.scores) { own, _ in own }
        guard let theirs = other.usage else { return }
        guard var own = usage else {
            usage = theirs
            return
        }
        own.fillParts(from: theirs)
        usage = own
    }
}

/// The identifier of a span's event, made of the identifiers of its trace and itself alone, so that a span that is
/// sent again is a duplicate: `<32 hexadecimal digits>-<16 hexadecimal digits>`.
enum EventIdentifier {
    static func text(_ key: SpanKey) -> String { trace(key) + "-" + span(key) }
    static func trace(_ key: SpanKey) -> String { hexadecimal(key.traceHigh) + hexadecimal(key.traceLow) }
    static func span(_ key: SpanKey) -> String { hexadecimal(key.span) }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
