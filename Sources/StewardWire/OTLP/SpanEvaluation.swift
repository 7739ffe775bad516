import StewardModel

/// What a `gen_ai.evaluation.result` event says of a call.
struct SpanEvaluation {
    static let eventName = "gen_ai.evaluation.result"

    var name: String
    var score: Double?
    var label: String?

    /// - Throws: `invalidInput` naming the attribute that is missing or cannot be taken.
    init(_ attributes: ArraySlice<OTLPAttribute>, in bytes: [UInt8]) throws(StewardError) {
        var slots = SpanSlots()
        slots.fill(from: attributes, in: bytes)
        guard let name = slots.text(.evaluationName, in: bytes).flatMap({ SpanAttribution.fitting($0) }) else {
            throw StewardError(.invalidInput, "is required", field: "gen_ai.evaluation.name")
        }
        self.name = name
        score = slots.number(.evaluationScore, in: bytes)
        label = slots.text(.evaluationLabel, in: bytes).map { clipped($0, to: EventReader.maximumTextBytes) }
        if let score, abs(score) > Signal.namedLimit {
            throw StewardError(
                .invalidInput, "must be a number from -1e9 to 1e9", field: "gen_ai.evaluation.score.value")
        }
        if score == nil, label == nil {
            throw StewardError(
                .invalidInput, "or gen_ai.evaluation.score.label is required", field: "gen_ai.evaluation.score.value")
        }
    }

    /// Feedback for each of the two values; the keys make an evaluation that is sent again a duplicate.
    func feedback(eventID: String, time: Timestamp, values: [Feedback.Value]) -> [Feedback] {
        values.map { value in
            let key = [eventID, name, "\(time.microseconds)", "\(value)"].joined(separator: "\u{1F}")
            return Feedback(
                key: key, eventID: eventID, time: time, name: name, value: value, source: Self.eventName)
        }
    }

    var values: [Feedback.Value] { [score.map { .score($0) }, label.map { .label($0) }].compactMap { $0 } }
}
