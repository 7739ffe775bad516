/// Whether a span is one call of a model.
///
/// Only calls become events. Agents, workflows, chains, tasks, tools and retrievals are no calls, even where they
/// carry tokens: those are the sum of the calls below them and would be counted twice.
///
/// The first of ``markers`` that the span carries and that knows its value decides. Without any, a span is a call if
/// it names a model and a provider or tokens, and nothing of an agent or tool.
enum SpanRole: Equatable {
    /// With the operation that the marker stands for.
    case call(operation: String?)
    case other

    init(_ slots: SpanSlots, in bytes: [UInt8]) {
        for marker in Self.markers {
            guard let value = slots.text(marker.field, in: bytes) else { continue }
            if let operation = marker.calls[value.lowercased()] {
                self = .call(operation: operation)
                return
            }
            if marker.others == .noCalls || marker.notCalls.contains(value.lowercased()) {
                self = .other
                return
            }
        }
        let hasModel = slots[.requestModel] != nil || slots[.responseModel] != nil
        let hasMore = slots[.provider] != nil || slots[.inputTokens] != nil || slots[.outputTokens] != nil
        self = hasModel && hasMore && slots[.notACall] == nil ? .call(operation: nil) : .other
    }

    private struct Marker {
        var field: SpanField
        /// Values that stand for a call, in lower case, each with its operation.
        var calls: [String: String]
        var notCalls: Set<String> = []
        var others = Others.undecided

        enum Others { case undecided, noCalls }
    }

    private static let markers: [Marker] = [
        Marker(
            field: .operation,
            calls: [
                "chat": "chat", "generate_content": "generate_content", "text_completion": "text_completion",
                "completion": "text_completion", "embeddings": "embeddings", "embedding": "embeddings",
            ],
            notCalls: [
                "create_agent", "invoke_agent", "execute_tool", "invoke_workflow", "retrieval", "plan", "rerank",
                "create_memory_store", "delete_memory_store", "search_memory", "create_memory", "update_memory",
                "upsert_memory", "delete_memory", "execute_task", "agent", "task", "execution", "tool_coordination",
                "user_prompt_processing", "vectordb", "framework", "crawl", "crawl_deep",
            ]),
        Marker(field: .openInferenceKind, calls: ["llm": "chat", "embedding": "embeddings"], others: .noCalls),
        Marker(
            field: .langfuseType, calls: ["generation": "chat", "embedding": "embeddings"], others: .noCalls),
        // The spans around these (`ai.generateText`) sum up the steps they took.
        Marker(
            field: .vercelOperation,
            calls: [
                "ai.generatetext.dogenerate": "chat", "ai.streamtext.dostream": "chat",
                "ai.generateobject.dogenerate": "chat", "ai.streamobject.dostream": "chat",
                "ai.embed.doembed": "embeddings", "ai.embedmany.doembed": "embeddings",
            ], others: .noCalls),
        Marker(
            field: .requestType,
            calls: ["chat": "chat", "completion": "text_completion", "embedding": "embeddings"],
            notCalls: ["rerank"]),
        Marker(field: .traceloopKind, calls: [:], others: .noCalls),
    ]
}
