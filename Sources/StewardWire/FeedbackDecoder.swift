import StewardJSON
import StewardModel

package struct DecodedFeedback: Sendable {
    package var feedback: [Feedback] = []
    package var rejected: [Rejection] = []
}

/// Reads feedback: one object, an array, or NDJSON.
///
/// Fields: `event_id`★, exactly one of `score`, `rating`, `label`, `ground_truth`, and `name`, `source`, `time`, `id`.
/// Without an `id` the key is made of all the others, so the same feedback sent again counts once.
package enum FeedbackDecoder {
    /// Feedback in one body.
    static let maximumCount = 100_000
    static let maximumTextBytes = 256

    private static let fields = [
        "event_id", "score", "rating", "label", "ground_truth", "name", "source", "time", "id",
    ]

    /// - Throws: `invalidInput` when nothing can be parsed; `tooLarge` for too many.
    package static func decode(
        _ body: [UInt8], format: EventFormat, now: Timestamp
    ) throws(StewardError) -> DecodedFeedback {
        var decoded = DecodedFeedback()
        for (index, element) in try elements(body, format).enumerated() {
            switch element {
            case .failure(let error): decoded.rejected.append(.init(index: index, field: nil, reason: "\(error)"))
            case .success(let json):
                do throws(StewardError) {
                    decoded.feedback.append(try feedback(json, now))
                } catch {
                    decoded.rejected.append(.init(index: index, field: error.field, reason: error.message))
                }
            }
        }
        return decoded
    }

    private static func elements(
        _ body: [UInt8], _ format: EventFormat
    ) throws(StewardError) -> [Result<JSONValue, JSONError>] {
        let elements: [Result<JSONValue, JSONError>]
        switch format {
        case .json:
            do throws(JSONError) {
                let json = try JSONValue(parsing: body)
                elements = (json.array ?? [json]).map { .success($0) }
            } catch {
                throw StewardError(.invalidInput, "the body is not valid JSON: \(error)")
            }
        case .ndjson:
            elements = body.split(separator: 0x0A).filter { !$0.allSatisfy { $0 == 0x20 || $0 == 0x0D } }
                .map { line in
                    do throws(JSONError) { return .success(try JSONValue(parsing: Array(line))) } catch {
                        return .failure(error)
                    }
                }
        }
        guard !elements.isEmpty else {
            throw StewardError(.invalidInput, "the body is empty: send one JSON object a line")
        }
        guard elements.count <= maximumCount else {
            throw StewardError(.tooLarge, "the body has more than \(maximumCount) entries: send fewer")
        }
        return elements
    }

    private static func feedback(_ json: JSONValue, _ now: Timestamp) throws(StewardError) -> Feedback {
        guard let members = json.members else {
            throw StewardError(.invalidInput, "expected an object, found \(json.kindDescription)")
        }
        for member in members where !fields.contains(member.name) {
            throw StewardError(
                .invalidInput, "is unknown; allowed are \(fields.joined(separator: ", "))",
                field: String(member.name.prefix(64)))
        }
        guard let event = try text(json, "event_id", limit: EventReader.maximumIDBytes) else {
            throw StewardError(.invalidInput, "is required", field: "event_id")
        }
        let (kind, value) = try value(json)
        let name = try text(json, "name") ?? kind
        let source = try text(json, "source")
        var time = now
        if let given = try text(json, "time") {
            guard let parsed = Timestamp(rfc3339: given) else {
                throw StewardError(.invalidInput, "must be a time such as 2026-03-03T14:03:00Z", field: "time")
            }
            time = parsed
        }
        let key = try text(json, "id", limit: EventReader.maximumIDBytes)
        return Feedback(
            key: key ?? [event, kind, name, source ?? "", "\(value)"].joined(separator: "\u{1F}"), eventID: event,
            time: time, name: name, value: value, source: source)
    }

    private static func value(_ json: JSONValue) throws(StewardError) -> (kind: String, value: Feedback.Value) {
        let given = ["score", "rating", "label", "ground_truth"].filter { json[$0].map { !$0.isNull } ?? false }
        guard given.count == 1, let kind = given.first, let value = json[kind] else {
            throw StewardError(
                .invalidInput, "needs exactly one of score, rating, label, ground_truth",
                field: given.isEmpty ? "score" : given.joined(separator: ", "))
        }
        switch kind {
        case "score", "rating":
            guard let number = value.double, abs(number) <= Signal.namedLimit else {
                throw StewardError(.invalidInput, "must be a number from -1e9 to 1e9", field: kind)
            }
            return (kind, kind == "score" ? .score(number) : .rating(number))
        default:
            let text = value.string ?? value.bool.map { $0 ? "true" : "false" } ?? value.int64.map(String.init)
            guard let text, !text.isEmpty, text.utf8.count <= maximumTextBytes else {
                throw StewardError(
                    .invalidInput, "must be a text of 1 to \(maximumTextBytes) bytes, a whole number or a boolean",
                    field: kind)
            }
            return (kind, kind == "label" ? .label(text) : .groundTruth(text))
        }
    }

    private static func text(
        _ json: JSONValue, _ name: String, limit: Int = maximumTextBytes
    ) throws(StewardError) -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.string, !text.isEmpty, text.utf8.count <= limit else {
            throw StewardError(.invalidInput, "must be a text of 1 to \(limit) bytes", field: name)
        }
        return text
    }
}
