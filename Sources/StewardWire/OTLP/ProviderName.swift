/// The names of providers as OpenTelemetry's registry of GenAI attributes writes them (`gen_ai.provider.name`).
enum ProviderName {
    /// The registry's name for what a library wrote; a name that is not known stays as it is, in lower case.
    static func normalised(_ name: String) -> String {
        let name = name.lowercased()
        if let known = aliases[name] { return known }
        // The Vercel AI SDK adds which of a provider's interfaces was used: `openai.chat`, `anthropic.messages`.
        if let dot = name.firstIndex(of: "."), let known = vercelProviders[String(name[..<dot])] { return known }
        return name
    }

    private static let aliases: [String: String] = [
        // Before semantic conventions 1.37
        "vertex_ai": "gcp.vertex_ai", "gemini": "gcp.gemini", "az.ai.openai": "azure.ai.openai",
        "az.ai.inference": "azure.ai.inference", "xai": "x_ai",
        // OpenInference
        "vertexai": "gcp.vertex_ai", "mistralai": "mistral_ai", "amazon": "aws.bedrock", "aws": "aws.bedrock",
        "azure": "azure.ai.openai", "google": "gcp.gen_ai", "moonshot": "moonshot_ai", "together": "together_ai",
        // OpenLLMetry, LiteLLM, OpenLIT and others
        "mistral": "mistral_ai", "bedrock": "aws.bedrock", "aws_bedrock": "aws.bedrock",
        "amazon_bedrock": "aws.bedrock", "amazon-bedrock": "aws.bedrock", "watsonx": "ibm.watsonx.ai",
        "ibm_watsonx": "ibm.watsonx.ai", "azure_openai": "azure.ai.openai", "azure_ai": "azure.ai.inference",
        "azure-openai": "azure.ai.openai", "azure.openai": "azure.ai.openai", "vertex": "gcp.vertex_ai",
        "google_ai_studio": "gcp.gemini", "google_genai": "gcp.gen_ai", "google_generativeai": "gcp.gemini",
        "google-vertexai": "gcp.vertex_ai", "fireworks_ai": "fireworks", "huggingface": "hugging_face",
        "cohere_chat": "cohere", "x.ai": "x_ai", "google.vertex.chat": "gcp.vertex_ai",
    ]

    private static let vercelProviders: [String: String] = [
        "openai": "openai", "anthropic": "anthropic", "google": "gcp.gen_ai", "vertex": "gcp.vertex_ai",
        "azure-openai": "azure.ai.openai", "mistral": "mistral_ai", "xai": "x_ai", "groq": "groq",
        "cohere": "cohere", "deepseek": "deepseek", "perplexity": "perplexity",
    ]
}
