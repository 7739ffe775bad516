/// One measured feature of events. Raw values are stored, so a number is never reused for another meaning.
package struct Signal: RawRepresentable, Sendable, Hashable {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// A category with fixed numbers, those of ``Event/Status``, so that its sum counts the errors.
    package static let status = Signal(rawValue: 1)
    package static let latency = Signal(rawValue: 2)
    package static let timeToFirstToken = Signal(rawValue: 3)
    package static let inputTokens = Signal(rawValue: 4)
    package static let outputTokens = Signal(rawValue: 5)
    package static let cachedInputTokens = Signal(rawValue: 6)
    package static let cacheWriteTokens = Signal(rawValue: 7)
    package static let reasoningTokens = Signal(rawValue: 8)
    package static let cost = Signal(rawValue: 9)
    package static let finishReason = Signal(rawValue: 10)
    package static let errorType = Signal(rawValue: 11)
    /// The model that answered was not the one asked for: 1, else 0.
    package static let modelMismatch = Signal(rawValue: 12)
    package static let outcome = Signal(rawValue: 13)

    /// Output tokens a second after the first token (after the request, where that time is unknown).
    package static let outputTokensPerSecond = Signal(rawValue: 20)
    package static let inputLength = Signal(rawValue: 21)
    package static let outputLength = Signal(rawValue: 22)
    /// The answer declines what was asked: 1, else 0.
    package static let refusal = Signal(rawValue: 23)
    /// Language of the answer, as ISO 639-1 says it, or `und`.
    package static let language = Signal(rawValue: 24)
    /// Where JSON was asked for: 1 when the answer is JSON, else 0.
    package static let jsonValidity = Signal(rawValue: 25)
    /// Share of the answer's four-word sequences that occurred in it before.
    package static let repetition = Signal(rawValue: 26)
    package static let toolCalls = Signal(rawValue: 27)
    package static let meanLogProbability = Signal(rawValue: 28)
    package static let perplexity = Signal(rawValue: 29)
    /// The embedding on fixed random directions, in thousandths of its length over √dimensions.
    package static let embeddingProjections = (40..<48).map { Signal(rawValue: $0) }
    /// The nearest of fixed random directions.
    package static let embeddingCell = Signal(rawValue: 48)
    /// Whether it is one of several that an event's embedding is counted in.
    package var isOfEmbedding: Bool { (40...48).contains(rawValue) }

    /// The first number of the signals that have a name of their own: scores, ratings, labels.
    package static let firstNamed: UInt16 = 256
    /// Named numbers are kept in millionths, so that their sums are exact; larger ones are capped at ±10⁹.
    package static let namedScale = 1e6
    package static let namedLimit = 1e9

    package enum Kind: Int64, Sendable { case numeric = 0, categorical = 1 }

    /// What is known of a signal: its public name, whether it is a number or a category, and the unit of its values.
    package struct Description: Sendable, Equatable {
        package var signal: Signal
        package var name: String
        package var kind: Kind
        /// Unit of the stored integers; empty for categories.
        package var unit: String
        /// How many stored units make one of the unit that people see (microseconds → seconds: 10⁶).
        package var scale: Double
        package var displayUnit: String

        package init(
            signal: Signal, name: String, kind: Kind, unit: String, scale: Double, displayUnit: String
        ) {
            self.signal = signal
            self.name = name
            self.kind = kind
            self.unit = unit
            self.scale = scale
            self.displayUnit = displayUnit
        }
    }

    package static let all = single + embedding

    private static let single: [Description] = [
        .init(signal: .status, name: "status", kind: .categorical, unit: "", scale: 1, displayUnit: ""),
        .init(signal: .latency, name: "latency", kind: .numeric, unit: "us", scale: 1e6, displayUnit: "s"),
        .init(
            signal: .timeToFirstToken, name: "time_to_first_token", kind: .numeric, unit: "us", scale: 1e6,
            displayUnit: "s"),
        .init(
            signal: .inputTokens, name: "input_tokens", kind: .numeric, unit: "token", scale: 1, displayUnit: "tokens"),
        .init(
            signal: .outputTokens, name: "output_tokens", kind: .numeric, unit: "token", scale: 1,
            displayUnit: "tokens"),
        .init(
            signal: .cachedInputTokens, name: "cached_input_tokens", kind: .numeric, unit: "token", scale: 1,
            displayUnit: "tokens"),
        .init(
            signal: .cacheWriteTokens, name: "cache_write_tokens", kind: .numeric, unit: "token", scale: 1,
            displayUnit: "tokens"),
        .init(
            signal: .reasoningTokens, name: "reasoning_tokens", kind: .numeric, unit: "token", scale: 1,
            displayUnit: "tokens"),
        .init(signal: .cost, name: "cost", kind: .numeric, unit: "nanodollar", scale: 1e9, displayUnit: "USD"),
        .init(signal: .finishReason, name: "finish_reason", kind: .categorical, unit: "", scale: 1, displayUnit: ""),
        .init(signal: .errorType, name: "error_type", kind: .categorical, unit: "", scale: 1, displayUnit: ""),
        .init(
            signal: .modelMismatch, name: "model_mismatch", kind: .numeric, unit: "share", scale: 1, displayUnit: ""),
        .init(signal: .outcome, name: "outcome", kind: .categorical, unit: "", scale: 1, displayUnit: ""),
        .init(
            signal: .outputTokensPerSecond, name: "output_tokens_per_second", kind: .numeric, unit: "decitoken/s",
            scale: 10, displayUnit: "tokens/s"),
        .init(
            signal: .inputLength, name: "input_length", kind: .numeric, unit: "character", scale: 1,
            displayUnit: "characters"),
        .init(
            signal: .outputLength, name: "output_length", kind: .numeric, unit: "character", scale: 1,
            displayUnit: "characters"),
        .init(signal: .refusal, name: "refusal", kind: .numeric, unit: "share", scale: 1, displayUnit: ""),
        .init(signal: .language, name: "language", kind: .categorical, unit: "", scale: 1, displayUnit: ""),
        .init(signal: .jsonValidity, name: "json_validity", kind: .numeric, unit: "share", scale: 1, displayUnit: ""),
        .init(signal: .repetition, name: "repetition", kind: .numeric, unit: "percent", scale: 100, displayUnit: ""),
        .init(signal: .toolCalls, name: "tool_calls", kind: .numeric, unit: "call", scale: 1, displayUnit: "calls"),
        .init(
            signal: .meanLogProbability, name: "mean_log_probability", kind: .numeric, unit: "millinat", scale: 1000,
            displayUnit: "nat"),
        .init(
            signal: .perplexity, name: "perplexity", kind: .numeric, unit: "thousandth", scale: 1000, displayUnit: ""),
    ]

    private static let embedding =
        embeddingProjections.enumerated().map { index, signal in
            Description(
                signal: signal, name: "embedding_projection_\(index + 1)", kind: .numeric, unit: "thousandth",
                scale: 1000, displayUnit: "")
        } + [
            Description(
                signal: embeddingCell, name: "embedding_cell", kind: .categorical, unit: "", scale: 1, displayUnit: "")
        ]

    package static func named(_ name: String) -> Description? { all.first { $0.name == name } }
    package var description: Description? { Self.all.first { $0.signal == self } }
}

/// What one event says of one signal.
package enum Observation: Sendable, Equatable {
    /// A measured number in the signal's stored unit.
    case number(Signal, Int64)
    /// A category by name.
    case category(Signal, String)
    /// The event should have had this signal but does not (a cost without a price): counted, never taken for zero.
    case absent(Signal)
    /// A number under a name that a sender chose, such as `score.helpfulness`.
    case named(String, Double)
    /// A category under a name that a sender chose, such as `label.topic`.
    case namedCategory(String, String)
}
