import StewardModel
import StewardPolicy
import Synchronization

/// Where rollouts get their numbers from.
package struct RolloutMeasurer: Sendable {
    /// What to count, of which versions.
    package struct Scope: Sendable {
        package var deployment: String
        package var environment: String
        package var version: String
        package var stable: [String]
        package var guards: [RolloutGuard]
        /// Per guard, for quantiles.
        package var thresholds: [Double?]
    }

    package var counts: @Sendable (Scope) async throws -> RolloutCounts
    /// The quantile that a metric names, of all that a version has served; `nil` without data.
    package var value: @Sendable (SeriesKey, Metric) async throws -> Double?

    package init(
        counts: @Sendable @escaping (Scope) async throws -> RolloutCounts,
        value: @Sendable @escaping (SeriesKey, Metric) async throws -> Double?
    ) {
        self.counts = counts
        self.value = value
    }
}

/// Starts rollouts, and moves them on: measures, lets the engine judge, and has the governor carry it out.
package final class RolloutControl: Sendable {
    private let governor: Governor
    private let policies: @Sendable () -> PolicySet
    private let measurer: RolloutMeasurer
    /// What must hold in the transaction that lets a rollout's version serve most; `nil` where nothing must.
    private let gate: @Sendable (Rollout) async throws -> Command?
    private let hooks: HookDesk
    private let now: @Sendable () -> Timestamp
    private let latest = Mutex<[String: RolloutJudgement]>([:])

    package init(
        governor: Governor, policies: @Sendable @escaping () -> PolicySet, measurer: RolloutMeasurer,
        gate: @Sendable @escaping (Rollout) async throws -> Command?, hooks: HookDesk,
        now: @Sendable @escaping () -> Timestamp
    ) {
        self.governor = governor
        self.policies = policies
        self.measurer = measurer
        self.gate = gate
        self.hooks = hooks
        self.now = now
    }

    /// What the engine last said of each rollout under way.
    package func judgement(_ id: String) -> RolloutJudgement? { latest.withLock { $0[id] } }

    /// - Returns: the rollout, and whether it is new; one of the same version that is under way is returned as it is.
    package func start(
        deployment: String, environment: String, version: String, policy name: String?, isRetry: Bool,
        reason: String?, by actor: Actor
    ) async throws -> (rollout: Rollout, isNew: Bool) {
        let found = policies().rollout(named: name, deployment: deployment, environment: environment)
        guard let entry = found else {
            let message = name.map { "there is no rollout policy '\($0)'" } ?? "no rollout policy applies here"
            throw StewardError(.notFound, "\(message); put one into policies/rollout", field: "policy")
        }
        let state = governor.state
        let route = try state.route(deployment, environment)
        let plan = entry.policy.plan
        let stable = route.plan.serving.filter { $0 != version }
        var thresholds: [Double?] = []
        for rule in plan.guards { thresholds.append(try await threshold(rule, deployment, environment, route.plan)) }
        let counts = try await measurer.counts(
            RolloutMeasurer.Scope(
                deployment: deployment, environment: environment, version: version, stable: stable,
                guards: plan.guards, thresholds: thresholds))
        let start = RolloutStart(
            deployment: deployment, environment: environment, version: version, policy: entry.policy,
            policyDigest: "sha256:" + entry.digest, thresholds: thresholds, counts: counts, isRetry: isRetry,
            reason: reason)
        let records = try await governor.perform(.startRollout(start, by: actor, now: now()), by: actor)
        let started = records.lazy.compactMap { record -> String? in
            if case .rolloutStarted(let rollout) = record.change { rollout.id } else { nil }
        }.first
        let now = governor.state
        guard let rollout = started.flatMap({ now.rollouts[$0] }) ?? now.activeRollout(deployment, environment) else {
            throw StewardError(.internal, "the rollout that was started is not there")
        }
        return (rollout, !records.isEmpty)
    }

    /// For quantiles: fixed at the start, so that what is counted does not change under way.
    private func threshold(
        _ rule: RolloutGuard, _ deployment: String, _ environment: String, _ plan: RoutePlan
    ) async throws -> Double? {
        guard case .quantile = rule.metric.shape else { return nil }
        switch rule.limit {
        case .absolute(let limit): return limit
        case .stable(let ratio, let difference):
            guard let stable = plan.mainVersion else { return nil }
            let series = SeriesKey(deployment: deployment, environment: environment, version: stable)
            return try await measurer.value(series, rule.metric).map { $0 * ratio + difference }
        }
    }

    /// Looks at every rollout under way once.
    ///
    /// - Throws: the last error, after every rollout had its turn.
    package func tick() async throws {
        var failure: (any Error)?
        var seen: [String: RolloutJudgement] = [:]
        for rollout in governor.state.rollouts.values.sorted(by: { $0.id < $1.id }) where !rollout.phase.isOver {
            do {
                let counts = try await measurer.counts(
                    RolloutMeasurer.Scope(
                        deployment: rollout.deployment, environment: rollout.environment, version: rollout.version,
                        stable: rollout.stable.serving.filter { $0 != rollout.version },
                        guards: rollout.plan.guards, thresholds: rollout.thresholds))
                let route = governor.state.deployments[rollout.deployment]?.routes[rollout.environment]
                let judgement = RolloutEngine.judge(
                    rollout, counts, isFrozen: route?.frozen ?? false, now: now())
                seen[rollout.id] = judgement
                guard let action = judgement.action else { continue }
                if let waiting = try await move(rollout, action, counts) { seen[rollout.id]?.reason = waiting }
            } catch { failure = error }
        }
        latest.withLock { [seen] in $0 = seen }
        hooks.keep(only: Set(seen.keys))
        if let failure { throw failure }
    }

    /// Carries out what the engine decided. A gate that refuses pauses the rollout with its reason, so that it is asked
    /// once, and a person decides what comes next.
    ///
    /// - Returns: what it waits for, where a webhook has not answered yet.
    private func move(_ seen: Rollout, _ action: RolloutAction, _ counts: RolloutCounts) async throws -> String? {
        var rollout = seen
        if let step = rollout.step(begunBy: action) {
            asking: while true {
                switch hooks.mayBegin(step, of: rollout) {
                case .proceed: break asking
                case .wait(let reason): return reason
                case .answered(let answer):
                    try await governor.perform(
                        .answerRollout(id: rollout.id, answer, record: rollout.record),
                        by: Actor(.policy, answer.hook))
                    rollout = try governor.state.rollout(rollout.id)
                    // Refused, or somebody was faster: the next look sees what is.
                    guard answer.verdict != .no, rollout.answers.contains(where: { $0.isSame(as: answer) }) else {
                        return nil
                    }
                }
            }
        }
        let record = rollout.record
        func command(_ action: RolloutAction) -> Command {
            .moveRollout(id: seen.id, action, record: record, counts: counts)
        }
        let actor = Actor(.policy, rollout.policy)
        guard rollout.wouldServeMost(after: action), let requirement = try await gate(rollout) else {
            try await governor.perform(command(action), by: actor)
            return nil
        }
        do {
            try await governor.perform([requirement, command(action)], by: actor)
        } catch let refusal as StewardError where refusal.code == .refused {
            try await governor.perform(command(.pause(reason: refusal.message)), by: actor)
        }
        return nil
    }
}

extension Rollout {
    /// The step that an action begins; the one past the last serves everybody. Nothing else asks webhooks.
    func step(begunBy action: RolloutAction) -> Int? {
        switch action {
        case .advance(let step): step
        case .complete: plan.steps.count
        default: nil
        }
    }

    /// Whether an action brings the version from serving less than half of the route to more.
    func wouldServeMost(after action: RolloutAction) -> Bool {
        let now = plan.steps[step].weight
        let next: Int64
        switch action {
        case .complete: next = 100
        case .begin: next = plan.steps[0].weight
        case .advance(let step): next = plan.steps[step].weight
        default: return false
        }
        // A rollout of one step begins there.
        return next > 50 && (now <= 50 || action == .begin)
    }
}
