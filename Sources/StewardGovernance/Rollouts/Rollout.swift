import StewardModel
import StewardPolicy

/// One attempt to bring a version to an environment in steps.
package struct Rollout: Sendable, Equatable {
    package enum Phase: String, Sendable, CaseIterable {
        /// Nobody was routed to the new version yet; the clock has not started.
        case waiting
        case progressing
        /// The next step waits for a second person.
        case awaitingApproval = "awaiting_approval"
        /// A person stopped it, or its deadline or a gate did.
        case paused
        /// A guard failed and the policy leaves the route as it is, for a person to decide.
        case held
        /// The new version does harm and so does the one to go back to: a person must decide.
        case bothBad = "both_bad"
        case completed
        case rolledBack = "rolled_back"
        case aborted
        /// Somebody changed the route in another way.
        case superseded

        package var isOver: Bool {
            switch self {
            case .completed, .rolledBack, .aborted, .superseded: true
            case .waiting, .progressing, .awaitingApproval, .paused, .held, .bothBad: false
            }
        }
    }

    package var id: String
    package var deployment: String
    package var environment: String
    package var version: String
    /// From 1; a retry of the same version is a new attempt.
    package var attempt: Int64
    /// What served when it began: where an abort goes.
    package var stable: RoutePlan
    package var policy: String
    package var policyDigest: String
    package var mode: RollbackPolicy.Mode
    package var plan: RolloutPlan
    /// Per guard, for quantiles: the value beyond which events are counted, from the stable version's own past.
    package var thresholds: [Double?]
    /// What had been counted of both versions before.
    package var startCounts: RolloutCounts
    package var startedBy: String
    package var started = Timestamp(microseconds: 0)
    package var phase = Phase.waiting
    /// The step whose weight is served, from 0.
    package var step = 0
    /// Since when; `nil` until the first request was routed.
    package var stepSince: Timestamp?
    /// Events of the new version when the step began.
    package var stepEvents: Int64
    /// The last step that a second person agreed to.
    package var approvedStep = -1
    package var approvedBy: String?
    /// What webhooks said of steps that have not begun, or of the one that serves.
    package var answers: [HookAnswer] = []
    package var ended: Timestamp?
    package var reason: String?
    package var decision: Decision?
    /// Of its last change; a judgement of an earlier state is void.
    package var record: Int64 = 0

    package var series: SeriesKey {
        SeriesKey(deployment: deployment, environment: environment, version: version)
    }
    package var stableVersion: String { stable.mainVersion ?? "" }

    /// The route at a step: the new version first, so that growing it moves nobody who is on it, and what served
    /// before in its own proportions.
    package func route(atStep step: Int) -> RoutePlan {
        let weight = plan.steps[step].weight
        var route = stable
        let others = stable.targets.filter { $0.version != version && $0.weight > 0 }
        let total = others.reduce(Int64(0)) { $0 + $1.weight }
        let own = Target(version: version, weight: others.count == 1 ? weight : weight * total)
        route.targets =
            [own]
            + others.map {
                let share = others.count == 1 ? 100 - weight : $0.weight * (100 - weight)
                return Target(version: $0.version, weight: share, name: $0.name)
            }
        return route
    }

    /// The route when every step has passed.
    var whole: RoutePlan {
        var plan = RoutePlan(only: version)
        plan.stickyBy = stable.stickyBy
        return plan
    }
}

/// What was counted so far of the two versions: all-time numbers, of which only differences count.
package struct RolloutCounts: Sendable, Equatable {
    /// Events of the new version.
    package var events: Int64
    /// Per guard.
    package var canary: [Tally]
    package var stable: [Tally]

    package init(events: Int64, canary: [Tally], stable: [Tally]) {
        self.events = events
        self.canary = canary
        self.stable = stable
    }
}

/// A change of a rollout under way.
package struct RolloutMove: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The first request was routed: the clock starts.
        case begin
        case advance
        case await
        case approve
        case pause
        case resume
        case hold
        case bothBad = "both_bad"
        case complete
        case rollback
        case abort
        /// What a policy in shadow mode would have done.
        case note
        /// What a webhook said of a step.
        case answer
    }

    package var kind: Kind
    package var id: String
    package var deployment: String
    package var environment: String
    package var version: String
    package var step: Int
    /// Events of the new version, all-time, where the step changes.
    package var events: Int64?
    package var reason: String?
    package var decision: Decision?
    /// Of ``Kind/answer``.
    package var answer: HookAnswer?
}

extension Rollout {
    /// Takes a change.
    mutating func apply(_ move: RolloutMove, by actor: Actor, at time: Timestamp, record: Int64) {
        self.record = record
        if let reason = move.reason { self.reason = reason }
        if let decision = move.decision { self.decision = decision }
        switch move.kind {
        case .begin:
            phase = .progressing
            stepSince = time
        case .advance:
            phase = .progressing
            step = move.step
            stepSince = time
            stepEvents = move.events ?? stepEvents
            answers.removeAll { $0.step < step }
        case .await: phase = .awaitingApproval
        case .approve:
            approvedStep = move.step
            approvedBy = actor.identity
            phase = .progressing
        case .pause: phase = .paused
        case .resume:
            phase = stepSince == nil ? .waiting : .progressing
            // Whoever resumes it has the webhooks asked again.
            answers.removeAll { $0.step > step }
        case .hold: phase = .held
        case .bothBad: phase = .bothBad
        case .complete: end(.completed, time)
        case .rollback: end(.rolledBack, time)
        case .abort: end(.aborted, time)
        case .note: break
        case .answer:
            guard var answer = move.answer else { return }
            answer.time = time
            answers.append(answer)
        }
    }

    mutating func end(_ phase: Phase, _ time: Timestamp) {
        self.phase = phase
        ended = time
    }
}
