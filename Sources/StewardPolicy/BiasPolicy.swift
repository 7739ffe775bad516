import StewardModel
import StewardStatistics

/// What is audited by group, by which rules, when, and which promotions wait for the answer.
package struct BiasPolicy: Sendable, Equatable {
    package var name: String
    /// One sentence for people: the file's own, or made from the attributes.
    package var summary: String
    package var deployments: [Glob]
    /// Where the decisions are made that count as evidence.
    package var environments: [Glob]
    /// Keys of `segments`, each audited alone.
    package var attributes: [String]
    package var intersections: [[String]]
    /// Values of any attribute that mean unknown, besides a missing one.
    package var unknownValues: [String]
    /// The outcomes that are favourable; all other outcomes are not. `nil`: the score decides.
    package var favourableOutcomes: [String]?
    package var truth: Truth?
    package var score: Score?
    /// The group that others are compared with, by attribute; the largest unless named.
    package var references: [String: String]
    package var rules: [FairnessRule]
    /// About what is no decision.
    package var serviceRules: [ServiceRule] = []
    package var confidence: Double
    /// Whole hours, because groups are counted by hour.
    package var window: Duration
    /// How often every version that decides is audited; `nil`: on demand and before promotion only.
    package var schedule: Duration?
    package var gate: Gate?
    package var localLaw144: LocalLaw144Option?

    package struct Truth: Sendable, Equatable {
        /// Of the feedback that tells it.
        package var name: String
        package var favourable: [String]
    }

    package struct Score: Sendable, Equatable {
        /// In an event's `scores`.
        package var name: String
        /// Above it a score counts for the scoring rate; `nil`: the median of all.
        package var threshold: Double?
    }

    /// Promotions that are audited first, and refused unless the audit passes.
    package struct Gate: Sendable, Equatable {
        package var environments: [Glob]
    }

    package struct LocalLaw144Option: Sendable, Equatable {
        package var excludedBelowShare: Double?
    }

    package func applies(deployment: String) -> Bool { deployments.contains { $0.matches(deployment) } }

    package func counts(_ series: SeriesKey) -> Bool {
        applies(deployment: series.deployment) && environments.contains { $0.matches(series.environment) }
    }

    package func gates(deployment: String, environment: String) -> Bool {
        applies(deployment: deployment) && (gate?.environments.contains { $0.matches(environment) } ?? false)
    }

    /// What is counted for the policy: every attribute, then every intersection.
    package var declarations: [GroupDeclaration] {
        (attributes.map { [$0] } + intersections).map {
            GroupDeclaration(attributes: $0, score: score?.name, truth: truth?.name)
        }
    }
}

/// A segment by which an experiment wants events to be counted while it runs.
package struct GroupRequest: Sendable, Hashable {
    package var deployment: String
    package var environment: String
    package var attribute: String

    package init(deployment: String, environment: String, attribute: String) {
        self.deployment = deployment
        self.environment = environment
        self.attribute = attribute
    }

    package var declaration: GroupDeclaration { GroupDeclaration(attributes: [attribute]) }
}

/// Which groups events are counted in: all bias policies and experiments together, each declaration once.
package struct GroupPlan: Sendable {
    private let policies: [BiasPolicy]
    /// Of experiments that run: for what comes from now on, so they are no part of the fingerprint.
    package var requests: [GroupRequest] = []

    package init(_ policies: [BiasPolicy] = []) { self.policies = policies }

    package var isEmpty: Bool { policies.isEmpty }

    /// Whether events of a series are counted by any policy.
    package func counts(_ series: SeriesKey) -> Bool { policies.contains { $0.counts(series) } }

    /// Differs where another plan would count some event in another group.
    package var fingerprint: String {
        policies.map { policy in
            let scope = [policy.deployments, policy.environments].map { $0.map(\.pattern).joined(separator: " ") }
            let declarations = policy.declarations.map {
                ($0.attributes + ["score", $0.score ?? "", "truth", $0.truth ?? ""]).joined(separator: " ")
            }
            return (scope + declarations + policy.unknownValues).joined(separator: "\u{1F}")
        }.joined(separator: "\u{1E}")
    }

    package func memberships(of event: Event) -> [GroupMembership] {
        guard !policies.isEmpty || !requests.isEmpty else { return [] }
        var result: [GroupMembership] = []
        for policy in policies where policy.counts(event.series) {
            for declaration in policy.declarations where !result.contains(where: { $0.declaration == declaration }) {
                result.append(GroupMembership(declaration, Self.value(of: event, declaration, policy.unknownValues)))
            }
        }
        for request in requests
        where request.deployment == event.series.deployment && request.environment == event.series.environment
            && !result.contains(where: { $0.declaration == request.declaration })
        {
            result.append(GroupMembership(request.declaration, Self.value(of: event, request.declaration, [])))
        }
        return result
    }

    private static func value(
        of event: Event, _ declaration: GroupDeclaration, _ unknownValues: [String]
    ) -> GroupValue {
        let values = declaration.attributes.compactMap { attribute -> String? in
            guard let value = event.segments[attribute], !value.isEmpty, !unknownValues.contains(value) else {
                return nil
            }
            return value
        }
        return values.count == declaration.attributes.count ? .known(values) : .unknown
    }
}
