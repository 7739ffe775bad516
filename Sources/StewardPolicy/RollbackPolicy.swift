import StewardModel

/// A rule over one metric of the version that serves a route, and what happens when the rule is broken.
package struct RollbackPolicy: Sendable, Equatable {
    package var name: String
    /// One sentence for people: the file's own, or ``condition``.
    package var summary: String
    package var mode: Mode
    package var deployments: [Glob]
    package var environments: [Glob]
    package var subject: Subject
    /// Whole minutes, because the evidence is kept by minute.
    package var window: Duration
    package var comparison: Comparison
    package var limit: Limit
    /// What a relative limit is relative to.
    package var reference: Reference = .none
    /// Fewer events than this are no evidence, on either side of a comparison; at least 1.
    package var minimumSample: Int64
    package var onNoData: NoData
    /// After an automatic decision, how long the route is left alone.
    package var coolDown: Duration
    package var action: Action
    /// For ``Action/cap``: the share in percent that the version keeps.
    package var capPercent: Int64?

    package enum Mode: String, Sendable, CaseIterable {
        /// Acts.
        case enforce
        /// Opens a finding, but leaves the route as it is.
        case warn
        /// Only records the verdict.
        case shadow
    }

    /// On which side of the threshold the rule is broken.
    package enum Comparison: String, Sendable {
        case above, below
        case atLeast = "at_least"
    }

    package enum Reference: Sendable, Equatable {
        case none
        /// The version that served before.
        case previous
        /// The version's own past, this long, up to the window.
        case own(Duration)
    }

    /// What a value is held against, in the metric's unit.
    package enum Limit: Sendable, Equatable {
        case absolute(Double)
        /// A multiple of what the reference measures.
        case ratio(Double)
        /// A distance from what the reference measures.
        case difference(Double)
    }

    /// The verdict when the window holds no event at all.
    package enum NoData: String, Sendable, CaseIterable {
        case hold, fail, pass

        package var verdict: Verdict {
            switch self {
            case .hold: .inconclusive
            case .fail: .fail
            case .pass: .pass
            }
        }
    }

    package enum Action: String, Sendable, CaseIterable {
        /// Back to the version that served before.
        case rollback
        /// No automatic or manual promotion until a person says otherwise.
        case freeze
        /// Leaves the rollout under way at its step until a person decides; the route stays open to others.
        case hold
        /// Takes the version down to a share, and gives the rest to what served before.
        case cap
        /// A finding and an alert.
        case alert
    }

    /// Whether the rule compares with something that is measured, too.
    package var needsReference: Bool { reference != .none }

    package func applies(deployment: String, environment: String) -> Bool {
        deployments.contains { $0.matches(deployment) } && environments.contains { $0.matches(environment) }
    }

    /// The rule in words: `error_rate above 0.05 over 5m, from 50 events on`.
    package var condition: String {
        let whose = reference == .previous ? "the previous version's" : "its own"
        let word = comparison == .atLeast ? "at least" : comparison.rawValue
        let bound =
            switch limit {
            case .absolute(let value): "\(word) \(NumberText.short(value))"
            case .ratio(let ratio): "\(word) \(NumberText.short(ratio)) times \(whose)"
            case .difference(let difference): "more than \(NumberText.short(difference)) \(word) \(whose)"
            }
        guard subject.metric != nil else { return "\(subject.name) \(bound)" }
        let (span, sample) = (DurationText.format(window), NumberText.events(minimumSample))
        return "\(subject.name) \(bound) over \(span), from \(sample) on"
    }
}

/// What a policy says of one version, with every number it rests on.
package struct PolicyVerdict: Sendable, Equatable {
    package var verdict: Verdict
    /// In the metric's unit; `nil` when there was nothing to measure.
    package var value: Double?
    package var sampleSize: Int64
    package var comparison: RollbackPolicy.Comparison
    /// What the value was held against, in the metric's unit; `nil` when a relative rule had nothing to stand on.
    package var threshold: Double?
    /// The measurement of the reference, for rules that compare with one.
    package var baselineValue: Double?
    package var baselineSampleSize: Int64?
    /// One sentence with the numbers.
    package var reason: String
}

/// Numbers as sentences show them.
package enum NumberText {
    /// Six significant digits, but always the whole number.
    package static func short(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return trimmed(value) }
        var scale = 1.0
        while abs(value) * scale < 100_000, scale < 1e15 { scale *= 10 }
        return trimmed((value * scale).rounded() / scale)
    }

    /// ``short(_:)``, unless that would hide the difference between the two: then every digit.
    static func short(_ value: Double, besides other: Double) -> String {
        value != other && short(value) == short(other) ? trimmed(value) : short(value)
    }

    static func events(_ count: Int64) -> String { count == 1 ? "1 event" : "\(count) events" }

    private static func trimmed(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
