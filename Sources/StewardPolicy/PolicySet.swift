import StewardModel

/// A policy and the file that states it.
package struct PolicyEntry<Policy: Sendable>: Sendable {
    package var policy: Policy
    package var file: String
    /// Of the file's bytes, as the digest function writes it.
    package var digest: String
}

/// Every policy in force: immutable, and either all of its files are good or there is no set.
package struct PolicySet: Sendable {
    package typealias Entry = PolicyEntry<RollbackPolicy>
    package typealias BiasEntry = PolicyEntry<BiasPolicy>
    package typealias RolloutEntry = PolicyEntry<RolloutPolicy>
    package typealias BudgetEntry = PolicyEntry<BudgetPolicy>
    package typealias PromotionEntry = PolicyEntry<PromotionPolicy>
    package typealias WebhookEntry = PolicyEntry<WebhookPolicy>
    package typealias LifecycleEntry = PolicyEntry<LifecyclePolicy>

    /// Of all kinds, sorted by path; so are the lists of each kind.
    package let documents: [PolicyEntry<PolicyDocument>]
    package let entries: [Entry]
    package let biasEntries: [BiasEntry]
    package let rolloutEntries: [RolloutEntry]
    package let budgetEntries: [BudgetEntry]
    package let promotionEntries: [PromotionEntry]
    package let webhookEntries: [WebhookEntry]
    package let lifecycleEntries: [LifecycleEntry]
    /// What operators want measured besides the built-in signals.
    package let signalDeclarations: [SignalDeclarations]
    /// The first that names a model speaks for it.
    package let energy: [EnergyEstimates]
    /// Of one line `<digest>  <path>` for each file, sorted by path: what `sha256sum` prints, digested again.
    package let digest: String

    private init(_ documents: [PolicyEntry<PolicyDocument>], digest: String) {
        func list<Policy>(_ pick: (PolicyDocument) -> Policy?) -> [PolicyEntry<Policy>] {
            documents.compactMap { entry in
                pick(entry.policy).map { PolicyEntry(policy: $0, file: entry.file, digest: entry.digest) }
            }
        }
        self.documents = documents
        self.digest = digest
        entries = list { if case .rollback(let policy) = $0 { policy } else { nil } }
        biasEntries = list { if case .bias(let policy) = $0 { policy } else { nil } }
        rolloutEntries = list { if case .rollout(let policy) = $0 { policy } else { nil } }
        budgetEntries = list { if case .budget(let policy) = $0 { policy } else { nil } }
        promotionEntries = list { if case .promotion(let policy) = $0 { policy } else { nil } }
        webhookEntries = list { if case .webhook(let policy) = $0 { policy } else { nil } }
        lifecycleEntries = list { if case .lifecycle(let policy) = $0 { policy } else { nil } }
        signalDeclarations = list { if case .signals(let policy) = $0 { policy } else { nil } }.map(\.policy)
        energy = list { if case .energy(let policy) = $0 { policy } else { nil } }.map(\.policy)
    }

    /// Reads all policies, or says everything that is wrong with them.
    ///
    /// `digest` is the digest function, such as SHA-256 in hexadecimal.
    package static func load(
        files: [(path: String, text: String)], digest: ([UInt8]) -> String
    ) -> Result<PolicySet, Problems> {
        var problems: [Problem] = []
        var documents: [PolicyEntry<PolicyDocument>] = []
        var owners: [String: String] = [:]
        // By bytes, so that every machine has the same order.
        for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
            switch PolicyDocument.parse(file: file.path, text: file.text) {
            case .failure(let found):
                problems += found.all
            case .success(.prices):
                let message = "is a price list; price lists belong into policies/prices"
                problems.append(Problem(file: file.path, message: message))
            case .success(let document):
                if let name = document.name, let owner = owners.updateValue(file.path, forKey: name) {
                    let message = "the name \(name) is taken by \(owner); give this policy another"
                    problems.append(Problem(file: file.path, message: message))
                }
                documents.append(
                    PolicyEntry(policy: document, file: file.path, digest: digest(Array(file.text.utf8))))
            }
        }
        guard problems.isEmpty else { return .failure(Problems(problems)) }
        let lines = documents.map { "\($0.digest)  \($0.file)\n" }.joined()
        return .success(PolicySet(documents, digest: digest(Array(lines.utf8))))
    }

    /// Which groups events are counted in.
    package var groupPlan: GroupPlan { GroupPlan(biasEntries.map(\.policy)) }

    /// Every policy's name and digest.
    package var names: [String: String] {
        let named = documents.compactMap { entry in entry.policy.name.map { ($0, entry.digest) } }
        return Dictionary(named) { first, _ in first }
    }

    /// The rollout policy of this name, or the first that holds for a route.
    package func rollout(named name: String?, deployment: String, environment: String) -> RolloutEntry? {
        rolloutEntries.first { entry in
            name.map { $0 == entry.policy.name }
                ?? entry.policy.applies(deployment: deployment, environment: environment)
        }
    }

    /// The policies that hold for a route, in the order of their files.
    package func policies(deployment: String, environment: String) -> [Entry] {
        entries.filter { $0.policy.applies(deployment: deployment, environment: environment) }
    }
}
