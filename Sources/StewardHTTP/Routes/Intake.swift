import HTTPTypes
import Hummingbird
import StewardIntake
import StewardJSON
import StewardModel
import StewardWire

extension Endpoints {
    /// Rejections listed in an answer; the rest is only counted.
    private static let listedRejections = 100

    private static let bodies = Endpoint.Content(request: ["application/json", "application/x-ndjson"])

    static func intake(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .post, "/v1/events", .role(.ingest), "Store events; answered when they are durable", content: bodies,
                direct: { call, body, done in
                    do {
                        let format = try eventFormat(call.request.headers[.contentType])
                        api.intake.receive(body, format: format, from: call.sender) { done($0.map(reply)) }
                    } catch {
                        done(.failure(error))
                    }
                }),
            Endpoint(
                .post, "/v1/feedback", .role(.ingest), "Store feedback about events, before or after they came",
                content: bodies
            ) { call in
                if let scope = call.principal?.scope {
                    throw StewardError(.forbidden, "feedback needs a token that is not limited to '\(scope)'")
                }
                let format = try eventFormat(call.request.headers[.contentType])
                return reply(try await api.intake.receiveFeedback(try await call.body(), format: format))
            },
        ]
    }

    private static func reply(_ answer: Intake.Answer) -> Reply {
        Reply.object(status: 202) { writer in
            writer.member("accepted", answer.accepted)
            writer.member("duplicates", answer.duplicates)
            writer.member("rejected_count", answer.rejected.count)
            writer.array("rejected") { writer in
                for rejection in answer.rejected.prefix(listedRejections) {
                    writer.object { writer in
                        writer.member("index", rejection.index)
                        writer.member("field", rejection.field)
                        writer.member("reason", rejection.reason)
                    }
                }
            }
        }
    }

    private static func eventFormat(_ contentType: String?) throws -> EventFormat {
        let type = contentType?.split(separator: ";").first?.lowercased().filter { $0 != " " }
        switch type {
        case nil, "application/json", "text/json": return .json
        case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines": return .ndjson
        default:
            throw StewardError(
                .unsupportedMedia, "must be application/json or application/x-ndjson", field: "Content-Type")
        }
    }
}
