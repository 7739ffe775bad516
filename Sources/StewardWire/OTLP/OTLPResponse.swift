import StewardJSON
import StewardModel

/// The kinds of data that OTLP exports, each with its name for what is rejected.
package enum OTLPSignal: Sendable {
    case traces, logs, metrics

    fileprivate var rejectedName: String {
        switch self {
        case .traces: "rejectedSpans"
        case .logs: "rejectedLogRecords"
        case .metrics: "rejectedDataPoints"
        }
    }
}

/// Bodies of answers with status 200: `ExportTraceServiceResponse` and its siblings.
package enum OTLPResponse {
    /// - Parameters:
    ///   - rejected: how many spans, records or points were not taken; the client must not send them again.
    ///   - message: why; with `rejected` 0 it is a warning. Without either, `partial_success` is not set.
    package static func success(
        _ signal: OTLPSignal = .traces, rejected: Int = 0, message: String? = nil, encoding: OTLPEncoding
    ) -> [UInt8] {
        let isPartial = rejected > 0 || message != nil
        switch encoding {
        case .protobuf:
            var writer = ProtobufWriter()
            guard isPartial else { return [] }
            writer.message(1) { partial in
                if rejected > 0 { partial.varint(1, UInt64(rejected)) }
                if let message { partial.content(2, message.utf8) }
            }
            return writer.bytes
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            if isPartial {
                writer.object("partialSuccess") { partial in
                    // A 64-bit integer is a string in ProtoJSON.
                    if rejected > 0 { partial.member(signal.rejectedName, String(rejected)) }
                    if let message { partial.member("errorMessage", message) }
                }
            }
            writer.endObject()
            return writer.bytes
        }
    }
}

/// Bodies of answers with other statuses: `google.rpc.Status`.
package enum OTLPStatus {
    /// - Parameter code: of `google.rpc.Code`, such as 3 for `INVALID_ARGUMENT`.
    package static func encode(code: Int, message: String, encoding: OTLPEncoding) -> [UInt8] {
        switch encoding {
        case .protobuf:
            var writer = ProtobufWriter()
            if code != 0 { writer.varint(1, UInt64(bitPattern: Int64(code))) }
            writer.content(2, message.utf8)
            return writer.bytes
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("code", code)
            writer.member("message", message)
            writer.endObject()
            return writer.bytes
        }
    }

    package static func encode(_ error: StewardError, encoding: OTLPEncoding) -> [UInt8] {
        encode(code: code(of: error.code), message: error.description, encoding: encoding)
    }

    private static func code(of code: StewardError.Code) -> Int {
        switch code {
        case .invalidInput, .unsupportedMedia: 3
        case .notFound: 5
        case .forbidden: 7
        case .tooLarge, .overloaded, .tooManyRequests: 8
        case .conflict, .refused, .budgetExceeded, .verificationFailed: 9
        case .configuration, .internal: 13
        case .storage, .unreachable: 14
        case .wrongMethod: 12
        case .unauthenticated: 16
        }
    }
}
