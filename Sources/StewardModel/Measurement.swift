/// A metric of one series over a window, with the sample it rests on.
package struct Measurement: Sendable, Equatable {
    /// In the metric's unit; `nil` when there was nothing to measure. Never NaN.
    package var value: Double?
    /// How many events the value rests on.
    package var sampleSize: Int64

    package init(value: Double?, sampleSize: Int64) {
        self.value = value.flatMap { $0.isNaN ? nil : $0 }
        self.sampleSize = sampleSize
    }
}

/// The three answers of a rule. Missing evidence is an answer of its own, never a pass.
package enum Verdict: String, Sendable, Codable { case pass, fail, inconclusive }

/// The metrics that policies may name: the one list that the policy reader checks against, the analysis computes, and
/// the documentation prints.
package enum Metric: Sendable, Hashable {
    case errorRate, refusalRate
    case latencyMean, latencyP50, latencyP95, latencyP99
    case timeToFirstTokenP95
    case costMean
    case outputTokensMean
    case requests
    /// What events and feedback score under this name; less is worse. As a metric and as a signal it is `score.NAME`.
    case score(String)

    /// All but scores, which have the names that events give them.
    package static let named: [Metric] = [
        .errorRate, .refusalRate, .latencyMean, .latencyP50, .latencyP95, .latencyP99, .timeToFirstTokenP95, .costMean,
        .outputTokensMean, .requests,
    ]

    /// Whether harm is less of it, not more.
    package var isWorseBelow: Bool { if case .score = self { true } else { false } }

    package var summary: String {
        switch self {
        case .errorRate: "share of events with status error, 0 to 1"
        case .refusalRate: "share of answers that refuse, 0 to 1"
        case .latencyMean: "mean latency"
        case .latencyP50: "median latency"
        case .latencyP95: "95th percentile of latency"
        case .latencyP99: "99th percentile of latency"
        case .timeToFirstTokenP95: "95th percentile of the time to the first token"
        case .costMean: "mean cost of a priced event"
        case .outputTokensMean: "mean output tokens of an event"
        case .requests: "number of events"
        case .score(let name): "mean of the score \(name)"
        }
    }
}

extension Metric: RawRepresentable {
    private static let scorePrefix = "score."

    package init?(rawValue: String) {
        if let metric = Self.named.first(where: { $0.rawValue == rawValue }) {
            self = metric
        } else if rawValue.hasPrefix(Self.scorePrefix), rawValue.utf8.count > Self.scorePrefix.utf8.count {
            self = .score(String(rawValue.dropFirst(Self.scorePrefix.count)))
        } else {
            return nil
        }
    }

    package var rawValue: String {
        switch self {
        case .errorRate: "error_rate"
        case .refusalRate: "refusal_rate"
        case .latencyMean: "latency_mean_seconds"
        case .latencyP50: "latency_p50_seconds"
        case .latencyP95: "latency_p95_seconds"
        case .latencyP99: "latency_p99_seconds"
        case .timeToFirstTokenP95: "time_to_first_token_p95_seconds"
        case .costMean: "cost_mean_dollars"
        case .outputTokensMean: "output_tokens_mean"
        case .requests: "requests"
        case .score(let name): Self.scorePrefix + name
        }
    }
}
