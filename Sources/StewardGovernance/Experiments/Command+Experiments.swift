import StewardModel
import StewardPolicy
import StewardStatistics

/// What an experiment starts from, measured right before.
package struct ExperimentStart: Sendable {
    package var deployment: String
    package var environment: String
    package var design: Experiment.Design
    package var counts: [ArmCounts]
    package var segments: SegmentCounts
    package var reason: String?

    package init(
        deployment: String, environment: String, design: Experiment.Design, counts: [ArmCounts],
        segments: SegmentCounts = SegmentCounts(), reason: String?
    ) {
        self.deployment = deployment
        self.environment = environment
        self.design = design
        self.counts = counts
        self.segments = segments
        self.reason = reason
    }
}

/// A change of an experiment.
package struct ExperimentMove: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        case look(ExperimentLook)
        case reweigh(Reweighing)
        case decide(ExperimentVerdict)
        case conclude(version: String?)
        /// What was counted when it ended.
        case close(ExperimentEvidence)

        var name: String {
            switch self {
            case .look: "look"
            case .reweigh: "reweigh"
            case .decide: "decide"
            case .conclude: "conclude"
            case .close: "close"
            }
        }
    }
    package var step: Step
    package var id: String
    package var deployment: String
    package var environment: String
    package var reason: String?

    init(step: Step, id: String, deployment: String, environment: String, reason: String? = nil) {
        self.step = step
        self.id = id
        self.deployment = deployment
        self.environment = environment
        self.reason = reason
    }

    fileprivate init(_ step: Step, _ experiment: Experiment, _ reason: String? = nil) {
        self.init(
            step: step, id: experiment.id, deployment: experiment.deployment, environment: experiment.environment,
            reason: reason)
    }
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
        try design.check()
        for (index, arm) in design.arms.enumerated() {
            try checkRegistered(arm.version, deployment, field: "arms[\(index)].version")
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
            stable: route.plan, startCounts: start.counts, startSegments: start.segments, startedBy: actor.identity,
            reason: start.reason)
        return [
            .experimentStarted(experiment),
            change(experiment, .set, experiment.route, start.reason ?? "experiment \(design.name)"),
        ]
    }

    /// Puts a look on record, unless something else happened to the experiment meanwhile.
    func look(_ look: ExperimentLook, id: String, record: Int64) throws(StewardError) -> [Change] {
        let experiment = try self.experiment(id)
        guard experiment.phase == .running, experiment.record == record else { return [] }
        return [.experimentMoved(ExperimentMove(.look(look), experiment))]
    }

    /// Changes the weights of the arms. A frozen route keeps its weights.
    func reweigh(_ change: Reweighing, id: String, record: Int64) throws(StewardError) -> [Change] {
        let experiment = try self.experiment(id)
        let route = try self.route(experiment.deployment, experiment.environment)
        guard experiment.phase == .running, experiment.record == record, !route.frozen,
            change.weights.count == experiment.design.arms.count, change.weights != experiment.weights
        else { return [] }
        return [
            .experimentMoved(ExperimentMove(.reweigh(change), experiment)),
            self.change(
                experiment, .set, experiment.split(change.weights), "weights of \(experiment.design.name) by outcome"),
        ]
    }

    /// Records what the rule says; harm takes everybody back at once.
    func decide(
        _ verdict: ExperimentVerdict, id: String, record: Int64, _ evidence: ExperimentEvidence
    ) throws(StewardError) -> [Change] {
        let experiment = try self.experiment(id)
        guard !experiment.phase.isOver, experiment.record == record,
            experiment.verdict == nil || verdict.kind == .harm
        else { return [] }
        let decided = Change.experimentMoved(ExperimentMove(.decide(verdict), experiment))
        guard verdict.kind == .harm else { return [decided] }
        return [
            decided, change(experiment, .rollback, experiment.stable, verdict.explanation),
            .experimentMoved(ExperimentMove(.close(evidence), experiment)),
        ]
    }

    /// Ends an experiment: everybody goes to `version`, or back to what served before.
    func conclude(
        _ id: String, version: String?, reason: String?, _ evidence: ExperimentEvidence
    ) throws(StewardError) -> [Change] {
        try check(reason: reason)
        let experiment = try self.experiment(id)
        if experiment.phase.isOver { return [] }
        let ended = Change.experimentMoved(ExperimentMove(.conclude(version: version), experiment, reason))
        let closed = Change.experimentMoved(ExperimentMove(.close(evidence), experiment))
        guard let version else { return [ended, change(experiment, .rollback, experiment.stable, reason), closed] }
        guard experiment.design.arms.contains(where: { $0.version == version }) else {
            throw StewardError(.invalidInput, "'\(version)' is no arm of the experiment", field: "version")
        }
        let route = try self.route(experiment.deployment, experiment.environment)
        guard !route.frozen else { throw frozen(experiment.deployment, environment: experiment.environment) }
        return [ended, change(experiment, .promote, RoutePlan(only: version), reason), closed]
    }

    /// Keeps what was counted of an experiment that something else ended.
    func close(_ id: String, _ evidence: ExperimentEvidence) throws(StewardError) -> [Change] {
        let experiment = try self.experiment(id)
        guard experiment.phase.isOver, experiment.closing == nil else { return [] }
        return [.experimentMoved(ExperimentMove(.close(evidence), experiment))]
    }

    private func change(
        _ experiment: Experiment, _ kind: RouteChange.Kind, _ plan: RoutePlan, _ reason: String?
    ) -> Change {
        let route = deployments[experiment.deployment]?.routes[experiment.environment]
        return .routeChanged(
            RouteChange(
                kind: kind, deployment: experiment.deployment, environment: experiment.environment, plan: plan,
                previous: route?.targets ?? [], reason: reason, rollout: experiment.id))
    }
}

extension Experiment.Design {
    private static let mostSegments = 4
    private static let mostLooks: Int64 = 20

    /// Whether it can be carried out; which versions there are is not asked here.
    fileprivate func check() throws(StewardError) {
        func wrong(_ message: String, _ field: String) -> StewardError {
            StewardError(.invalidInput, message, field: field)
        }
        guard (2...GovernanceState.Limit.targetsPerRoute).contains(arms.count) else {
            throw wrong("name 2 to \(GovernanceState.Limit.targetsPerRoute) versions", "arms")
        }
        for (index, arm) in arms.enumerated() {
            guard (1...GovernanceState.Limit.weight).contains(arm.weight) else {
                throw wrong(
                    "must be an integer from 1 to \(GovernanceState.Limit.weight)", "arms[\(index)].weight")
            }
            if arms[..<index].contains(where: { $0.version == arm.version }) {
                throw wrong("each version may be named once", "arms[\(index)].version")
            }
        }
        guard alpha > 0, alpha <= 0.2 else { throw wrong("must be above 0 and at most 0.2", "alpha") }
        guard requestsPerUnit >= 1, requestsPerUnit <= 1e6 else {
            throw wrong("must be from 1 to 1000000", "requests_per_unit")
        }
        guard (question?.utf8.count ?? 0) <= GovernanceState.Limit.reasonBytes else {
            throw wrong("must have at most \(GovernanceState.Limit.reasonBytes) bytes", "question")
        }
        guard segments.count <= Self.mostSegments, Set(segments).count == segments.count else {
            throw wrong("name at most \(Self.mostSegments), each once", "segments")
        }
        if let plan {
            guard (1...Self.mostLooks).contains(plan.looks) else {
                throw wrong("must be from 1 to \(Self.mostLooks)", "looks")
            }
            if case .power(let exponent) = plan.spending, !(0.1...10).contains(exponent) {
                throw wrong("must be from 0.1 to 10", "spending_exponent")
            }
        }
        guard let allocation else { return }
        guard allocation.floor > 0, allocation.floor * Double(arms.count) < 1 else {
            throw wrong("must be above 0 and below 1 / \(arms.count), one for each version", "floor")
        }
        let weights = ExperimentAllocation.start(arms)
        let least = allocation.floor * Double(ExperimentAllocation.total)
        if let low = weights.firstIndex(where: { Double($0) < least.rounded(.down) }) {
            throw wrong("is less than the floor of \(allocation.floor) of all weights", "arms[\(low)].weight")
        }
        guard allocation.interval >= .seconds(300), allocation.interval <= .seconds(7 * 86400) else {
            throw wrong("must be from 5 to 10080", "interval_minutes")
        }
        if plan != nil {
            throw wrong("looks cannot be counted where weights follow the outcome; leave one out", "maximum_sample")
        }
        if !groupAttributes.isEmpty {
            throw wrong(
                "segments are counted by the hour, which weights that follow the outcome do not keep to; leave one out",
                segments.isEmpty ? "covariate" : "segments")
        }
    }
}

extension Experiment {
    /// Somebody changed the route in another way.
    mutating func supersede(_ record: Record) {
        phase = .superseded
        ended = record.time
        ending = Step(time: record.time, actor: record.actor, record: record.sequence)
        self.record = record.sequence
    }

    mutating func apply(_ move: ExperimentMove, _ record: Record) {
        self.record = record.sequence
        if let reason = move.reason { self.reason = reason }
        let step = Step(time: record.time, actor: record.actor, record: record.sequence)
        switch move.step {
        case .look(var look):
            look.time = record.time
            look.record = record.sequence
            looks.append(look)
        case .reweigh(let change):
            periods.append(change.period)
            weights = change.weights
            weightsSince = record.time
            weightsCounts = change.counts
        case .decide(let verdict):
            self.verdict = verdict
            decision = step
            phase = verdict.kind == .harm ? .harmed : .decided
            if phase.isOver { ending = step }
        case .conclude(let version):
            phase = .concluded
            ending = step
            outcome = version
        case .close(let evidence): closing = evidence
        }
        if phase.isOver, ended == nil { ended = record.time }
    }
}
