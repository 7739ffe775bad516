import StewardJSON
import StewardModel

/// What an `ExportLogsServiceRequest` came to.
package struct OTLPLogsDecoded: Sendable {
    package var feedback: [Feedback] = []
    /// Evaluations that were not taken, because they lack a name, a value or a call; `index` is the record's 0-based
    /// position in the request. At most ``OTLPDecoded/maximumListed`` are listed.
    package var rejected: [Rejection] = []
    package var rejectedRecords = 0
    /// Records that are no evaluations.
    package var ignoredRecords = 0

    package init() {}
}

/// Reads OTLP logs (opentelemetry-proto 1.11, `ExportLogsServiceRequest`) for the evaluations in them.
package enum OTLPLogs {
    /// - Parameter now: stands in where a record has no time.
    /// - Throws: `invalidInput` where the body is not such a request, `tooLarge` for too many records.
    package static func decode(
        _ body: [UInt8], encoding: OTLPEncoding, now: Timestamp, limits: EventLimits = .init()
    ) throws(StewardError) -> OTLPLogsDecoded {
        let bytes = try OTLPTraces.protobuf(body, encoding, .logsRequest)
        var decoder = LogDecoder(bytes: bytes, now: now, maximumRecords: limits.maximumEvents)
        do throws(ProtobufError) {
            try decoder.descend([1, 2, 2], in: 0..<bytes.count)
        } catch {
            throw OTLPTraces.malformed(error)
        }
        guard decoder.count <= limits.maximumEvents else {
            throw StewardError(
                .tooLarge, "the request has more than \(limits.maximumEvents) log records: export smaller batches")
        }
        return decoder.decoded
    }
}

private struct LogDecoder {
    let bytes: [UInt8]
    let now: Timestamp
    let maximumRecords: Int
    var decoded = OTLPLogsDecoded()
    var count = 0

    init(bytes: [UInt8], now: Timestamp, maximumRecords: Int) {
        self.bytes = bytes
        self.now = now
        self.maximumRecords = maximumRecords
    }

    /// Goes down through the fields of a path of messages to the log records at its end.
    mutating func descend(_ path: ArraySlice<Int>, in content: Range<Int>) throws(ProtobufError) {
        guard let number = path.first else { return try record(content) }
        var reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes), count <= maximumRecords {
            if case .bytes(let inner) = field.value, field.number == number {
                try descend(path.dropFirst(), in: inner)
            }
        }
    }

    private mutating func record(_ content: Range<Int>) throws(ProtobufError) {
        let index = count
        count += 1
        var (name, trace, span) = (0..<0, 0..<0, 0..<0)
        var (time, observed) = (UInt64(0), UInt64(0))
        var attributes: [OTLPAttribute] = []
        var reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes) {
            switch (field.number, field.value) {
            case (1, .fixed64(let value)): time = value
            case (6, .bytes(let range)):
                guard var attribute = try OTLPAttribute(range, in: bytes) else { continue }
                attribute.meaning = SpanMapping.keys.meaning(of: bytes, attribute.key)
                attributes.append(attribute)
            case (9, .bytes(let range)): trace = range
            case (10, .bytes(let range)): span = range
            case (11, .fixed64(let value)): observed = value
            case (12, .bytes(let range)): name = range
            default: break
            }
        }
        guard isEvaluation(name, attributes) else {
            decoded.ignoredRecords += 1
            return
        }
        do throws(StewardError) {
            let nanoseconds = time != 0 ? time : observed
            let evaluation = try SpanEvaluation(attributes[...], in: bytes)
            guard trace.count == 16, span.count == 8 else {
                throw StewardError(.invalidInput, "names no call: record the evaluation within the call's span")
            }
            decoded.feedback += evaluation.feedback(
                eventID: hexadecimalText(bytes[trace]) + "-" + hexadecimalText(bytes[span]),
                time: nanoseconds == 0 ? now : Timestamp(nanoseconds: nanoseconds), values: evaluation.values)
        } catch {
            decoded.rejectedRecords += 1
            if decoded.rejected.count < OTLPDecoded.maximumListed {
                decoded.rejected.append(Rejection(index: index, field: error.field, reason: error.message))
            }
        }
    }

    /// By the record's event name or, as before OTLP 1.5, its attribute `event.name`.
    private func isEvaluation(_ name: Range<Int>, _ attributes: [OTLPAttribute]) -> Bool {
        if bytes[name].elementsEqual(SpanEvaluation.eventName.utf8) { return true }
        return name.isEmpty
            && attributes.contains { attribute in
                bytes[attribute.key].elementsEqual("event.name".utf8)
                    && attribute.value.text(in: bytes) == SpanEvaluation.eventName
            }
    }
}
