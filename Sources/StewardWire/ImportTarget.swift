import StewardJSON
import StewardModel

/// A field of an event, or of feedback, that a map may fill, by its dotted path.
struct ImportTarget: Sendable, Equatable {
    /// The dotted path: `time`, `usage.input_tokens`, `segments.gender`.
    var path: String
    /// The object that holds the field, where it is not the event itself.
    var parent: String?
    var name: String
    var kind: Kind

    enum Kind: Sendable, Equatable { case text, number, integer, bool, time, json }

    /// `nil` where there is no such field.
    init?(named path: String, of content: ImportMap.Content) {
        switch content {
        case .event: self.init(event: path)
        case .feedback:
            guard let kind = Self.feedback.first(where: { $0.name == path })?.kind else { return nil }
            self.init(path: path, name: path, kind: kind)
        }
    }

    private init(path: String, name: String, kind: Kind) { (self.path, self.name, self.kind) = (path, name, kind) }

    private init?(event path: String) {
        let parts = path.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        self.path = path
        if parts.count == 1 {
            guard let kind = Self.plain.first(where: { $0.name == path })?.kind else { return nil }
            (self.name, self.kind) = (path, kind)
        } else {
            let known: Bool
            switch parts[0] {
            case EventField.usage.rawValue: (known, kind) = (UsageField(rawValue: parts[1]) != nil, .integer)
            case EventField.error.rawValue: (known, kind) = (ErrorField(rawValue: parts[1]) != nil, .text)
            case EventField.scores.rawValue: (known, kind) = (Name.problem(parts[1]) == nil, .number)
            case EventField.segments.rawValue, EventField.tags.rawValue:
                (known, kind) = (Name.problem(parts[1]) == nil, .text)
            default: return nil
            }
            guard known else { return nil }
            (parent, name) = (parts[0], parts[1])
        }
    }

    /// The fields of the event itself; those that Steward only keeps come last.
    private static let plain: [(name: String, kind: Kind)] =
        EventField.all.compactMap { field in
            switch field {
            case .usage, .error, .segments, .scores, .tags: nil
            case .time: (field.rawValue, .time)
            case .latency, .timeToFirstToken, .meanLogprob: (field.rawValue, .number)
            case .input, .output, .logprobs, .responseFormat, .embedding: (field.rawValue, .json)
            case .simulated: (field.rawValue, .bool)
            default: (field.rawValue, .text)
            }
        } + [("consent", .text)]

    private static let feedback: [(name: String, kind: Kind)] = [
        ("event_id", .text), ("ground_truth", .text), ("label", .text), ("score", .number), ("rating", .number),
        ("name", .text), ("source", .text), ("time", .time), ("id", .text),
    ]

    /// The list of fields for messages.
    static func allowed(in content: ImportMap.Content) -> String {
        let names =
            switch content {
            case .feedback: feedback.map(\.name)
            case .event:
                plain.map(\.name) + UsageField.all.map { "usage." + $0.rawValue }
                    + ErrorField.all.map { "error." + $0.rawValue } + ["segments.NAME", "scores.NAME", "tags.NAME"]
            }
        return names.joined(separator: ", ")
    }
}

extension ImportTarget.Kind {
    var description: String {
        switch self {
        case .text: "a string; put it in quotes"
        case .number: "a number"
        case .integer: "a whole number"
        case .bool: "true or false"
        case .time: "a day, an RFC 3339 string or Unix seconds"
        case .json: "a value"
        }
    }

    /// A value of the map itself, which must be of the field's own kind already; a time may be a day.
    ///
    /// - Parameter offset: in seconds east of UTC, of times that name no zone.
    func constant(_ value: JSONValue, _ path: String, _ offset: Int64) throws(StewardError) -> JSONValue {
        if self == .time, let time = TimeReader(offsetSeconds: offset).read(value) { return .string(time.rfc3339) }
        let fits =
            switch self {
            case .text: value.string != nil
            case .number: value.double != nil
            case .integer: value.int64 != nil
            case .bool: value.bool != nil
            case .time: false
            case .json: !value.isNull
            }
        guard fits else { throw ImportMap.wrong(path, "must be \(description)") }
        return value
    }
}
