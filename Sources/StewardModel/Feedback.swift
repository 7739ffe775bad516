/// Something that arrives about an event, before it or long after: a rating, a label, the truth, a score.
package struct Feedback: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case score(Double)
        case rating(Double)
        case label(String)
        case groundTruth(String)
    }

    /// Idempotency key: feedback with a key that is stored already is counted as a duplicate and changes nothing.
    package var key: String
    package var eventID: String
    package var time: Timestamp
    /// What was judged, such as `helpfulness`.
    package var name: String
    package var value: Value
    /// Who or what judged.
    package var source: String?

    package init(key: String, eventID: String, time: Timestamp, name: String, value: Value, source: String? = nil) {
        self.key = key
        self.eventID = eventID
        self.time = time
        self.name = name
        self.value = value
        self.source = source
    }

    /// What the feedback adds to its event's rollups: a signal named after what was judged.
    package var observation: Observation {
        switch value {
        case .score(let value): .named("score." + name, value)
        case .rating(let value): .named("rating." + name, value)
        case .label(let label): .namedCategory("label." + name, label)
        case .groundTruth(let truth): .namedCategory("ground_truth." + name, truth)
        }
    }
}
