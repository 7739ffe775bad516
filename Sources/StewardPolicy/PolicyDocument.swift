import StewardJSON

/// A file below `policies/`, told apart by its `kind`.
package enum PolicyDocument: Sendable {
    case rollback(RollbackPolicy)
    case prices(PriceList)
    case bias(BiasPolicy)
    case rollout(RolloutPolicy)
    case signals(SignalDeclarations)
    case budget(BudgetPolicy)
    case probes(ProbeSuite)
    case promotion(PromotionPolicy)
    case energy(EnergyEstimates)
    case webhook(WebhookPolicy)
    case lifecycle(LifecyclePolicy)

    /// As the file says it.
    package var kindName: String {
        switch self {
        case .rollback: Kind.rollback.rawValue
        case .prices: Kind.prices.rawValue
        case .bias: Kind.bias.rawValue
        case .rollout: Kind.rollout.rawValue
        case .signals: Kind.signals.rawValue
        case .budget: Kind.budget.rawValue
        case .probes: Kind.probes.rawValue
        case .promotion: Kind.promotion.rawValue
        case .energy: Kind.energy.rawValue
        case .webhook: Kind.webhook.rawValue
        case .lifecycle: Kind.lifecycle.rawValue
        }
    }

    package enum Kind: String, Sendable, CaseIterable {
        case rollback, prices, bias, rollout, signals, budget, probes, promotion, energy, webhook, lifecycle
    }

    /// Reads and checks one file of any kind.
    package static func parse(file: String, text: String) -> Result<PolicyDocument, Problems> {
        YAMLNode.parse(file: file, text: text).flatMap { node in
            var reader = MappingReader(node, file: file)
            // Which keys are known depends on the kind, so without it the other keys cannot be judged.
            guard let kind = reader.required("kind", FieldType<Kind>.choice()) else {
                return .failure(Problems(reader.problems))
            }
            let document = read(kind, &reader, file: file)
            let problems = reader.finish()
            guard let document, problems.isEmpty else { return .failure(Problems(problems)) }
            return .success(document)
        }
    }

    private static func read(_ kind: Kind, _ reader: inout MappingReader, file: String) -> PolicyDocument? {
        switch kind {
        case .rollback: RollbackPolicy(reading: &reader).map(PolicyDocument.rollback)
        case .prices: PriceList(reading: &reader, file: file).map(PolicyDocument.prices)
        case .bias: BiasPolicy(reading: &reader).map(PolicyDocument.bias)
        case .rollout: RolloutPolicy(reading: &reader).map(PolicyDocument.rollout)
        case .signals: SignalDeclarations(reading: &reader).map(PolicyDocument.signals)
        case .budget: BudgetPolicy(reading: &reader).map(PolicyDocument.budget)
        case .probes: ProbeSuite(reading: &reader).map(PolicyDocument.probes)
        case .promotion: PromotionPolicy(reading: &reader).map(PolicyDocument.promotion)
        case .energy: EnergyEstimates(reading: &reader).map(PolicyDocument.energy)
        case .webhook: WebhookPolicy(reading: &reader).map(PolicyDocument.webhook)
        case .lifecycle: LifecyclePolicy(reading: &reader).map(PolicyDocument.lifecycle)
        }
    }

    /// What an editor needs to help with files of every kind, as JSON Schema (draft 7, which editors know best): the
    /// keys as the readers ask for them. What only several values together can be wrong in, only Steward says.
    package static var schema: JSONValue {
        let kinds: [JSONValue] = Kind.allCases.map { kind in
            let body = FieldShape.schema { reader in
                _ = reader.required("kind", FieldType<Kind>.choice())
                _ = read(kind, &reader, file: "")
            }
            return [
                "if": ["properties": ["kind": ["const": .string(kind.rawValue)]], "required": ["kind"]],
                "then": FieldTexts.describe(body, [kind.rawValue]),
            ]
        }
        return [
            "$schema": "http://json-schema.org/draft-07/schema#", "title": "A policy of Steward",
            "description": "Files below policies/; their kind says what they are about.", "type": "object",
            "required": ["kind"],
            "properties": [
                "kind": FieldType<Kind>.choice().schema.adding(["description": "What the file is about."])
            ],
            "allOf": .array(kinds),
        ]
    }

    /// The name that no other policy may have; `nil` for a price list.
    package var name: String? {
        switch self {
        case .rollback(let policy): policy.name
        case .bias(let policy): policy.name
        case .rollout(let policy): policy.name
        case .signals(let declarations): declarations.name
        case .budget(let policy): policy.name
        case .probes(let suite): suite.name
        case .promotion(let policy): policy.name
        case .energy(let estimates): estimates.name
        case .webhook(let policy): policy.name
        case .lifecycle(let policy): policy.name
        case .prices: nil
        }
    }

    /// What it is for, in its own words; `nil` where its kind has none.
    package var summary: String? {
        switch self {
        case .rollback(let policy): policy.summary
        case .bias(let policy): policy.summary
        case .rollout(let policy): policy.summary
        case .budget(let policy): policy.summary
        case .probes(let suite): suite.summary
        case .promotion(let policy): policy.summary
        case .webhook(let policy): policy.summary
        case .lifecycle(let policy): policy.summary
        case .prices, .signals, .energy: nil
        }
    }

    /// Whether it acts, as the file says it; `nil` where its kind knows no other way.
    package var mode: String? {
        switch self {
        case .rollback(let policy): policy.mode.rawValue
        case .rollout(let policy): policy.mode.rawValue
        case .budget(let policy): policy.mode.rawValue
        case .promotion(let policy): policy.mode.rawValue
        case .lifecycle(let policy): policy.mode.rawValue
        case .bias, .prices, .signals, .probes, .energy, .webhook: nil
        }
    }
}
