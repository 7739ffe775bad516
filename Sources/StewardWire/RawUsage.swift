import StewardJSON
import StewardModel

/// The one table from providers' own usage objects to ``Usage``, whose wholes include their parts.
///
/// A row is a shape, not a provider: who speaks another's API sends the other's shape. The first row whose mark is
/// there counts. Arithmetic overrules a row where a stated total shows that reasoning came on top of the output.
struct RawUsage {
    /// Member names of one shape; several are alternatives, the first that holds a count is taken.
    struct Shape {
        var name: String
        /// Pointers of which one must hold a value.
        var marks: [String]
        var input: [String]
        /// Comes on top of the input: charged as input and left out of it by the provider.
        var moreInput: [String] = []
        var output: [String]
        var cached: [String] = []
        var cacheWrite: [String] = []
        var cacheWrite1h: [String] = []
        var reasoning: [String] = []
        var audioInput: [String] = []
        var audioOutput: [String] = []
        var imageInput: [String] = []
        var imageOutput: [String] = []
        var webSearches: [String] = []
        var total: [String] = []
        /// Whether the input leaves cached reads and cache writes out.
        var excludesCache = false
        /// Whether the output leaves reasoning out.
        var excludesReasoning = false
    }

    static let shapes: [Shape] = [
        Shape(
            name: "Google Gemini", marks: ["/promptTokenCount", "/prompt_token_count"],
            input: ["/promptTokenCount", "/prompt_token_count"],
            moreInput: ["/toolUsePromptTokenCount", "/tool_use_prompt_token_count"],
            output: ["/candidatesTokenCount", "/candidates_token_count"],
            cached: ["/cachedContentTokenCount", "/cached_content_token_count"],
            reasoning: ["/thoughtsTokenCount", "/thoughts_token_count"],
            audioInput: ["promptTokensDetails:AUDIO", "prompt_tokens_details:AUDIO"],
            audioOutput: ["candidatesTokensDetails:AUDIO", "candidates_tokens_details:AUDIO"],
            imageInput: ["promptTokensDetails:IMAGE", "prompt_tokens_details:IMAGE"],
            imageOutput: ["candidatesTokensDetails:IMAGE", "candidates_tokens_details:IMAGE"],
            excludesReasoning: true),
        Shape(
            name: "Amazon Bedrock Converse",
            marks: ["/cacheReadInputTokens", "/cacheWriteInputTokens", "/inputTokens"],
            input: ["/inputTokens"], output: ["/outputTokens"], cached: ["/cacheReadInputTokens"],
            cacheWrite: ["/cacheWriteInputTokens"], excludesCache: true),
        Shape(
            name: "Cohere", marks: ["/billed_units", "/billedUnits"],
            input: ["/billed_units/input_tokens", "/billedUnits/inputTokens"],
            output: ["/billed_units/output_tokens", "/billedUnits/outputTokens"], cached: ["/cached_tokens"]),
        Shape(name: "Ollama", marks: ["/prompt_eval_count"], input: ["/prompt_eval_count"], output: ["/eval_count"]),
        // Also xAI, Groq, Mistral, DeepSeek, Together, Fireworks, Perplexity, Moonshot, Azure, OpenRouter and vLLM.
        Shape(
            name: "OpenAI chat completions", marks: ["/prompt_tokens"], input: ["/prompt_tokens"],
            output: ["/completion_tokens"],
            cached: [
                "/prompt_tokens_details/cached_tokens", "/prompt_cache_hit_tokens", "/cached_tokens",
                "/num_cached_tokens", "/cache_read_input_tokens",
            ],
            cacheWrite: [
                "/prompt_tokens_details/cache_write_tokens", "/prompt_tokens_details/cache_creation_tokens",
                "/cache_creation_input_tokens",
            ],
            reasoning: ["/completion_tokens_details/reasoning_tokens", "/reasoning_tokens"],
            audioInput: ["/prompt_tokens_details/audio_tokens"],
            audioOutput: ["/completion_tokens_details/audio_tokens"],
            imageInput: ["/prompt_tokens_details/image_tokens"],
            imageOutput: ["/completion_tokens_details/image_tokens"],
            webSearches: ["/server_tool_use/web_search_requests", "/num_search_queries"], total: ["/total_tokens"]),
        Shape(
            name: "OpenAI responses", marks: ["/input_tokens_details", "/output_tokens_details/reasoning_tokens"],
            input: ["/input_tokens"], output: ["/output_tokens"], cached: ["/input_tokens_details/cached_tokens"],
            cacheWrite: [
                "/input_tokens_details/cache_write_tokens", "/input_tokens_details/cache_creation_tokens",
            ],
            reasoning: ["/output_tokens_details/reasoning_tokens"],
            audioInput: ["/input_tokens_details/audio_tokens"], audioOutput: ["/output_tokens_details/audio_tokens"],
            imageInput: ["/input_tokens_details/image_tokens"], imageOutput: ["/output_tokens_details/image_tokens"],
            total: ["/total_tokens"]),
        // Without cache members this is also what any other API with these two names says.
        Shape(
            name: "Anthropic messages", marks: ["/input_tokens"], input: ["/input_tokens"], output: ["/output_tokens"],
            cached: ["/cache_read_input_tokens"], cacheWrite: ["/cache_creation_input_tokens"],
            cacheWrite1h: ["/cache_creation/ephemeral_1h_input_tokens"],
            reasoning: ["/output_tokens_details/thinking_tokens"],
            webSearches: ["/server_tool_use/web_search_requests"], total: ["/total_tokens"], excludesCache: true),
    ]

    var usage: Usage
    var tier: ServiceTier?

    /// Reads a provider's object, a whole response that holds one, or the list of those that a stream brought, each of
    /// which repeats and completes the one before: the last count of a member stands, nothing is added up.
    ///
    /// `nil` where no row fits, or a count is no whole number from 0 to ``Usage/maximumTokens``.
    init?(_ json: JSONValue) {
        var object = JSONValue.object([])
        for chunk in json.array ?? [json] { object = Self.merged(object, Self.unwrapped(chunk)) }
        guard let shape = Self.shapes.first(where: { $0.marks.contains { object.value(at: $0) != nil } }) else {
            return nil
        }
        let reader = Counts(object: object)
        var usage = Usage(
            inputTokens: reader.count(shape.input), outputTokens: reader.count(shape.output),
            cachedInputTokens: reader.count(shape.cached), cacheWriteTokens: reader.count(shape.cacheWrite),
            reasoningTokens: reader.count(shape.reasoning))
        guard usage.inputTokens != nil || usage.outputTokens != nil else { return nil }
        usage.cacheWrite1hTokens = reader.count(shape.cacheWrite1h)
        usage.audioInputTokens = reader.count(shape.audioInput)
        usage.audioOutputTokens = reader.count(shape.audioOutput)
        usage.imageInputTokens = reader.count(shape.imageInput)
        usage.imageOutputTokens = reader.count(shape.imageOutput)
        usage.webSearches = reader.count(shape.webSearches)
        Self.makeWhole(&usage, shape, more: reader.count(shape.moreInput) ?? 0, total: reader.count(shape.total))
        guard usage.inputTokens ?? 0 <= Usage.maximumTokens, usage.outputTokens ?? 0 <= Usage.maximumTokens else {
            return nil
        }
        self.usage = usage
        tier = object["service_tier"]?.string.map(ServiceTier.init(stated:))
    }

    private static func makeWhole(_ usage: inout Usage, _ shape: Shape, more: Int64, total: Int64?) {
        let cache = (usage.cachedInputTokens ?? 0) + (usage.cacheWriteTokens ?? 0)
        let reasoning = usage.reasoningTokens ?? 0
        if let input = usage.inputTokens {
            usage.inputTokens = input + more + (shape.excludesCache || cache > input ? cache : 0)
        }
        guard let output = usage.outputTokens else {
            // Nothing but thoughts, which this shape states apart.
            if shape.excludesReasoning { usage.outputTokens = usage.reasoningTokens }
            return
        }
        let sum = (usage.inputTokens ?? 0) + output
        if shape.excludesReasoning || reasoning > output || reasoning > 0 && total == sum + reasoning {
            usage.outputTokens = output + reasoning
        }
    }

    /// The usage inside a response or a stream's event; the value itself where it is one.
    private static func unwrapped(_ json: JSONValue) -> JSONValue {
        for pointer in ["/message/usage", "/response/usage", "/usageMetadata", "/usage_metadata", "/usage"] {
            if let inner = json.value(at: pointer), inner.members != nil { return inner }
        }
        return json
    }

    private static func merged(_ old: JSONValue, _ new: JSONValue) -> JSONValue {
        guard var members = old.members, let additions = new.members else { return new.isNull ? old : new }
        for addition in additions {
            if let index = members.firstIndex(where: { $0.name == addition.name }) {
                members[index].value = merged(members[index].value, addition.value)
            } else {
                members.append(addition)
            }
        }
        return .object(members)
    }

    private struct Counts {
        var object: JSONValue

        func count(_ names: [String]) -> Int64? {
            for name in names {
                let value = name.hasPrefix("/") ? object.value(at: name)?.int64 : modality(name)
                if let value, 0...Usage.maximumTokens ~= value { return value }
            }
            return nil
        }

        /// `list:MODALITY`: Gemini lists its counts by modality.
        private func modality(_ name: String) -> Int64? {
            let parts = name.split(separator: ":").map(String.init)
            guard parts.count == 2, let rows = object[parts[0]]?.array else { return nil }
            let row = rows.first { $0["modality"]?.string == parts[1] }
            return (row?["tokenCount"] ?? row?["token_count"])?.int64
        }
    }
}
