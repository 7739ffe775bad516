import StewardModel
import StewardPolicy

/// What a rollout starts from, measured right before.
package struct RolloutStart: Sendable {
    package var deployment: String
    package var environment: String
    package var version: String
    package var policy: RolloutPolicy
    package var policyDigest: String
    package var thresholds: [Double?]
    package var counts: RolloutCounts
    /// Tries a version again that was rolled back within the cool-down.
    package var isRetry: Bool
    package var reason: String?

    package init(
        deployment: String, environment: String, version: String, policy: RolloutPolicy, policyDigest: String,
        thresholds: [Double?], counts: RolloutCounts, isRetry: Bool, reason: String?
    ) {
        self.deployment = deployment
        self.environment = environment
        self.version = version
        self.policy = policy
        self.policyDigest = policyDigest
        self.thresholds = thresholds
        self.counts = counts
        self.isRetry = isRetry
        self.reason = reason
    }
}

/// What a person asks of a rollout.
package enum RolloutRequest: String, Sendable { case abort, pause, resume, approve }

extension GovernanceState {
    /// The rollout under way in an environment.
    package func activeRollout(_ deployment: String, _ environment: String) -> Rollout? {
        rollouts.values.first {
            !$0.phase.isOver && $0.deployment == deployment && $0.environment == environment
        }
    }

    package func rollout(_ id: String) throws(StewardError) -> Rollout {
        guard let rollout = rollouts[id] else {
            throw StewardError(.notFound, "there is no rollout '\(id)'", field: "id")
        }
        return rollout
    }

    func start(_ start: RolloutStart, by actor: Actor, now: Timestamp) throws(StewardError) -> [Change] {
        try check(reason: start.reason)
        let deployment = try self.deployment(start.deployment)
        try checkRegistered(start.version, deployment, field: "version")
        let route = try self.route(start.deployment, start.environment)
        if let active = activeRollout(start.deployment, start.environment) {
            if active.version == start.version { return [] }
            throw StewardError(
                .refused, "the rollout \(active.id) of \(active.version) is under way; abort it first",
                field: "version")
        }
        if let experiment = activeExperiment(start.deployment, start.environment) {
            throw StewardError(
                .refused, "the experiment \(experiment.id) is under way; conclude it first", field: "version")
        }
        guard route.plan.targets != [Target(version: start.version, weight: 100)],
            route.plan.mainVersion != start.version
        else { throw StewardError(.refused, "'\(start.version)' serves already", field: "version") }
        guard !route.frozen else { throw frozen(deployment.name, environment: start.environment) }
        let earlier = rollouts.values.filter {
            $0.deployment == start.deployment && $0.environment == start.environment && $0.version == start.version
        }
        let failed = earlier.filter { $0.phase == .rolledBack }.compactMap(\.ended).max()
        if let failed, !start.isRetry, now < failed + start.policy.plan.coolDown {
            throw StewardError(
                .refused,
                "'\(start.version)' was rolled back at \(failed.rfc3339); ask for a retry to try it again now",
                field: "retry")
        }
        for (rule, arms) in zip(start.policy.plan.guards, zip(start.counts.canary, start.counts.stable))
        where !arms.0.isFinite || !arms.1.isFinite {
            throw StewardError(
                .refused, "what was measured of \(rule.metric.rawValue) is too large to compare; guard another metric",
                field: "policy")
        }
        let rollout = Rollout(
            id: "R\(size)", deployment: start.deployment, environment: start.environment, version: start.version,
            attempt: (earlier.map(\.attempt).max() ?? 0) + 1, stable: route.plan, policy: start.policy.name,
            policyDigest: start.policyDigest, mode: start.policy.mode, plan: start.policy.plan,
            thresholds: start.thresholds, startCounts: start.counts, startedBy: actor.identity,
            stepEvents: start.counts.events, reason: start.reason)
        if start.policy.knownGood == .skip, route.hasServed(start.version) {
            let reason = "it has served everybody before; known_good is skip"
            return [
                .rolloutStarted(rollout), move(rollout, .complete, reason: reason),
                routeChange(rollout, to: rollout.whole, .promote, reason),
            ]
        }
        return [.rolloutStarted(rollout), routeChange(rollout, to: rollout.route(atStep: 0), .set, start.reason)]
    }

    /// Carries out what the engine said of a rollout in the state `record`; nothing where that has changed since.
    func carryOut(
        _ action: RolloutAction, id: String, record: Int64, counts: RolloutCounts
    ) throws(StewardError) -> [Change] {
        let rollout = try self.rollout(id)
        guard !rollout.phase.isOver, rollout.record == record else { return [] }
        let route = try self.route(rollout.deployment, rollout.environment)
        switch action {
        case .begin: return [move(rollout, .begin)]
        case .advance(let step):
            guard !route.frozen, rollout.phase == .progressing, rollout.plan.steps.indices.contains(step) else {
                return []
            }
            let reason = rollout.evidence(counts)
            var move = moveOf(rollout, .advance, reason: reason)
            move.step = step
            move.events = counts.events
            return [.rolloutMoved(move), routeChange(rollout, to: rollout.route(atStep: step), .set, reason)]
        case .awaitApproval(let step):
            return [move(rollout, .await, reason: "Step \(step + 1) needs a second person's approval.")]
        case .complete:
            guard !route.frozen, rollout.phase == .progressing else { return [] }
            let reason = rollout.evidence(counts)
            return [
                move(rollout, .complete, reason: reason), routeChange(rollout, to: rollout.whole, .promote, reason),
            ]
        case .rollback(let decision, let reason):
            return [
                move(rollout, .rollback, reason: reason, decision),
                routeChange(rollout, to: rollout.stable, .rollback, reason, decision),
            ]
        case .freeze(let decision):
            let hold = move(rollout, .hold, reason: decision.explanation, decision)
            guard !route.frozen else { return [hold] }
            return [
                hold,
                .frozen(
                    deployment: rollout.deployment, environment: rollout.environment, reason: decision.explanation,
                    decision: decision),
            ]
        case .hold(let decision): return [move(rollout, .hold, reason: decision.explanation, decision)]
        case .bothBad(let decision):
            return [move(rollout, .bothBad, reason: decision.explanation, decision)] + page(rollout, decision)
        case .pause(let reason): return [move(rollout, .pause, reason: reason)]
        case .note(let decision): return [move(rollout, .note, decision)]
        }
    }

    /// Puts on record what a webhook said of a step; a refusal pauses the rollout with it.
    func take(_ answer: HookAnswer, id: String, record: Int64) throws(StewardError) -> [Change] {
        let rollout = try self.rollout(id)
        guard !rollout.phase.isOver, rollout.record == record else { return [] }
        var told = moveOf(rollout, .answer)
        told.step = answer.step
        told.answer = answer
        guard answer.verdict == .no else { return [.rolloutMoved(told)] }
        let reason = "The webhook \(answer.hook) refused: \(answer.reply)."
        return [.rolloutMoved(told), move(rollout, .pause, reason: reason)]
    }

    /// Wakes somebody: no version is left that could be gone back to.
    private func page(_ rollout: Rollout, _ decision: Decision) -> [Change] {
        let isOpen = openFindings.values.contains { open in
            open.finding.decision?.policy == decision.policy && open.finding.series == rollout.series
        }
        guard !isOpen else { return [] }
        let title =
            "\(rollout.deployment) \(rollout.version) and \(rollout.stableVersion) are both bad, and a person must "
            + "decide: \(decision.explanation)"
        return [
            .findingOpened(
                Finding(
                    id: "F\(size)-\(rollout.id)", severity: .critical, deployment: rollout.deployment,
                    environment: rollout.environment, version: rollout.version, title: title,
                    basis: .policy(decision)))
        ]
    }

    /// What a person asks. An abort is carried out in every phase, and changes nothing once it is over.
    func request(
        _ request: RolloutRequest, id: String, reason: String?, by actor: Actor
    ) throws(StewardError) -> [Change] {
        try check(reason: reason)
        let rollout = try self.rollout(id)
        if rollout.phase.isOver {
            guard request != .abort else { return [] }
            throw StewardError(
                .conflict, "the rollout is over (\(rollout.phase.rawValue)); start a new one", field: "id")
        }
        switch request {
        case .abort:
            return [
                move(rollout, .abort, reason: reason),
                routeChange(rollout, to: rollout.stable, .rollback, reason ?? "aborted"),
            ]
        case .pause: return rollout.phase == .paused ? [] : [move(rollout, .pause, reason: reason)]
        case .resume:
            switch rollout.phase {
            case .paused, .held, .bothBad: return [move(rollout, .resume, reason: reason)]
            default: return []
            }
        case .approve:
            guard rollout.phase == .awaitingApproval else {
                throw StewardError(.conflict, "no step of it waits for an approval", field: "id")
            }
            guard actor.identity != rollout.startedBy else {
                throw StewardError(
                    .refused, "'\(actor.identity)' started it; somebody else must approve (four eyes)", field: "id")
            }
            var move = moveOf(rollout, .approve, reason: reason)
            move.step = rollout.step + 1
            return [.rolloutMoved(move)]
        }
    }

    private func move(
        _ rollout: Rollout, _ kind: RolloutMove.Kind, reason: String? = nil, _ decision: Decision? = nil
    ) -> Change { .rolloutMoved(moveOf(rollout, kind, reason: reason, decision)) }

    private func moveOf(
        _ rollout: Rollout, _ kind: RolloutMove.Kind, reason: String? = nil, _ decision: Decision? = nil
    ) -> RolloutMove {
        RolloutMove(
            kind: kind, id: rollout.id, deployment: rollout.deployment, environment: rollout.environment,
            version: rollout.version, step: rollout.step, reason: reason, decision: decision)
    }

    private func routeChange(
        _ rollout: Rollout, to plan: RoutePlan, _ kind: RouteChange.Kind, _ reason: String?,
        _ decision: Decision? = nil
    ) -> Change {
        let route = deployments[rollout.deployment]?.routes[rollout.environment]
        return .routeChanged(
            RouteChange(
                kind: kind, deployment: rollout.deployment, environment: rollout.environment, plan: plan,
                previous: route?.targets ?? [], reason: reason, decision: decision, rollout: rollout.id))
    }
}

extension Rollout {
    /// What a step passed on, for readers of the log: how many requests, and what each guard saw since the start.
    fileprivate func evidence(_ counts: RolloutCounts) -> String {
        func mean(_ arm: Tally, since start: Tally) -> String {
            arm.since(start).mean.map { NumberText.short($0) } ?? "nothing"
        }
        let arms = zip(zip(counts.canary, startCounts.canary), zip(counts.stable, startCounts.stable))
        let guards = zip(zip(plan.guards, thresholds), arms).map { rule, arms in
            let name = rule.0.metric.rawValue
            let what = rule.1.map { "share of \(name) beyond \(NumberText.short($0))" } ?? name
            let stable = mean(arms.1.0, since: arms.1.1)
            return "\(what) \(mean(arms.0.0, since: arms.0.1)) (\(stableVersion): \(stable))"
        }
        let requests = max(0, counts.events - stepEvents)
        return "step \(step + 1) of \(plan.steps.count) passed with \(requests) requests: "
            + guards.joined(separator: ", ")
    }
}
