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

    private enum Kind: String, CaseIterable {
        case rollback, prices, bias, rollout, signals, budget, probes, promotion, energy, webhook, lifecycle
    }

    /// Reads and checks one file of any kind.
    package static func parse(file: String, text: String) -> Result<PolicyDocument, Problems> {
        YAMLNode.parse(file: file, text: text).flatMap { node in
            var reader = MappingReader(node, file: file)
            var document: PolicyDocument?
            switch reader.required("kind", FieldType<Kind>.choice()) {
            case .rollback: document = RollbackPolicy(reading: &reader).map(PolicyDocument.rollback)
            case .prices: document = PriceList(reading: &reader, file: file).map(PolicyDocument.prices)
            case .bias: document = BiasPolicy(reading: &reader).map(PolicyDocument.bias)
            case .rollout: document = RolloutPolicy(reading: &reader).map(PolicyDocument.rollout)
            case .signals: document = SignalDeclarations(reading: &reader).map(PolicyDocument.signals)
            case .budget: document = BudgetPolicy(reading: &reader).map(PolicyDocument.budget)
            case .probes: document = ProbeSuite(reading: &reader).map(PolicyDocument.probes)
            case .promotion: document = PromotionPolicy(reading: &reader).map(PolicyDocument.promotion)
            case .energy: document = EnergyEstimates(reading: &reader).map(PolicyDocument.energy)
            case .webhook: document = WebhookPolicy(reading: &reader).map(PolicyDocument.webhook)
            case .lifecycle: document = LifecyclePolicy(reading: &reader).map(PolicyDocument.lifecycle)
            // Which keys are known depends on the kind, so the other keys cannot be judged.
            case nil: return .failure(Problems(reader.problems))
            }
            let problems = reader.finish()
            guard let document, problems.isEmpty else { return .failure(Problems(problems)) }
            return .success(document)
        }
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
