/// Token counts of one event, each `nil` when the provider did not say.
///
/// `inputTokens` includes cached reads and cache writes, `outputTokens` includes reasoning, and both include their
/// audio and image tokens: the OpenAI and OpenTelemetry convention. Formats that count otherwise are converted where
/// they are decoded; ``UsageBuckets`` takes the wholes apart again.
package struct Usage: Sendable, Equatable {
    package var inputTokens: Int64?
    package var outputTokens: Int64?
    package var cachedInputTokens: Int64?
    package var cacheWriteTokens: Int64?
    /// The part of ``cacheWriteTokens`` that is kept for an hour instead of five minutes.
    package var cacheWrite1hTokens: Int64?
    package var reasoningTokens: Int64?
    package var audioInputTokens: Int64?
    /// The part of the audio that was read from a cache.
    package var cachedAudioInputTokens: Int64?
    package var audioOutputTokens: Int64?
    package var imageInputTokens: Int64?
    package var imageOutputTokens: Int64?
    /// Images made.
    package var images: Int64?
    /// Searches the provider made for the answer.
    package var webSearches: Int64?

    package init(
        inputTokens: Int64? = nil, outputTokens: Int64? = nil, cachedInputTokens: Int64? = nil,
        cacheWriteTokens: Int64? = nil, reasoningTokens: Int64? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedInputTokens = cachedInputTokens
        self.cacheWriteTokens = cacheWriteTokens
        self.reasoningTokens = reasoningTokens
    }

    /// Takes parts that are absent from another telling of the same call, where both agree on the wholes: otherwise
    /// they may count differently.
    package mutating func fillParts(from other: Usage) {
        guard inputTokens == other.inputTokens, outputTokens == other.outputTokens else { return }
        for part in Self.parts { self[keyPath: part] = self[keyPath: part] ?? other[keyPath: part] }
    }

    private static var parts: [WritableKeyPath<Usage, Int64?>] {
        [
            \.cachedInputTokens, \.cacheWriteTokens, \.cacheWrite1hTokens, \.reasoningTokens, \.audioInputTokens,
            \.cachedAudioInputTokens, \.audioOutputTokens, \.imageInputTokens, \.imageOutputTokens, \.images,
            \.webSearches,
        ]
    }

    /// The largest count accepted for one event; keeps every later sum inside `Int64`.
    package static let maximumTokens: Int64 = 1_000_000_000
}

/// How fast a provider was asked to be, where that has a price of its own.
package enum ServiceTier: String, Sendable, CaseIterable {
    case standard, batch, flex, priority
    /// A tier whose price is not known here.
    case other

    /// As providers spell it: OpenAI says `default` for standard, Anthropic `standard_only`, both `auto` for "choose".
    package init(stated text: String) {
        self =
            switch text.lowercased() {
            case "", "standard", "default", "auto", "standard_only", "on_demand", "on-demand": .standard
            case "batch", "batches": .batch
            case "flex": .flex
            case "priority": .priority
            default: .other
            }
    }
}
