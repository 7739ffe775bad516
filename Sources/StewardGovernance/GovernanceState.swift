import StewardModel

/// All that is governed, as the sum of the audit log's records. A value: readers hold a copy, one writer replaces it.
package struct GovernanceState: Sendable, Equatable {
    /// Number of records applied.
    package private(set) var size: Int64 = 0
    package private(set) var deployments: [String: Deployment] = [:]
    /// Tokens that were not revoked, by the hash of their secret.
    package private(set) var tokens: [String: Token] = [:]
    package private(set) var openFindings: [String: FindingState] = [:]
    /// The newest first, at most ``keptFindings``; the log has all.
    package private(set) var resolvedFindings: [FindingState] = []
    /// What each environment of a deployment is compared with, now or last.
    package private(set) var baselines: [EnvironmentKey: BaselineState] = [:]
    package private(set) var policiesDigest: String?
    package private(set) var pricesDigest: String?
    /// The last level of each budget, and of each member that has one of its own, that is on record.
    package private(set) var budgetLevels: [String: BudgetLevel] = [:]
    /// By id: those under way, and the last ``keptRollouts`` that are over.
    package private(set) var rollouts: [String: Rollout] = [:]
    /// Bias audits by deployment, the latest last.
    package private(set) var biasRuns: [String: [RecordedBiasRun]] = [:]
    package private(set) var biasProbes: [String: [RecordedBiasProbe]] = [:]
    package private(set) var biasOverrides: [String: [RecordedBiasOverride]] = [:]
    /// By id: those under way, and the last ``keptRollouts`` that are over.
    package private(set) var experiments: [String: Experiment] = [:]
    /// By id: those that are open, and the last ones that are settled.
    package internal(set) var approvals: [String: Approval] = [:]
    /// How often each kind of decision was made, for counters.
    package private(set) var decisions: [DecisionKey: Int64] = [:]

    private static let keptFindings = 1000
    private static let keptRollouts = 1000

    package init() {}

    package struct Deployment: Sendable, Equatable {
        package var name: String
        package var created: Timestamp
        /// In the order of registration.
        package var versions: [Version] = []
        package var routes: [String: Route] = [:]
        /// Oldest first; for ever.
        package internal(set) var history = RecordList()
        /// Of the history, by environment.
        var index: [String: HistoryIndex] = [:]

        package func version(named name: String) -> Version? { versions.first { $0.name == name } }

        /// The name of the version that a caller means by its name or by its digest; what was given where there is
        /// none.
        package func name(ofVersion reference: String) -> String {
            let isName = !reference.hasPrefix("sha256:") || version(named: reference) != nil
            return (isName ? nil : versions.first { $0.digest == reference }?.name) ?? reference
        }
    }

    package struct Version: Sendable, Equatable {
        package var name: String
        package var digest: String
        package var registered: Timestamp
        /// The model card: field → text.
        package var card: [String: String] = [:]
        /// The latest of each name.
        package var evaluations: [String: AttachedEvaluation] = [:]
        package var deprecation: VersionNote.Deprecation?
    }

    package struct Route: Sendable, Equatable {
        /// What serves, ready for evaluation.
        package var compiled: CompiledRoute
        package var frozen = false
        /// The kill switch: clients use what they have built in.
        package var disabled = false
        package var since: Timestamp
        package var record: Int64
        /// What served before, the latest last: where a rollback goes.
        package var earlier: [RoutePlan] = []
        /// What was served right before the present targets, whichever way it changed.
        package var replaced: [Target] = []
        package var lastAutomaticDecision: Timestamp?

        package static let keptEarlier = 50

        package var plan: RoutePlan { compiled.plan }
        package var targets: [Target] { compiled.plan.targets }
    }

    package struct FindingState: Sendable, Equatable {
        package var finding: Finding
        package var opened: Timestamp
        package var record: Int64
        package var resolved: Timestamp?
        package var resolution: String?
    }

    package struct EnvironmentKey: Hashable, Sendable {
        package var deployment: String
        package var environment: String

        package init(deployment: String, environment: String) {
            self.deployment = deployment
            self.environment = environment
        }
    }

    package struct BaselineState: Sendable, Equatable {
        package var baseline: Baseline
        package var since: Timestamp
        package var record: Int64
        /// A baseline that was dropped keeps its number from being used again.
        package var isDropped = false
    }

    package struct DecisionKey: Hashable, Sendable {
        package var deployment: String
        package var environment: String
        package var action: String
        package var actorKind: String
    }

    /// Whether a version's model card says that it is of high risk, as `risk_class: high`.
    package var hasHighRiskVersion: Bool {
        deployments.values.contains { deployment in
            deployment.versions.contains {
                $0.card[VersionNote.CardField.riskClass.rawValue]?.lowercased().hasPrefix("high") == true
            }
        }
    }

    /// The token that a secret with this hash belongs to, if it may be used now.
    package func token(hash: String, now: Timestamp) -> Token? {
        guard let token = tokens[hash], token.expires.map({ now < $0 }) ?? true else { return nil }
        return token
    }
}

// MARK: - Applying records

extension GovernanceState {
    /// Takes a record into the state. Records come in order, and were decided on this very state.
    package mutating func apply(_ record: Record) {
        size = record.sequence + 1
        switch record.change {
        case .deploymentCreated(let name):
            deployments[name] = Deployment(name: name, created: record.time)
        case .versionRegistered(let deployment, let version, let digest):
            deployments[deployment]?.versions.append(
                Version(name: version, digest: digest, registered: record.time))
        case .routeChanged(let change): apply(change, record)
        case .frozen(let deployment, let environment, _, let decision):
            deployments[deployment]?.routes[environment]?.frozen = true
            if decision != nil { noteAutomaticDecision(deployment, environment, record.time) }
        case .unfrozen(let deployment, let environment, _):
            deployments[deployment]?.routes[environment]?.frozen = false
        case .disabled(let deployment, let environment, _):
            deployments[deployment]?.routes[environment]?.disabled = true
        case .enabled(let deployment, let environment, _):
            deployments[deployment]?.routes[environment]?.disabled = false
        case .versionNoted(let deployment, let version, let note): apply(note, deployment, version, record)
        case .approvalRequested, .approvalAnswered: break
        case .experimentStarted(var experiment):
            experiment.started = record.time
            experiment.weightsSince = record.time
            experiment.startRecord = record.sequence
            experiment.record = record.sequence
            experiments[experiment.id] = experiment
        case .experimentMoved(let move):
            experiments[move.id]?.apply(move, record)
            forgetExperiments()
        case .rolloutStarted(var rollout):
            rollout.started = record.time
            rollout.record = record.sequence
            rollouts[rollout.id] = rollout
        case .rolloutMoved(let move):
            rollouts[move.id]?.apply(move, by: record.actor, at: record.time, record: record.sequence)
            forgetRollouts()
        case .policyDecided: break
        case .findingOpened(let finding):
            openFindings[finding.id] = FindingState(finding: finding, opened: record.time, record: record.sequence)
        case .findingResolved(let id, let reason): resolve(id, reason, record.time)
        case .baselineSet(let deployment, let environment, let baseline):
            baselines[EnvironmentKey(deployment: deployment, environment: environment)] = BaselineState(
                baseline: baseline, since: record.time, record: record.sequence)
        case .baselineDropped(let deployment, let environment):
            baselines[EnvironmentKey(deployment: deployment, environment: environment)]?.isDropped = true
        case .policiesLoaded(let digest, _): policiesDigest = digest
        case .pricesLoaded(let digest, _, _): pricesDigest = digest
        case .costsRepriced, .eventsDropped: break
        case .biasAudited(let run): apply(run, record)
        case .biasProbed(let probe): apply(probe, record)
        case .budgetCrossed(let crossing):
            budgetLevels[BudgetLevel.key(crossing.budget, crossing.member)] = BudgetLevel(
                window: crossing.windowStart, percent: crossing.level)
        case .biasOverridden(let word): apply(word, record)
        case .tokenCreated(let token): tokens[token.hash] = token
        case .tokenRevoked(let id): tokens = tokens.filter { $0.value.id != id }
        case .daemonStarted: break
        }
        applyApproval(record)
        note(record)
    }

    private mutating func apply(_ note: VersionNote, _ deployment: String, _ version: String, _ record: Record) {
        guard let index = deployments[deployment]?.versions.firstIndex(where: { $0.name == version }) else { return }
        switch note {
        case .card(let fields): deployments[deployment]?.versions[index].card = fields
        case .evaluation(let evaluation):
            deployments[deployment]?.versions[index].evaluations[evaluation.name] = AttachedEvaluation(
                evaluation: evaluation, time: record.time, actor: record.actor.name)
        case .deprecation(let deprecation): deployments[deployment]?.versions[index].deprecation = deprecation
        }
    }

    private mutating func apply(_ change: RouteChange, _ record: Record) {
        let compiled = CompiledRoute(deployment: change.deployment, plan: change.plan)
        var route =
            deployments[change.deployment]?.routes[change.environment]
            ?? Route(
                compiled: CompiledRoute(deployment: change.deployment, plan: RoutePlan(targets: [])),
                since: record.time, record: record.sequence)
        if change.kind == .rollback {
            // Neither what was rolled back nor what was skipped on the way is gone back to later.
            if let index = route.earlier.lastIndex(of: change.plan) { route.earlier.removeSubrange(index...) }
        } else if change.kind != .cap, !route.targets.isEmpty, isKnownGood(route.plan, before: change) {
            route.earlier.append(route.plan)
            if route.earlier.count > Route.keptEarlier { route.earlier.removeFirst() }
        }
        route.replaced = route.targets
        route.compiled = compiled
        route.since = record.time
        route.record = record.sequence
        if change.decision != nil { route.lastAutomaticDecision = record.time }
        supersedeRollouts(change, record)
        supersedeExperiments(change, record)
        deployments[change.deployment]?.routes[change.environment] = route
    }

    /// The steps of a rollout are no place to go back to: a rollback leads past them to what served before it.
    /// Nor are they when something else ends it.
    private func isKnownGood(_ plan: RoutePlan, before change: RouteChange) -> Bool {
        let own = change.rollout.flatMap { rollouts[$0]?.stable ?? experiments[$0]?.stable }
        let stable =
            own ?? activeRollout(change.deployment, change.environment)?.stable
            ?? activeExperiment(change.deployment, change.environment)?.stable
        return stable.map { plan == $0 } ?? true
    }

    /// A change of the route from elsewhere ends the rollout, whatever it was waiting for.
    private mutating func supersedeRollouts(_ change: RouteChange, _ record: Record) {
        for (id, rollout) in rollouts
        where !rollout.phase.isOver && id != change.rollout && rollout.deployment == change.deployment
            && rollout.environment == change.environment
        {
            rollouts[id]?.end(.superseded, record.time)
            rollouts[id]?.record = record.sequence
            rollouts[id]?.reason = change.reason ?? "the route was changed"
            rollouts[id]?.decision = change.decision
        }
    }

    private mutating func supersedeExperiments(_ change: RouteChange, _ record: Record) {
        for (id, experiment) in experiments
        where !experiment.phase.isOver && id != change.rollout && experiment.deployment == change.deployment
            && experiment.environment == change.environment
        {
            experiments[id]?.supersede(record)
        }
    }

    private mutating func forgetExperiments() {
        guard experiments.count > 2 * Self.keptRollouts else { return }
        let over = experiments.values.filter(\.phase.isOver).sorted { $0.record < $1.record }
        for experiment in over.dropLast(Self.keptRollouts) { experiments[experiment.id] = nil }
    }

    private mutating func forgetRollouts() {
        guard rollouts.count > 2 * Self.keptRollouts else { return }
        let over = rollouts.values.filter(\.phase.isOver).sorted { $0.record < $1.record }
        for rollout in over.dropLast(Self.keptRollouts) { rollouts[rollout.id] = nil }
    }

    private mutating func apply(_ word: BiasOverride, _ record: Record) {
        let recorded = RecordedBiasOverride(
            override: word, actor: record.actor, time: record.time, record: record.sequence)
        biasOverrides[word.deployment, default: []].append(recorded)
        if biasOverrides[word.deployment, default: []].count > Self.keptBiasOverrides {
            biasOverrides[word.deployment]?.removeFirst()
        }
    }

    private mutating func apply(_ run: BiasRun, _ record: Record) {
        let recorded = RecordedBiasRun(run: run, time: record.time, record: record.sequence, actor: record.actor)
        biasRuns[run.deployment, default: []].append(recorded)
        if biasRuns[run.deployment, default: []].count > Self.keptBiasRuns {
            biasRuns[run.deployment]?.removeFirst()
        }
    }

    private mutating func apply(_ probe: BiasProbe, _ record: Record) {
        let recorded = RecordedBiasProbe(
            probe: probe, time: record.time, record: record.sequence, actor: record.actor)
        biasProbes[probe.deployment, default: []].append(recorded)
        if biasProbes[probe.deployment, default: []].count > Self.keptBiasProbes {
            biasProbes[probe.deployment]?.removeFirst()
        }
    }

    private mutating func noteAutomaticDecision(_ deployment: String, _ environment: String, _ time: Timestamp) {
        deployments[deployment]?.routes[environment]?.lastAutomaticDecision = time
    }

    private mutating func resolve(_ id: String, _ reason: String, _ time: Timestamp) {
        guard var state = openFindings.removeValue(forKey: id) else { return }
        state.resolved = time
        state.resolution = reason
        resolvedFindings.insert(state, at: 0)
        if resolvedFindings.count > Self.keptFindings { resolvedFindings.removeLast() }
    }

    /// Keeps what history and counters show.
    private mutating func note(_ record: Record) {
        guard let deployment = record.change.deployment, record.change.isHistory else { return }
        deployments[deployment]?.note(record)
        guard let environment = record.change.environment else { return }
        let key = DecisionKey(
            deployment: deployment, environment: environment, action: record.change.shortAction,
            actorKind: record.actor.kind.rawValue)
        decisions[key, default: 0] += 1
    }
}

extension Change {
    /// Whether this belongs into a deployment's history of versions and routes.
    fileprivate var isHistory: Bool {
        switch self {
        case .versionRegistered, .routeChanged, .frozen, .unfrozen, .disabled, .enabled, .policyDecided,
            .experimentStarted, .experimentMoved, .rolloutStarted, .rolloutMoved, .versionNoted, .approvalRequested,
            .approvalAnswered:
            true
        default: false
        }
    }
}
