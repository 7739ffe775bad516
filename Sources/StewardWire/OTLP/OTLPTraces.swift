import StewardJSON
import StewardModel

/// The two encodings of OTLP/HTTP.
package enum OTLPEncoding: Sendable { case protobuf, json }

/// What an `ExportTraceServiceRequest` came to.
package struct OTLPDecoded: Sendable {
    package var events: [Event] = []
    /// Labels that evaluations within the spans gave.
    package var feedback: [Feedback] = []
    /// Spans that are no calls of a model: see `SpanRole`.
    package var ignoredSpans = 0
    /// Calls that another span of the request tells of too: see `SpanDuplicates`.
    package var duplicateSpans = 0
    /// Calls that were not taken; `index` is the span's 0-based position in the request. At most
    /// ``maximumListed`` are listed.
    package var rejected: [Rejection] = []
    package var rejectedSpans = 0
    /// What was left out of calls that were taken; at most ``maximumListed`` are listed.
    package var warnings: [Rejection] = []

    package static let maximumListed = 100

    package init() {}

    /// What `partial_success` must say, or `nil` where there is nothing to say.
    package var partialSuccess: String? {
        guard let first = rejected.first ?? warnings.first else { return nil }
        let more = rejectedSpans > 0 ? rejectedSpans - 1 : warnings.count - 1
        return "span \(first.index) \(first.reason)" + (more > 0 ? " (and \(more) more)" : "")
    }
}

/// Reads OTLP traces (opentelemetry-proto 1.11, `ExportTraceServiceRequest`) into events: one for each call of a model.
package enum OTLPTraces {
    /// All payloads of one request together; a request could otherwise repeat a resource without end.
    private static let maximumPayloadBytes = 256 << 20

    /// - Parameters:
    ///   - rules: which deployment and version a span belongs to.
    ///   - now: the time of receipt, which bounds how far in the future a span may start.
    ///   - limits: `maximumEvents` counts spans of all kinds.
    /// - Throws: `invalidInput` where the body is not such a request, `tooLarge` for too many spans.
    package static func decode(
        _ body: [UInt8], encoding: OTLPEncoding, rules: SpanAttribution = .init(), now: Timestamp,
        limits: EventLimits = .init()
    ) throws(StewardError) -> OTLPDecoded {
        let bytes = try protobuf(body, encoding, .traceRequest)
        let batch: OTLPBatch
        do throws(OTLPBatch.Limit) {
            batch = try OTLPBatch(bytes, maximumSpans: limits.maximumEvents)
        } catch {
            switch error {
            case .malformed(let error): throw malformed(error)
            case .tooManySpans:
                throw StewardError(
                    .tooLarge, "the request has more than \(limits.maximumEvents) spans: export smaller batches")
            }
        }
        return try decode(batch, rules, now, limits)
    }

    private static func decode(
        _ batch: OTLPBatch, _ rules: SpanAttribution, _ now: Timestamp, _ limits: EventLimits
    ) throws(StewardError) -> OTLPDecoded {
        var decoded = OTLPDecoded()
        let duplicates = SpanDuplicates(batch)
        var folded: [Int: [OTLPSpan]] = [:]
        for index in batch.calls.indices where duplicates.kept(index) != index {
            folded[duplicates.kept(index), default: []].append(batch.calls[index])
        }
        var translator = SpanTranslator(batch, attribution: rules, now: now, limits: limits)
        var payloadBytes = 0
        decoded.events.reserveCapacity(batch.calls.count)
        for (index, span) in batch.calls.enumerated() where !duplicates.rollUps.contains(index) {
            guard duplicates.kept(index) == index else {
                decoded.duplicateSpans += 1
                continue
            }
            let outcome = translator.translate(span, filledFrom: folded[index, default: []])
            decoded.note(outcome, of: span.index)
            payloadBytes += outcome.event?.payload.count ?? 0
            guard payloadBytes <= maximumPayloadBytes else {
                throw StewardError(.tooLarge, "the request is too large when written out: export smaller batches")
            }
        }
        decoded.ignoredSpans =
            batch.count - decoded.events.count - decoded.duplicateSpans - decoded.rejectedSpans
        return decoded
    }

    /// The request in the protobuf encoding.
    static func protobuf(
        _ body: [UInt8], _ encoding: OTLPEncoding, _ message: OTLPSchema.Message
    ) throws(StewardError) -> [UInt8] {
        switch encoding {
        case .protobuf: return body
        case .json:
            do throws(JSONError) {
                return try OTLPTranscoder.protobuf(from: body, message)
            } catch {
                throw malformed(error)
            }
        }
    }

    static func malformed(_ error: JSONError) -> StewardError {
        StewardError(.invalidInput, "the body is not a valid OTLP/JSON request: \(error)")
    }

    static func malformed(_ error: ProtobufError) -> StewardError {
        StewardError(
            .invalidInput, "the body is not a valid OTLP request: \(error.reason.rawValue) (byte \(error.offset))")
    }
}

extension OTLPDecoded {
    fileprivate mutating func note(_ outcome: SpanTranslator.Outcome, of index: Int) {
        if let event = outcome.event {
            events.append(event)
            feedback += outcome.feedback
        } else {
            rejectedSpans += 1
            if rejected.count < Self.maximumListed {
                rejected.append(Rejection(index: index, field: nil, reason: outcome.problem ?? "is not valid"))
            }
        }
        for warning in outcome.warnings where warnings.count < Self.maximumListed {
            warnings.append(Rejection(index: index, field: nil, reason: warning))
        }
    }
}
