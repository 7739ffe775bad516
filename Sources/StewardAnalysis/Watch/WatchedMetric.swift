import StewardModel
import StewardStatistics
import StewardStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is watched of every version minute by minute: the one list of anomaly monitors.
package enum WatchedMetric: String, Sendable, CaseIterable {
    case latencyP95 = "latency_p95_seconds"
    case errorRate = "error_rate"
    case outputTokensMean = "output_tokens_mean"
    case costMean = "cost_mean_dollars"
    case requests = "requests"
    case refusalRate = "refusal_rate"

    enum Method { case value, rate }

    var method: Method { self == .errorRate || self == .refusalRate ? .rate : .value }

    var name: String {
        switch self {
        case .latencyP95: "p95 latency"
        case .errorRate: "error rate"
        case .outputTokensMean: "mean output tokens"
        case .costMean: "mean cost of a request"
        case .requests: "traffic"
        case .refusalRate: "refusal rate"
        }
    }

    /// The direction that hurts; `nil` where either may.
    var worse: Direction? {
        switch self {
        case .latencyP95, .errorRate, .costMean, .refusalRate: .up
        case .outputTokensMean: nil
        case .requests: .down
        }
    }

    enum Direction { case up, down }

    /// The counts that the metric is made from.
    var signal: Signal {
        switch self {
        case .latencyP95: .latency
        case .errorRate, .requests: .status
        case .outputTokensMean: .outputTokens
        case .costMean: .cost
        case .refusalRate: .refusal
        }
    }

    /// The metric of counts, in the unit that people see; `nil` where there was nothing to measure.
    func measure(_ counts: SignalCounts) -> Double? {
        switch self {
        case .latencyP95: counts.values.quantile(0.95).map { $0 / 1e6 }
        case .outputTokensMean: counts.mean
        case .costMean: counts.mean.map { $0 / 1e9 }
        case .requests: Double(counts.count)
        case .errorRate, .refusalRate: nil
        }
    }

    /// The scale on which the metric's noise is about symmetric and of one size.
    func scaled(_ value: Double) -> Double {
        switch self {
        case .requests: (value + 0.375).squareRoot()
        case .latencyP95, .outputTokensMean, .costMean: log(max(value, 1e-12))
        case .errorRate, .refusalRate: value
        }
    }

    func unscaled(_ value: Double) -> Double {
        switch self {
        case .requests: max(0, value * abs(value) - 0.375)
        case .latencyP95, .outputTokensMean, .costMean: exp(value)
        case .errorRate, .refusalRate: value
        }
    }

    func text(_ value: Double) -> String {
        switch self {
        case .latencyP95: Wording.seconds(value)
        case .errorRate, .refusalRate: Wording.share(value)
        case .outputTokensMean: Wording.number(value) + " tokens"
        case .costMean: "$" + Wording.number(value)
        case .requests: Wording.number(value) + " requests a minute"
        }
    }

    /// A range in the metric's unit, which is said once: `1.1–1.6 s`.
    func text(_ lower: Double, _ upper: Double) -> String {
        switch self {
        case .latencyP95: upper < 1 ? text(lower) + "–" + text(upper) : Wording.number(lower) + "–" + text(upper)
        case .errorRate, .refusalRate: text(lower) + "–" + text(upper)
        default: (self == .costMean ? "$" : "") + Wording.number(lower) + "–" + text(upper)
        }
    }
}

/// Numbers and times inside the sentences of findings.
enum Wording {
    /// About three digits that count.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return value > 0 ? "infinitely many" : "–" }
        let size = abs(value)
        if size >= 1e15 || (size > 0 && size < 1e-9) { return "\(value)" }
        var scale = 1.0
        while size > 0, size * scale < 100, scale < 1e12 { scale *= 10 }
        let rounded = (size * scale).rounded() / scale
        let text = rounded == rounded.rounded() ? String(Int64(rounded)) : decimal(rounded)
        return (value < 0 && rounded > 0 ? "-" : "") + text
    }

    /// Without an exponent.
    private static func decimal(_ value: Double) -> String {
        var (digits, places) = (value, 0)
        while places < 14, abs(digits - digits.rounded()) > 1e-6 * max(abs(digits), 1e-9) {
            digits *= 10
            places += 1
        }
        let text = String(Int64(digits.rounded()))
        guard places > 0 else { return text }
        let padded = String(repeating: "0", count: max(0, places + 1 - text.count)) + text
        return "\(padded.dropLast(places)).\(padded.suffix(places))"
    }

    static func share(_ value: Double) -> String { number(value * 100) + " %" }
    static func seconds(_ value: Double) -> String {
        value < 1 ? number(value * 1000) + " ms" : number(value) + " s"
    }

    /// `14:02` in UTC.
    static func clock(_ time: Timestamp) -> String { String(time.rfc3339.dropFirst(11).prefix(5)) }

    static func count(_ value: Int64, _ noun: String) -> String {
        var digits = String(value)
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
            index -= 3
        }
        return "\(digits) \(noun)\(value == 1 ? "" : "s")"
    }
}
