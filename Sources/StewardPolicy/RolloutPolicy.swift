import StewardModel

/// How a new version reaches an environment: in steps, watched by guards.
package struct RolloutPolicy: Sendable, Equatable {
    package var name: String
    package var summary: String
    package var mode: RollbackPolicy.Mode
    package var deployments: [Glob]
    package var environments: [Glob]
    package var plan: RolloutPlan
    package var knownGood = KnownGood.steps

    /// What becomes of a version that has served everybody before and was not rolled back since.
    package enum KnownGood: String, Sendable, CaseIterable {
        /// It goes through every step like any other.
        case steps
        /// It serves everybody at once: what it does is known.
        case skip
    }

    package func applies(deployment: String, environment: String) -> Bool {
        deployments.contains { $0.matches(deployment) } && environments.contains { $0.matches(environment) }
    }
}

/// What a rollout does; fixed when it starts, so that a changed file changes no rollout under way.
package struct RolloutPlan: Sendable, Equatable {
    /// In order; after the last one the new version serves everybody.
    package var steps: [RolloutStep]
    package var guards: [RolloutGuard]
    /// The chance of ever calling a harmless version harmful, for all guards together.
    package var alpha: Double
    package var onNoData: RollbackPolicy.NoData
    package var onFailure: OnFailure
    /// From the start to the end, pauses included.
    package var deadline: Duration
    package var onDeadline: OnDeadline
    /// How long the same version is not tried again after it was rolled back, unless somebody asks for a retry.
    package var coolDown: Duration

    package init(
        steps: [RolloutStep], guards: [RolloutGuard], alpha: Double, onNoData: RollbackPolicy.NoData,
        onFailure: OnFailure, deadline: Duration, onDeadline: OnDeadline, coolDown: Duration
    ) {
        self.steps = steps
        self.guards = guards
        self.alpha = alpha
        self.onNoData = onNoData
        self.onFailure = onFailure
        self.deadline = deadline
        self.onDeadline = onDeadline
        self.coolDown = coolDown
    }

    package enum OnFailure: String, Sendable, CaseIterable {
        case rollback
        /// Keeps the weights, takes no promotion, and waits for a person: where going back is not safe.
        case freeze
        /// Keeps the weights and waits for a person.
        case hold
    }

    package enum OnDeadline: String, Sendable, CaseIterable { case rollback, hold }
}

package struct RolloutStep: Sendable, Equatable {
    /// The new version's share in percent, 1 to 100.
    package var weight: Int64
    /// Requests that the new version must have served in this step; at least 1.
    package var minimumSample: Int64
    package var minimumTime: Duration
    /// Whether a second person must agree before the step begins.
    package var needsApproval: Bool

    package init(weight: Int64, minimumSample: Int64, minimumTime: Duration, needsApproval: Bool = false) {
        self.weight = weight
        self.minimumSample = minimumSample
        self.minimumTime = minimumTime
        self.needsApproval = needsApproval
    }
}

/// What must not get worse while a version is rolled out.
package struct RolloutGuard: Sendable, Equatable {
    package enum Limit: Sendable, Equatable {
        /// In the metric's unit.
        case absolute(Double)
        /// `ratio` times the stable version's value plus `difference`; less it, where less is worse.
        case stable(ratio: Double, difference: Double)
    }
    package var metric: Metric
    package var limit: Limit

    package init(metric: Metric, limit: Limit) {
        self.metric = metric
        self.limit = limit
    }
}
