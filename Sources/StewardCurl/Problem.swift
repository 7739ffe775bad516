import StewardJSON
import StewardModel

extension HTTPResponse {
    /// The error that an answer outside 200–299 stands for: its problem document (RFC 9457) where it has one, else its
    /// status.
    package var problem: StewardError {
        let document = problemDocument
        let named = document?["type"]?.string.flatMap { $0.split(separator: "/").last }
            .flatMap { StewardError.Code(rawValue: String($0)) }
        let sentence = document?["detail"]?.string ?? document?["title"]?.string
        let details = (document?.members ?? []).filter { !Self.standardMembers.contains($0.name) }
        return StewardError(
            named ?? Self.code(forStatus: status), sentence ?? "the answer was HTTP status \(status)",
            field: document?["field"]?.string, retryAfterSeconds: retryAfterSeconds,
            details: details.map { .init(name: $0.name, json: String(decoding: $0.value.text, as: UTF8.self)) })
    }

    private static let standardMembers: Set<String> = ["type", "title", "status", "detail", "instance", "field"]

    private var problemDocument: JSONValue? {
        guard header("Content-Type")?.lowercased().hasPrefix("application/problem+json") == true else { return nil }
        return try? JSONValue(parsing: body)
    }

    private static func code(forStatus status: Int) -> StewardError.Code {
        switch status {
        case 401: .unauthenticated
        case 403: .forbidden
        case 404, 405: .notFound
        case 409: .conflict
        case 413: .tooLarge
        case 415: .unsupportedMedia
        case 429, 502, 503, 504: .overloaded
        case 400..<500: .invalidInput
        default: .internal
        }
    }
}
