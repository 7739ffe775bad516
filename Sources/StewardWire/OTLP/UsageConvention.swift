import StewardJSON
import StewardModel

/// How a library counts tokens, against Steward's convention (and OpenTelemetry's): input includes cached reads and
/// cache writes, output includes reasoning.
struct UsageConvention {
    /// Cached reads and cache writes come on top of the input tokens.
    var excludesCache = false
    /// Reasoning comes on top of the output tokens.
    var excludesReasoning = false

    private struct Row {
        /// How the name of the instrumentation scope begins.
        var scope: String
        var providers: Set<String>
        var convention: UsageConvention
    }

    /// Libraries that pass a provider's numbers on as they are, where that provider counts otherwise: Anthropic and
    /// Bedrock leave the cache out of the input, Gemini leaves reasoning out of the output.
    private static let rows: [Row] = [
        Row(
            scope: "openlit", providers: ["anthropic", "aws.bedrock"],
            convention: .init(excludesCache: true)),
        Row(
            scope: "openlit", providers: ["gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai"],
            convention: .init(excludesReasoning: true)),
        Row(
            scope: "opentelemetry.instrumentation.bedrock", providers: ["aws.bedrock"],
            convention: .init(excludesCache: true)),
        Row(scope: "ai", providers: ["anthropic", "aws.bedrock"], convention: .init(excludesCache: true)),
    ]

    static func of(scope: String, provider: String?) -> UsageConvention {
        guard let provider else { return .init() }
        let row = rows.first { row in
            guard row.providers.contains(provider), scope.hasPrefix(row.scope) else { return false }
            let rest = scope.dropFirst(row.scope.count)
            return rest.isEmpty || rest.first == "." || rest.first == "-" || rest.first == "_"
        }
        return row?.convention ?? .init()
    }

    /// The usage that a span states, converted; `nil` where it states none.
    static func usage(_ slots: SpanSlots, scope: String, provider: String?, in bytes: [UInt8]) -> Usage? {
        if let details = slots.text(.usageDetails, in: bytes), let object = try? JSONValue(parsing: details) {
            return langfuse(object)
        }
        var usage = Usage(
            inputTokens: slots.tokens(.inputTokens), outputTokens: slots.tokens(.outputTokens),
            cachedInputTokens: slots.tokens(.cachedInputTokens), cacheWriteTokens: slots.tokens(.cacheWriteTokens),
            reasoningTokens: slots.tokens(.reasoningTokens))
        usage.audioInputTokens = slots.tokens(.audioInputTokens)
        usage.audioOutputTokens = slots.tokens(.audioOutputTokens)
        var convention = of(scope: scope, provider: provider)
        if slots[.uncachedInputTokens] != nil {
            // This newer form of the Vercel AI SDK states the whole input beside its parts.
            convention.excludesCache = false
        }
        return usage.converted(from: convention, total: slots.tokens(.totalTokens))
    }

    /// Langfuse's usage details: either a provider's object as it was, or parts that add up, `input` being what no
    /// other part of the input says.
    private static func langfuse(_ details: JSONValue) -> Usage? {
        func count(_ names: String...) -> Int64? {
            names.lazy.compactMap { details.value(at: "/" + $0)?.int64 }.first { 0...Usage.maximumTokens ~= $0 }
        }
        var usage = Usage(
            inputTokens: count("input", "prompt_tokens", "input_tokens"),
            outputTokens: count("output", "completion_tokens", "output_tokens"),
            cachedInputTokens: count(
                "cache_read_input_tokens", "input_cached_tokens", "input_cache_read", "input_cache_read_input_tokens",
                "prompt_tokens_details/cached_tokens", "input_tokens_details/cached_tokens"),
            cacheWriteTokens: count(
                "cache_creation_input_tokens", "input_cache_creation", "input_cache_creation_input_tokens"),
            reasoningTokens: count(
                "output_reasoning_tokens", "output_reasoning", "completion_tokens_details/reasoning_tokens",
                "output_tokens_details/reasoning_tokens"))
        usage.audioInputTokens = count("input_audio_tokens", "input_audio", "prompt_tokens_details/audio_tokens")
        usage.audioOutputTokens = count(
            "output_audio_tokens", "output_audio", "completion_tokens_details/audio_tokens")
        if details["input"] != nil || details["output"] != nil {
            usage.inputTokens = sum(usage.inputTokens, usage.audioInputTokens)
            usage.outputTokens = sum(usage.outputTokens, usage.audioOutputTokens)
            return usage.converted(from: .init(excludesCache: true, excludesReasoning: true))
        }
        // Only Anthropic's object has these members, and it leaves the cache out.
        let isAnthropic = details["cache_read_input_tokens"] != nil || details["cache_creation_input_tokens"] != nil
        return usage.converted(from: .init(excludesCache: isAnthropic && details["prompt_tokens"] == nil))
    }
}

extension Usage {
    /// In Steward's convention; `nil` where nothing was counted.
    ///
    /// Arithmetic overrules the convention: counts that cannot be parts of a whole, or that a stated total adds to the
    /// whole, show that their library excludes them, whichever it is.
    fileprivate func converted(from convention: UsageConvention, total: Int64? = nil) -> Usage? {
        if self == Usage() { return nil }
        var usage = self
        let cache = (cachedInputTokens ?? 0) + (cacheWriteTokens ?? 0)
        let reasoning = reasoningTokens ?? 0
        var (addsCache, addsReasoning) = (convention.excludesCache, convention.excludesReasoning)
        if let total, let input = inputTokens, let output = outputTokens, total > input + output, cache != reasoning {
            let rest = total - input - output
            addsCache = addsCache || rest == cache || rest == cache + reasoning
            addsReasoning = addsReasoning || rest == reasoning || rest == cache + reasoning
        }
        if let input = inputTokens, addsCache || cache > input {
            usage.inputTokens = min(input + cache, Usage.maximumTokens)
        }
        if let output = outputTokens, addsReasoning || reasoning > output {
            usage.outputTokens = min(output + reasoning, Usage.maximumTokens)
        }
        return usage
    }
}

private func sum(_ whole: Int64?, _ part: Int64?) -> Int64? {
    guard let whole, let part else { return whole }
    return min(whole + part, Usage.maximumTokens)
}
