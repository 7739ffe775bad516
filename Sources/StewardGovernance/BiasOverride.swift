import StewardModel

/// One person's word that a version may be promoted although its bias audit did not pass. It takes two, of different
/// people, and neither is worth anything after a while.
package struct BiasOverride: Sendable, Equatable {
    package var deployment: String
    package var environment: String
    package var version: String
    package var reason: String

    package init(deployment: String, environment: String, version: String, reason: String) {
        self.deployment = deployment
        self.environment = environment
        self.version = version
        self.reason = reason
    }

    /// People who have to agree.
    package static let approvers = 2
    /// How long a word counts.
    package static let validity = Duration.seconds(86_400)

    init(_ data: RecordFields, deployment: String, environment: String) throws {
        self.init(
            deployment: deployment, environment: environment, version: try data.string("version"),
            reason: try data.string("reason"))
    }
}

/// A word with who gave it and when.
package struct RecordedBiasOverride: Sendable, Equatable {
    package var override: BiasOverride
    package var actor: Actor
    package var time: Timestamp
    package var record: Int64
}

extension GovernanceState {
    /// Words kept per deployment, the latest; the log has all.
    static let keptBiasOverrides = 200

    /// The words that count for a promotion now, one a person.
    package func biasOverrides(
        deployment: String, environment: String, version: String, now: Timestamp
    ) -> [RecordedBiasOverride] {
        var counted: [RecordedBiasOverride] = []
        for word in biasOverrides[deployment] ?? []
        where word.override.environment == environment && word.override.version == version
            && now < word.time + BiasOverride.validity
            && !counted.contains(where: { $0.actor.identity == word.actor.identity })
        {
            counted.append(word)
        }
        return counted
    }

    func decide(_ override: BiasOverride) throws(StewardError) -> [Change] {
        try check(override.environment, "environment")
        try check(reason: override.reason)
        guard !override.reason.isEmpty else {
            throw StewardError(.invalidInput, "say why; it is kept for ever", field: "reason")
        }
        try checkRegistered(override.version, try deployment(override.deployment), field: "version")
        return [.biasOverridden(override)]
    }
}
