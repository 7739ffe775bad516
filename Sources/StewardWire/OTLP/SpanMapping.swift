/// What Steward reads from a span's attributes.
enum SpanField: Int, CaseIterable, Sendable {
    // Which kind of span it is: see `SpanRole`.
    case operation, openInferenceKind, langfuseType, vercelOperation, requestType, traceloopKind, notACall
    case provider, requestModel, responseModel, responseID
    case inputTokens, outputTokens, cachedInputTokens, uncachedInputTokens, cacheWriteTokens, reasoningTokens
    case audioInputTokens, audioOutputTokens, totalTokens, usageDetails, serviceTier
    case finishReason, timeToFirstToken
    case errorType, errorCode, errorMessage, level
    case session, user
    case input, output
    case version, environment
    case evaluationName, evaluationScore, evaluationLabel
}

/// The one table from attribute keys to fields.
///
/// Generations, in the order in which they are preferred: OpenTelemetry GenAI conventions (semantic-conventions-genai;
/// semantic-conventions 1.41 and 1.36), those before 1.28 (`gen_ai.usage.prompt_tokens`), OpenLIT, OpenLLMetry
/// (`llm.*`, `traceloop.*`), OpenInference, Langfuse, the Vercel AI SDK (`ai.*`), and single libraries' own keys.
///
/// Attributes of span events are read by the same table, after those of the span; a key without a dot is looked up
/// behind the event's name (`finish_reason` of the event `gen_ai.choice` is `gen_ai.choice.finish_reason`).
enum SpanMapping {
    struct Row: Sendable {
        var field: SpanField
        var transform: Transform
        /// In order of preference; of several rows of a field the earlier are preferred.
        var keys: [String]

        init(_ field: SpanField, _ transform: Transform, _ keys: String...) {
            self.field = field
            self.transform = transform
            self.keys = keys
        }
    }

    /// How a value is read. Whatever a transform cannot read counts as absent, and so do an empty text, `None` and
    /// `null`, which libraries write where they have nothing.
    enum Transform: Sendable {
        /// Text; a number or boolean is written out.
        case text
        /// A whole number of at least 0, also when it was sent as a string or a double.
        case tokens
        /// A finite number.
        case number
        /// A duration since the start of the span.
        case seconds, milliseconds
        /// An RFC 3339 instant, within quotes or not.
        case instant
        /// The first of a list: of an array, of a string that holds a JSON array, or the one text there is.
        case first
        /// Content that is kept as it is: text, JSON in a string, or a structured value.
        case content
    }

    static let keys = SpanKeyTable(rows)

    static let rows: [Row] = [
        // Kind of span
        Row(.operation, .text, "gen_ai.operation.name"),
        Row(.openInferenceKind, .text, "openinference.span.kind"),
        Row(.langfuseType, .text, "langfuse.observation.type"),
        Row(.vercelOperation, .text, "ai.operationId"),
        Row(.requestType, .text, "llm.request.type"),
        Row(.traceloopKind, .text, "traceloop.span.kind"),
        Row(
            .notACall, .text, "gen_ai.tool.name", "gen_ai.agent.name", "gen_ai.workflow.name", "tool.name",
            "agent.name", "ai.toolCall.name", "db.system", "db.system.name"),

        // Who answered
        Row(
            .provider, .text, "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "llm.vendor",
            "ai.model.provider"),
        Row(
            .requestModel, .text, "gen_ai.request.model", "llm.request.model", "llm.request.model_name",
            "embedding.model_name", "langfuse.observation.model.name", "ai.model.id"),
        Row(
            .responseModel, .text, "gen_ai.response.model", "llm.response.model", "llm.response.model_name",
            "llm.model_name", "ai.response.model"),
        Row(.responseID, .text, "gen_ai.response.id", "llm.response.id", "ai.response.id"),

        // Usage, counted as each library counts: see `UsageConvention`
        Row(
            .inputTokens, .tokens, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens",
            "gen_ai.token.usage.input", "llm.usage.prompt_tokens", "llm.token_count.prompt", "ai.usage.inputTokens",
            "ai.usage.promptTokens", "ai.usage.tokens"),
        Row(
            .outputTokens, .tokens, "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
            "gen_ai.token.usage.output", "llm.usage.completion_tokens", "llm.token_count.completion",
            "ai.usage.outputTokens", "ai.usage.completionTokens"),
        Row(
            .cachedInputTokens, .tokens, "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.prompt_tokens_details.cached_tokens",
            "gen_ai.usage.prompt_tokens_details.cache_read", "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.details.cached_tokens", "gen_ai.usage.cached_input_tokens",
            "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input",
            "ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"),
        Row(.uncachedInputTokens, .tokens, "ai.usage.inputTokenDetails.noCacheTokens"),
        Row(
            .cacheWriteTokens, .tokens, "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_input_tokens", "gen_ai.usage.prompt_tokens_details.cache_creation_tokens",
            "gen_ai.usage.prompt_tokens_details.cache_write", "gen_ai.usage.details.cache_write_tokens",
            "llm.token_count.prompt_details.cache_write", "ai.usage.inputTokenDetails.cacheWriteTokens",
            "ai.usage.cacheCreationInputTokens"),
        Row(
            .reasoningTokens, .tokens, "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.completion_tokens_details.reasoning_tokens",
            "gen_ai.usage.completion_tokens_details.reasoning", "gen_ai.usage.details.reasoning_tokens",
            "llm.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning",
            "ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
        Row(
            .audioInputTokens, .tokens, "llm.token_count.prompt_details.audio",
            "gen_ai.usage.details.input_audio_tokens"),
        Row(
            .audioOutputTokens, .tokens, "llm.token_count.completion_details.audio",
            "gen_ai.usage.completion_tokens_details.audio_tokens", "gen_ai.usage.details.output_audio_tokens"),
        Row(
            .totalTokens, .tokens, "gen_ai.usage.total_tokens", "gen_ai.token.usage.total", "llm.usage.total_tokens",
            "llm.token_count.total", "ai.usage.totalTokens"),
        Row(.usageDetails, .content, "langfuse.observation.usage_details"),
        Row(
            .serviceTier, .text, "openai.response.service_tier", "gen_ai.openai.response.service_tier",
            "openai.request.service_tier", "gen_ai.openai.request.service_tier"),

        // How it ended, how fast it began
        Row(
            .finishReason, .first, "gen_ai.response.finish_reasons", "gen_ai.response.finish_reason",
            "gen_ai.response.stop_reason", "llm.response.finish_reason", "llm.response.stop_reason",
            "llm.finish_reason", "anthropic.message.stop_reason", "ai.response.finishReason", "ai.finishReason",
            "gen_ai.completion.0.finish_reason", "gen_ai.choice.finish_reason"),
        Row(
            .timeToFirstToken, .seconds, "gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token",
            "gen_ai.server.ttft", "gen_ai.client.operation.time_to_first_chunk"),
        Row(.timeToFirstToken, .milliseconds, "ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"),
        Row(.timeToFirstToken, .instant, "langfuse.observation.completion_start_time"),
        Row(.errorType, .text, "error.type", "exception.type"),
        Row(.errorCode, .text, "error.code", "http.response.status_code", "http.status_code"),
        Row(
            .errorMessage, .text, "error.message", "langfuse.observation.status_message", "exception.message"),
        Row(.level, .text, "langfuse.observation.level"),

        // Who asked
        Row(
            .session, .text, "gen_ai.conversation.id", "session.id", "gen_ai.session.id", "langfuse.session.id",
            "traceloop.association.properties.session_id", "traceloop.association.properties.conversation_id",
            "traceloop.association.properties.chat_id", "traceloop.association.properties.thread_id",
            "langfuse.trace.session_id", "ai.telemetry.metadata.sessionId"),
        Row(
            .user, .text, "user.id", "enduser.id", "gen_ai.user.id", "gen_ai.user", "gen_ai.request.user", "llm.user",
            "langfuse.user.id", "traceloop.association.properties.user_id", "langfuse.trace.user_id",
            "ai.telemetry.metadata.userId", "metadata.user_api_key_end_user_id"),

        // What was said
        Row(
            .input, .content, "gen_ai.input.messages", "gen_ai.prompt", "gen_ai.content.prompt",
            "langfuse.observation.input", "ai.prompt.messages", "ai.prompt", "ai.value", "ai.values", "input.value",
            "traceloop.entity.input"),
        Row(
            .output, .content, "gen_ai.output.messages", "gen_ai.completion", "gen_ai.content.completion",
            "langfuse.observation.output", "ai.response.text", "ai.response.object", "ai.response.toolCalls",
            "output.value", "traceloop.entity.output"),

        // Said of it
        Row(.version, .text, "steward.version"),
        Row(.environment, .text, "langfuse.environment"),
        Row(.evaluationName, .text, "gen_ai.evaluation.name"),
        Row(.evaluationScore, .number, "gen_ai.evaluation.score.value"),
        Row(.evaluationLabel, .text, "gen_ai.evaluation.score.label"),
    ]
}
