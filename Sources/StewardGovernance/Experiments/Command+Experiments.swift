import StewardModel
import StewardPolicy

/// What an experiment starts from, measured right before.
package struct ExperimentStart: Sendable {
    package var deployment: String
    package var environment: String
    package var design: Experiment.Design
    package var counts: [ArmCounts]
    package var reason: String?

    package init(
        deployment: String, environment: String, design: Experiment.Design, counts: [ArmCounts], reason: String?
    ) {
        self.deployment = deployment
        self.environment = environment
        self.design = design
        self.counts = counts
        self.reason = reason
    }
}

/// A change of an experiment.
package struct ExperimentMove: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable { case decide, conclude }
    package var kind: Kind
    package var id: String
    package var deployment: String
    package var environment: String
    package var verdict: ExperimentVerdict?
    package var reason: String?
}

extension GovernanceState {
    package func experiment(_ id: String) throws(StewardError) -> Experiment {
        guard let experiment = experiments[id] else {
            throw StewardError(.notFound, "there is no experiment '\(id)'", field: "id")
        }
        return experiment
    }

    package func activeExperiment(_ deployment: String, _ environment: String) -> Experiment? {
        experiments.values.first {
            !$0.phase.isOver && $0.deployment == deployment && $0.environment == environment
        }
    }

    func start(_ start: ExperimentStart, by actor: Actor) throws(StewardError) -> [Change] {
        try check(reason: start.reason)
        let design = start.design
        try check(design.name, "name")
        let deployment = try self.deployment(start.deployment)
        let route = try self.route(start.deployment, start.environment)
        guard (2...Limit.targetsPerRoute).contains(design.arms.count) else {
            throw StewardError(.invalidInput, "name 2 to \(Limit.targetsPerRoute) versions", field: "arms")
        }
        for (index, arm) in design.arms.enumerated() {
            try checkRegistered(arm.version, deployment, field: "arms[\(index)].version")
            guard (1...Limit.weight).contains(arm.weight) else {
                throw StewardError(
                    .invalidInput, "must be an integer from 1 to \(Limit.weight)", field: "arms[\(index)].weight")
            }
            if design.arms[..<index].contains(where: { $0.version == arm.version }) {
                throw StewardError(.invalidInput, "each version may be named once", field: "arms[\(index)].version")
            }
        }
        guard design.alpha > 0, design.alpha <= 0.2 else {
            throw StewardError(.invalidInput, "must be above 0 and at most 0.2", field: "alpha")
        }
        guard design.requestsPerUnit >= 1, design.requestsPerUnit <= 1e6 else {
            throw StewardError(.invalidInput, "must be from 1 to 1000000", field: "requests_per_unit")
        }
        if let active = activeExperiment(start.deployment, start.environment) {
            if active.design == design { return [] }
            throw StewardError(.refused, "the experiment \(active.id) is under way; conclude it first", field: "name")
        }
        if let rollout = activeRollout(start.deployment, start.environment) {
            throw StewardError(.refused, "the rollout \(rollout.id) is under way; abort it first", field: "name")
        }
        guard !route.frozen else { throw frozen(deployment.name, environment: start.environment) }
        let experiment = Experiment(
            id: "E\(size)", deployment: start.deployment, environment: start.environment, design: design,
            stable: route.plan, startCounts: start.counts, startedBy: actor.identity, reason: start.reason)
        return [
            .experimentStarted(experiment),
            .routeChanged(
                RouteChange(
                    kind: .set, deployment: start.deployment, environment: start.environment, plan: experiment.route,
                    previous: route.targets, reason: start.reason ?? "experiment \(design.name)",
                    rollout: experiment.id)),
        ]
    }

    /// Records what the rule says; harm takes everybody back at once.
    func decide(_ verdict: ExperimentVerdict, id: String, record: Int64) throws(StewardError) -> [Change] {
        let experiment = try self.experiment(id)
        guard !experiment.phase.isOver, experiment.record == record,
            experiment.verdict == nil || verdict.kind == .harm
        else { return [] }
        let decided = Change.experimentMoved(
            ExperimentMove(
                kind: .decide, id: id, deployment: experiment.deployment, environment: experiment.environment,
                verdict: verdict))
        guard verdict.kind == .harm else { return [decided] }
        return [decided, back(experiment, .rollback, experiment.stable, verdict.explanation)]
    }

    /// Ends an experiment: everybody goes to `version`, or back to what served before.
    func conclude(_ id: String, version: String?, reason: String?) throws(StewardError) -> [Change] {
        try check(reason: reason)
        let experiment = try self.experiment(id)
        if experiment.phase.isOver { return [] }
        let ended = Change.experimentMoved(
            ExperimentMove(
                kind: .conclude, id: id, deployment: experiment.deployment, environment: experiment.environment,
                reason: reason))
        guard let version else { return [ended, back(experiment, .rollback, experiment.stable, reason)] }
        guard experiment.design.arms.contains(where: { $0.version == version }) else {
            throw StewardError(.invalidInput, "'\(version)' is no arm of the experiment", field: "version")
        }
        let route = try self.route(experiment.deployment, experiment.environment)
        guard !route.frozen else { throw frozen(experiment.deployment, environment: experiment.environment) }
        return [ended, back(experiment, .promote, RoutePlan(only: version), reason)]
    }

    private func back(
        _ experiment: Experiment, _ kind: RouteChange.Kind, _ plan: RoutePlan, _ reason: String?
    ) -> Change {
        let route = deployments[experiment.deployment]?.routes[experiment.environment]
        return .routeChanged(
            RouteChange(
                kind: kind, deployment: experiment.deployment, environment: experiment.environment, plan: plan,
                previous: route?.targets ?? [], reason: reason, rollout: experiment.id))
    }
}

extension Experiment {
    mutating func apply(_ move: ExperimentMove, at time: Timestamp, record: Int64) {
        self.record = record
        if let reason = move.reason { self.reason = reason }
        switch move.kind {
        case .decide:
            verdict = move.verdict
            phase = move.verdict?.kind == .harm ? .harmed : .decided
        case .conclude: phase = .concluded
        }
        if phase.isOver { ended = time }
    }
}
