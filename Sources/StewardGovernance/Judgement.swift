import StewardModel
import StewardPolicy

/// One policy to be held against one version that serves a route now, and the spans it wants measured.
package struct Watch: Sendable {
    package var entry: PolicySet.Entry
    package var series: SeriesKey
    /// The route as it stood; a judgement of a route that changed since is void.
    package var routeRecord: Int64
    package var from: Timestamp
    package var until: Timestamp
    /// What a relative rule compares with: the version that served before, over the last window in which it did, or
    /// the version's own past since its route last changed.
    package var previous: (series: SeriesKey, from: Timestamp, until: Timestamp)?
}

/// What a policy last said of a version.
package struct PolicyState: Sendable, Equatable {
    package var policy: String
    package var series: SeriesKey
    package var verdict: PolicyVerdict
    package var evaluated: Timestamp
}

/// Holds policies against what is measured and says what follows. Pure.
package enum Judgement {
    /// What is to be measured now: every policy that applies, for every version with a weight on a route.
    ///
    /// The clock of a version starts when its route last changed: what it did before, elsewhere or earlier, is no
    /// evidence about it now.
    package static func watches(_ policies: PolicySet, _ state: GovernanceState, now: Timestamp) -> [Watch] {
        var result: [Watch] = []
        for (name, deployment) in state.deployments.sorted(by: { $0.key < $1.key }) {
            for (environment, route) in deployment.routes.sorted(by: { $0.key < $1.key }) {
                for entry in policies.policies(deployment: name, environment: environment) {
                    for version in route.plan.serving {
                        let series = SeriesKey(deployment: name, environment: environment, version: version)
                        var watch = Watch(
                            entry: entry, series: series, routeRecord: route.record,
                            from: max(now - entry.policy.window, route.since), until: now)
                        watch.previous = reference(of: watch, route)
                        result.append(watch)
                    }
                }
            }
        }
        return result
    }

    private static func reference(
        of watch: Watch, _ route: GovernanceState.Route
    ) -> (series: SeriesKey, from: Timestamp, until: Timestamp)? {
        let policy = watch.entry.policy
        switch policy.reference {
        case .none: return nil
        case .own(let past): return (watch.series, max(watch.from - past, route.since), watch.from)
        case .previous:
            // Of a rollout's steps, what served before is what served before all of them.
            guard let before = route.earlier.last?.targets.predecessor(of: watch.series.version) else { return nil }
            var earlier = watch.series
            earlier.version = before
            return (earlier, route.since - policy.window, route.since)
        }
    }

    /// What follows from a verdict, on the present state.
    ///
    /// - Parameter last: what the same policy said of the same version before.
    package static func commands(
        for watch: Watch, _ verdict: PolicyVerdict, last: Verdict?, _ state: GovernanceState, now: Timestamp
    ) -> [Command] {
        let open = openFinding(watch, state)
        switch verdict.verdict {
        case .inconclusive: return []
        case .pass:
            return open.map { [.note(.findingResolved(id: $0, reason: verdict.reason))] } ?? []
        case .fail:
            guard let route = route(of: watch, state) else { return [] }
            let decision = decision(watch, verdict)
            let policy = watch.entry.policy
            if policy.mode == .shadow {
                return last == .fail ? [] : [note(decision, watch)]
            }
            var commands: [Command] = []
            if open == nil { commands.append(.note(.findingOpened(finding(watch, verdict, decision, state)))) }
            if policy.mode == .enforce, isCool(route, policy, now) {
                commands += action(watch, verdict, decision, route, state)
            }
            return commands
        }
    }

    /// Findings of policies about versions that serve no longer, and of policies that are no longer there.
    package static func resolutions(_ state: GovernanceState, inForce: Set<String>) -> [Command] {
        state.openFindings.values.sorted { $0.record < $1.record }.compactMap { open in
            let finding = open.finding
            let route = state.deployments[finding.deployment]?.routes[finding.environment]
            guard let decision = finding.decision else { return nil }
            if !inForce.contains(decision.policy) {
                return .note(
                    .findingResolved(id: finding.id, reason: "The policy \(decision.policy) is no longer in force."))
            }
            guard route?.plan.serving.contains(finding.version) != true else { return nil }
            return .note(.findingResolved(id: finding.id, reason: "\(finding.version) no longer serves."))
        }
    }

    private static func route(of watch: Watch, _ state: GovernanceState) -> GovernanceState.Route? {
        let route = state.deployments[watch.series.deployment]?.routes[watch.series.environment]
        return route?.record == watch.routeRecord ? route : nil
    }

    private static func openFinding(_ watch: Watch, _ state: GovernanceState) -> String? {
        state.openFindings.values.first { open in
            let finding = open.finding
            return finding.decision?.policy == watch.entry.policy.name && finding.deployment == watch.series.deployment
                && finding.environment == watch.series.environment && finding.version == watch.series.version
        }?.finding.id
    }

    private static func isCool(_ route: GovernanceState.Route, _ policy: RollbackPolicy, _ now: Timestamp) -> Bool {
        route.lastAutomaticDecision.map { now >= $0 + policy.coolDown } ?? true
    }

    private static func action(
        _ watch: Watch, _ verdict: PolicyVerdict, _ decision: Decision, _ route: GovernanceState.Route,
        _ state: GovernanceState
    ) -> [Command] {
        let (deployment, environment) = (watch.series.deployment, watch.series.environment)
        switch watch.entry.policy.action {
        case .alert: return []
        case .hold:
            guard let rollout = state.activeRollout(deployment, environment), rollout.phase != .held,
                rollout.phase != .bothBad, rollout.version == watch.series.version
            else { return [] }
            let none = RolloutCounts(events: 0, canary: [], stable: [])
            return [.moveRollout(id: rollout.id, .hold(decision), record: rollout.record, counts: none)]
        case .cap:
            guard let percent = watch.entry.policy.capPercent else { return [] }
            return [
                .cap(
                    deployment: deployment, environment: environment, version: watch.series.version,
                    percent: percent, decision: decision)
            ]
        case .freeze:
            guard !route.frozen else { return [] }
            return [
                .freeze(
                    deployment: deployment, environment: environment, reason: verdict.reason, decision: decision)
            ]
        case .rollback:
            // With nothing to go back to, the finding is all that can be done: both versions may be bad.
            guard route.canRollBack else { return [] }
            return [
                .rollback(
                    deployment: deployment, environment: environment, version: nil, reason: verdict.reason,
                    decision: decision)
            ]
        }
    }

    private static func note(_ decision: Decision, _ watch: Watch) -> Command {
        .note(
            .policyDecided(
                deployment: watch.series.deployment, environment: watch.series.environment,
                version: watch.series.version, decision: decision))
    }

    private static func finding(
        _ watch: Watch, _ verdict: PolicyVerdict, _ decision: Decision, _ state: GovernanceState
    ) -> Finding {
        let policy = watch.entry.policy
        var title = "\(watch.series.deployment) \(watch.series.version): \(verdict.reason)"
        if policy.mode == .enforce, policy.action == .rollback || policy.action == .cap,
            route(of: watch, state)?.canRollBack != true
        {
            title += " There is no earlier version to go back to."
        }
        return Finding(
            id: "F\(state.size)-\(policy.name)", severity: policy.mode == .enforce ? .critical : .warning,
            deployment: watch.series.deployment, environment: watch.series.environment,
            version: watch.series.version, title: title, basis: .policy(decision))
    }

    private static func decision(_ watch: Watch, _ verdict: PolicyVerdict) -> Decision {
        let policy = watch.entry.policy
        return Decision(
            policy: policy.name, policyDigest: "sha256:" + watch.entry.digest, mode: policy.mode.rawValue,
            action: policy.action.rawValue, metric: policy.subject.name, value: verdict.value,
            sampleSize: verdict.sampleSize, comparison: verdict.comparison.rawValue, threshold: verdict.threshold,
            baselineVersion: verdict.baselineValue == nil ? nil : watch.previous?.series.version,
            baselineValue: verdict.baselineValue, windowSeconds: policy.window.components.seconds,
            explanation: verdict.reason)
    }
}

extension GovernanceState.Route {
    /// Whether something else served before that a rollback can return to.
    package var canRollBack: Bool { earlier.contains { $0 != plan } }

    /// Whether a version served everybody before, and was not rolled back since: a rollback forgets what it undoes.
    func hasServed(_ version: String) -> Bool {
        earlier.contains { $0.targets.filter { $0.weight > 0 }.map(\.version) == [version] }
    }
}
