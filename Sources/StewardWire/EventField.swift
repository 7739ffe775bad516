import StewardJSON

/// The members of an event that Steward reads, by their names on the wire. All others are kept in the payload, checked
/// to be JSON and not looked at.
///
/// `null` is the same as absent everywhere, and so is an empty text where the member is optional.
package enum EventField: String, CaseIterable, Sendable {
    /// Text, at most 256 bytes; the idempotency key.
    case id
    /// RFC 3339 text, or Unix time as a number: seconds below 10¹¹, milliseconds from there to 10¹⁴. Required.
    case time
    /// A name. Required.
    case deployment
    /// A name. Required.
    case version
    /// A name; `production` when absent.
    case environment
    case operation, provider, model
    case responseModel = "response_model"
    /// `ok` or `error`; when absent, `error` if there is an `error` object and `ok` if not.
    case status
    /// An object of `type`, `code` (text or an integer) and `message`; only with status `error`.
    case error
    case finishReason = "finish_reason"
    /// A number of at least 0 and at most ``EventReader/maximumMilliseconds``, kept to the microsecond.
    case latency = "latency_ms"
    case timeToFirstToken = "time_to_first_token_ms"
    /// An object of whole numbers: ``UsageField``.
    case usage
    /// The provider's own usage object as it was sent, or the list of those of a stream: ``RawUsage``.
    case rawUsage = "raw_usage"
    /// `standard`, `batch`, `flex` or `priority`, or as the provider spells it: ``ServiceTier``.
    case serviceTier = "service_tier"
    /// What it cost as the sender says, in US dollars as text (`"0.0125"`); counts where no price is known.
    case statedCost = "cost_usd"
    case session, user, subject, team, project
    /// A map from names to texts.
    case segments
    /// A map from names to finite numbers.
    case scores
    /// A map from names to texts, which costs can be grouped by.
    case tags
    case outcome
    /// What turned out to be true, as feedback with `ground_truth` would say; for records of the past.
    case groundTruth = "ground_truth"
    /// Text, a message, or messages, in OpenAI's, Anthropic's or OpenTelemetry's shape.
    case input, output
    /// `json` where the caller asked for it, as OpenTelemetry has it; or OpenAI's object beside it.
    case outputType = "output_type"
    case responseFormat = "response_format"
    /// OpenAI's object, or a list of numbers or of objects with a `logprob`.
    case logprobs
    case meanLogprob = "mean_logprob"
    /// A list of 2 to ``EventReader/maximumDimensions`` finite numbers.
    case embedding
    case traceID = "trace_id"
    case spanID = "span_id"
    case simulated

    static let all = EventField.allCases
    static let table = JSONNameTable(all.map(\.rawValue))
}

package enum UsageField: String, CaseIterable, Sendable {
    case input = "input_tokens"
    case output = "output_tokens"
    case cachedInput = "cached_input_tokens"
    case cacheWrite = "cache_write_tokens"
    case cacheWrite1h = "cache_write_1h_tokens"
    case reasoning = "reasoning_tokens"
    case audioInput = "audio_input_tokens"
    case audioOutput = "audio_output_tokens"
    case cachedAudioInput = "cached_audio_input_tokens"
    case imageInput = "image_input_tokens"
    case imageOutput = "image_output_tokens"
    case images
    case webSearches = "web_searches"

    static let all = UsageField.allCases
    static let table = JSONNameTable(all.map(\.rawValue))
}

package enum ErrorField: String, CaseIterable, Sendable {
    case type, code, message

    static let all = ErrorField.allCases
    static let table = JSONNameTable(all.map(\.rawValue))
}
