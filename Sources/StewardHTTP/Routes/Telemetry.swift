import HTTPTypes
import Hummingbird
import StewardIntake
import StewardModel
import StewardWire

extension Endpoints {
    private static let encodings = Endpoint.Content(
        request: ["application/x-protobuf", "application/json"], answer: ["application/x-protobuf", "application/json"])

    /// OpenTelemetry over HTTP (OTLP 1.11). Answers and errors come in the request's encoding.
    static func telemetry(_ api: API) -> [Endpoint] {
        // The second address is where the Langfuse SDK sends, with Basic authentication.
        ["", "/api/public/otel"].flatMap { prefix in
            [
                Endpoint(
                    .post, prefix + "/v1/traces", .role(.ingest),
                    "Store the model calls of OpenTelemetry traces; answered when they are durable",
                    content: encodings, errors: .otlp
                ) { call in
                    let encoding = try otlpEncoding(call.request)
                    let outcome = try await api.intake.receiveTraces(
                        try await call.body(limit: otlpBodyLimit), encoding: encoding, rules: api.spanRules,
                        from: call.sender)
                    return otlpReply(.traces, outcome, encoding)
                },
                Endpoint(
                    .post, prefix + "/v1/logs", .role(.ingest),
                    "Store the evaluations among OpenTelemetry log records; others are passed over",
                    content: encodings, errors: .otlp
                ) { call in
                    let encoding = try otlpEncoding(call.request)
                    let outcome = try await api.intake.receiveLogs(
                        try await call.body(limit: otlpBodyLimit), encoding: encoding)
                    return otlpReply(.logs, outcome, encoding)
                },
                Endpoint(
                    .post, prefix + "/v1/metrics", .role(.ingest),
                    "Accept OpenTelemetry metrics, which are not kept: events say more", content: encodings,
                    errors: .otlp
                ) { call in
                    let encoding = try otlpEncoding(call.request)
                    try OTLPMetrics.check(try await call.body(limit: otlpBodyLimit), encoding: encoding)
                    return otlpReply(.metrics, .init(), encoding)
                },
            ]
        }
    }

    /// What OTLP recommends as the limit of a request after decompression.
    private static let otlpBodyLimit = 64 << 20

    private static func otlpReply(
        _ signal: OTLPSignal, _ outcome: Intake.TelemetryOutcome, _ encoding: OTLPEncoding
    ) -> Reply {
        Reply(
            contentType: encoding.contentType,
            bytes: OTLPResponse.success(
                signal, rejected: outcome.rejected, message: outcome.message, encoding: encoding))
    }

    private static func otlpEncoding(_ request: Request) throws -> OTLPEncoding {
        guard let encoding = OTLPEncoding(contentType: request.headers[.contentType]) else {
            throw StewardError(
                .unsupportedMedia, "must be application/x-protobuf or application/json", field: "Content-Type")
        }
        return encoding
    }
}

extension OTLPEncoding {
    init?(contentType: String?) {
        switch contentType?.split(separator: ";").first?.lowercased().filter({ $0 != " " }) {
        case "application/x-protobuf", "application/protobuf": self = .protobuf
        case "application/json": self = .json
        default: return nil
        }
    }

    var contentType: String { self == .json ? "application/json" : "application/x-protobuf" }
}
