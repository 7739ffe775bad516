import StewardModel

extension Event {
    /// Whether a provider charges for this: a failed call without usage costs nothing and is not missing a price.
    package var isBillable: Bool { status == .ok || usage != nil }

    /// Whether another model answered than was asked for; `nil` when that is not known. A dated or otherwise longer
    /// name of the same model is the same: `gpt-4o` may answer as `gpt-4o-2024-08-06`.
    var answersAsAnother: Bool? {
        guard let model, let responseModel else { return nil }
        return !(responseModel == model || responseModel.hasPrefix(model + "-") || model.hasSuffix("/" + responseModel))
    }

    /// What the event says of each signal: derived once, here, and all that its rollups are made from.
    package func observations(cost: Nanodollars?) -> [Observation] {
        var result: [Observation] = []
        result.reserveCapacity(20)
        func add(_ signal: Signal, _ value: Int64?) {
            if let value { result.append(.number(signal, value)) }
        }
        add(.status, Int64(status.rawValue))
        add(.latency, latencyMicroseconds)
        add(.timeToFirstToken, timeToFirstTokenMicroseconds)
        add(.outputTokensPerSecond, outputDecitokensPerSecond)
        add(.inputTokens, usage?.inputTokens)
        add(.outputTokens, usage?.outputTokens)
        add(.cachedInputTokens, usage?.cachedInputTokens)
        add(.cacheWriteTokens, usage?.cacheWriteTokens)
        add(.reasoningTokens, usage?.reasoningTokens)
        if let cost {
            add(.cost, cost.amount)
        } else if isBillable {
            result.append(.absent(.cost))
        }
        if let finishReason { result.append(.category(.finishReason, finishReason)) }
        if let outcome { result.append(.category(.outcome, outcome)) }
        if let groundTruth { result.append(.namedCategory("ground_truth." + GroupDeclaration.usualTruth, groundTruth)) }
        if let answersAsAnother { add(.modelMismatch, answersAsAnother ? 1 : 0) }
        for (name, score) in scores.sorted(by: { $0.key < $1.key }) { result.append(.named("score." + name, score)) }
        result += contentObservations()
        if status == .error { result.append(.category(.errorType, error?.type ?? "unspecified")) }
        return result
    }
}
