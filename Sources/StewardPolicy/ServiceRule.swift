import StewardJSON
import StewardStatistics

/// How unlike groups may be served: a bound on the mean of a number that is no decision, such as latency.
package struct ServiceRule: Sendable, Equatable {
    /// As `GET /v1/series` names it; `error_rate` for the share of errors.
    package var signal: String
    package var scale: ProportionComparison.Scale
    /// Of a ratio above 1: how many times as much, or as little, a group may have. Of a difference above 0, in the
    /// signal's unit.
    package var bound: Double
    /// The fewest values of a group on which it is judged.
    package var minimum: Int64
    package var confidence: Double

    package init(
        signal: String, scale: ProportionComparison.Scale, bound: Double, minimum: Int64 = 100,
        confidence: Double = 0.95
    ) {
        self.signal = signal
        self.scale = scale
        self.bound = bound
        self.minimum = minimum
        self.confidence = confidence
    }

    package var allowed: ClosedRange<Double> { scale == .ratio ? 1 / bound...bound : -bound...bound }

    /// `latency_ratio`
    package var name: String { "\(signal)_\(scale.rawValue)" }

    /// Whether it can be the name of a signal: that of a metric, maybe with the name of a score behind a point.
    private static func problem(_ name: String) -> String? {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        return (1...128).contains(name.utf8.count) && parts.allSatisfy { !$0.isEmpty }
            ? nil : "must be the name of a signal, such as latency or score.toxicity"
    }

    init?(reading reader: inout MappingReader, confidence: Double) {
        let signal = reader.required("signal", .text.checked(Self.problem))
        let ratio = reader.optional(
            "ratio", .decimal.checked(["exclusiveMinimum": 1]) { $0 > 1 ? nil : "must be above 1, such as 1.25" })
        let difference = reader.optional(
            "difference", .decimal.checked(["exclusiveMinimum": 0]) { $0 > 0 ? nil : "must be above 0" })
        let minimum = reader.optional("minimum", .integer(in: 2...1_000_000_000), default: 100)
        let message = "needs either `ratio` or `difference`: how far apart means may lie"
        guard reader.exactlyOne(of: ["ratio", "difference"], message) else { return nil }
        guard let signal, let bound = ratio ?? difference else { return nil }
        self.init(
            signal: signal, scale: ratio == nil ? .difference : .ratio, bound: bound, minimum: minimum,
            confidence: confidence)
    }
}
