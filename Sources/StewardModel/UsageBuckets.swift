/// What a provider charges for, each kind apart: no token is in two buckets, and all of them are in one.
package enum UsageBucket: Int, Sendable, CaseIterable {
    /// Text that was neither read from a cache nor written to one.
    case input
    case cachedInput, cachedAudioInput
    /// Kept for five minutes, and for an hour.
    case cacheWrite, cacheWrite1h
    case audioInput, imageInput
    /// Text that was shown.
    case output
    case reasoning, audioOutput, imageOutput
    /// Counts of other things than tokens.
    case images, webSearches, requests

    package static let count = allCases.count
    package var isToken: Bool { rawValue < UsageBucket.images.rawValue }
    package var isInput: Bool { rawValue <= UsageBucket.imageInput.rawValue }
}

/// One event's usage, taken apart into buckets that exclude each other. All counts are at least 0.
package struct UsageBuckets: Sendable {
    private var counts = InlineArray<14, Int64>(repeating: 0)
    /// Tokens of input in all, which decides about rates for longer contexts.
    package private(set) var inputTokens: Int64
    /// Whether the provider stated the output; where it did not, its buckets are empty.
    package private(set) var statesOutput: Bool

    package private(set) subscript(bucket: UsageBucket) -> Int64 {
        get { counts[bucket.rawValue] }
        set { counts[bucket.rawValue] = newValue }
    }

    /// Takes wholes apart; a part that was not stated stays in its whole. `nil` when the input is not stated, a count
    /// is negative, or parts exceed their whole.
    ///
    /// Two overlaps are settled, because providers do not state them: audio that does not fit into the fresh input was
    /// read from the cache, and so were images.
    package init?(_ usage: Usage) {
        guard let input = usage.inputTokens else { return nil }
        let cached = usage.cachedInputTokens ?? 0
        let written = usage.cacheWriteTokens ?? 0
        let hourly = usage.cacheWrite1hTokens ?? 0
        let audio = usage.audioInputTokens ?? 0
        let pictures = usage.imageInputTokens ?? 0
        guard cached >= 0, written >= 0, hourly >= 0, audio >= 0, pictures >= 0,
            cached <= input, written <= input - cached, hourly <= written, audio <= input
        else { return nil }
        let fresh = input - cached - written
        let cachedAudio = usage.cachedAudioInputTokens ?? max(0, audio - fresh)
        guard cachedAudio >= 0, cachedAudio <= min(audio, cached), audio - cachedAudio <= fresh else { return nil }
        let freshAudio = audio - cachedAudio
        let freshPictures = min(pictures, fresh - freshAudio)

        let output = usage.outputTokens ?? 0
        let reasoning = usage.reasoningTokens ?? 0
        let spoken = usage.audioOutputTokens ?? 0
        let drawn = usage.imageOutputTokens ?? 0
        guard reasoning >= 0, spoken >= 0, drawn >= 0, reasoning <= output, spoken <= output - reasoning,
            drawn <= output - reasoning - spoken, (usage.images ?? 0) >= 0, (usage.webSearches ?? 0) >= 0
        else { return nil }

        inputTokens = input
        statesOutput = usage.outputTokens != nil
        self[.input] = fresh - freshAudio - freshPictures
        self[.cachedInput] = cached - cachedAudio
        self[.cachedAudioInput] = cachedAudio
        self[.cacheWrite] = written - hourly
        self[.cacheWrite1h] = hourly
        self[.audioInput] = freshAudio
        self[.imageInput] = freshPictures
        self[.output] = output - reasoning - spoken - drawn
        self[.reasoning] = reasoning
        self[.audioOutput] = spoken
        self[.imageOutput] = drawn
        // An image whose tokens are stated is charged by them.
        self[.images] = drawn > 0 ? 0 : usage.images ?? 0
        self[.webSearches] = usage.webSearches ?? 0
        self[.requests] = 1
    }
}
