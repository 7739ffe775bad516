import StewardModel

/// A rule over one metric of the version that serves a route, and what happens when the rule is broken.
package struct RollbackPolicy: Sendable, Equatable {
    package var name: String
    /// One sentence for people: the file's own, or ``condition``.
    package var summary: String
    package var mode: Mode
    package var deployments: [Glob]
    package var environments: [Glob]
    package var metric: Metric
    /// Whole minutes, because the evidence is kept by minute.
    package var window: Duration
    package var comparison: Comparison
    package var limit: Limit
    /// Fewer events than this are no evidence, on either side of a comparison; at least 1.
    package var minimumSample: Int64
    package var onNoData: NoData
    /// After an automatic decision, how long the route is left alone.
    package var coolDown: Duration
    package var action: Action

    package enum Mode: String, Sendable, CaseIterable {
        /// Acts.
        case enforce
        /// Opens a finding, but leaves the route as it is.
        case warn
        /// Only records the verdict.
        case shadow
    }

    /// On which side of the threshold the rule is broken.
    package enum Comparison: String, Sendable { case above, below }

    /// What a value is held against, in the metric's unit.
    package enum Limit: Sendable, Equatable {
        case absolute(Double)
        /// A multiple of what the version measures that served before.
        case previousRatio(Double)
        /// A distance from what the version measures that served before.
        case previousDifference(Double)
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
        /// A finding and an alert.
        case alert
    }

    /// Whether the rule compares with the version that served before, so that its measurement is needed.
    package var needsPrevious: Bool {
        if case .absolute = limit { false } else { true }
    }

    package func applies(deployment: String, environment: String) -> Bool {
        deployments.contains { $0.matches(deployment) } && environments.contains { $0.matches(environment) }
    }

    /// The rule in words: `error_rate above 0.05 over 5m, from 50 events on`.
    package var condition: String {
        let bound =
            switch limit {
            case .absolute(let value): "\(comparison) \(NumberText.short(value))"
            case .previousRatio(let ratio): "\(comparison) \(NumberText.short(ratio)) times the previous version's"
            case .previousDifference(let difference):
                "more than \(NumberText.short(difference)) \(comparison) the previous version's"
            }
        let (span, sample) = (DurationText.format(window), NumberText.events(minimumSample))
        return "\(metric.rawValue) \(bound) over \(span), from \(sample) on"
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
    /// The measurement of the version that served before, for rules that compare with it.
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
