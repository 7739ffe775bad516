import StewardModel

/// Every policy in force: immutable, and either all of its files are good or there is no set.
package struct PolicySet: Sendable {
    /// One policy and the file that states it.
    package struct Entry: Sendable {
        package var policy: RollbackPolicy
        package var file: String
        /// Of the file's bytes, as `digest` writes it.
        package var digest: String
    }

    /// One bias policy and the file that states it.
    package struct BiasEntry: Sendable {
        package var policy: BiasPolicy
        package var file: String
        /// As ``Entry/digest``.
        package var digest: String
    }

    /// One promotion policy and the file that states it.
    package struct PromotionEntry: Sendable {
        package var policy: PromotionPolicy
        package var file: String
        /// As ``Entry/digest``.
        package var digest: String
    }

    /// One rollout policy and the file that states it.
    package struct RolloutEntry: Sendable {
        package var policy: RolloutPolicy
        package var file: String
        /// As ``Entry/digest``.
        package var digest: String
    }

    /// One webhook and the file that states it.
    package struct WebhookEntry: Sendable {
        package var policy: WebhookPolicy
        package var file: String
        /// As ``Entry/digest``.
        package var digest: String
    }

    /// One lifecycle policy and the file that states it.
    package struct LifecycleEntry: Sendable {
        package var policy: LifecyclePolicy
        package var file: String
        /// As ``Entry/digest``.
        package var digest: String
    }

    /// One budget and the file that states it.
    package struct BudgetEntry: Sendable {
        package var policy: BudgetPolicy
        package var file: String
        /// As ``Entry/digest``.
        package var digest: String
    }

    /// Sorted by path.
    package let entries: [Entry]
    /// Sorted by path.
    package let biasEntries: [BiasEntry]
    /// Sorted by path.
    package let rolloutEntries: [RolloutEntry]
    /// What operators want measured besides the built-in signals; sorted by path.
    package let signalDeclarations: [SignalDeclarations]
    /// Sorted by path.
    package let budgetEntries: [BudgetEntry]
    package let promotionEntries: [PromotionEntry]
    /// Sorted by path; the first that names a model speaks for it.
    package let energy: [EnergyEstimates]
    package let webhookEntries: [WebhookEntry]
    package let lifecycleEntries: [LifecycleEntry]
    /// Of one line `<digest>  <path>` for each file, sorted by path: what `sha256sum` prints, digested again.
    package let digest: String

    /// Reads all policies, or says everything that is wrong with them.
    ///
    /// `digest` is the digest function, such as SHA-256 in hexadecimal.
    package static func load(
        files: [(path: String, text: String)], digest: ([UInt8]) -> String
    ) -> Result<PolicySet, Problems> {
        var problems: [Problem] = []
        var entries: [Entry] = []
        var biasEntries: [BiasEntry] = []
        var rolloutEntries: [RolloutEntry] = []
        var signalDeclarations: [SignalDeclarations] = []
        var budgetEntries: [BudgetEntry] = []
        var promotionEntries: [PromotionEntry] = []
        var energy: [EnergyEstimates] = []
        var webhookEntries: [WebhookEntry] = []
        var lifecycleEntries: [LifecycleEntry] = []
        var lines = ""
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
                let digest = digest(Array(file.text.utf8))
                lines += "\(digest)  \(file.path)\n"
                switch document {
                case .rollback(let policy):
                    entries.append(Entry(policy: policy, file: file.path, digest: digest))
                case .bias(let policy):
                    biasEntries.append(BiasEntry(policy: policy, file: file.path, digest: digest))
                case .rollout(let policy):
                    rolloutEntries.append(RolloutEntry(policy: policy, file: file.path, digest: digest))
                case .signals(let declarations): signalDeclarations.append(declarations)
                case .budget(let policy):
                    budgetEntries.append(BudgetEntry(policy: policy, file: file.path, digest: digest))
                case .promotion(let policy):
                    promotionEntries.append(PromotionEntry(policy: policy, file: file.path, digest: digest))
                case .energy(let estimates): energy.append(estimates)
                case .webhook(let policy):
                    webhookEntries.append(WebhookEntry(policy: policy, file: file.path, digest: digest))
                case .lifecycle(let policy):
                    lifecycleEntries.append(LifecycleEntry(policy: policy, file: file.path, digest: digest))
                // Suites are read by who asks them.
                case .prices, .probes: break
                }
            }
        }
        guard problems.isEmpty else { return .failure(Problems(problems)) }
        return .success(
            PolicySet(
                entries: entries, biasEntries: biasEntries, rolloutEntries: rolloutEntries,
                signalDeclarations: signalDeclarations, budgetEntries: budgetEntries,
                promotionEntries: promotionEntries, energy: energy, webhookEntries: webhookEntries,
                lifecycleEntries: lifecycleEntries,
                digest: digest(Array(lines.utf8))))
    }

    /// Which groups events are counted in.
    package var groupPlan: GroupPlan { GroupPlan(biasEntries.map(\.policy)) }

    /// Every policy's name and digest.
    package var names: [String: String] {
        let all =
            entries.map { ($0.policy.name, $0.digest) } + biasEntries.map { ($0.policy.name, $0.digest) }
            + rolloutEntries.map { ($0.policy.name, $0.digest) } + budgetEntries.map { ($0.policy.name, $0.digest) }
            + promotionEntries.map { ($0.policy.name, $0.digest) }
            + webhookEntries.map { ($0.policy.name, $0.digest) }
            + lifecycleEntries.map { ($0.policy.name, $0.digest) }
        return Dictionary(all) { first, _ in first }
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
