import StewardModel
import StewardPolicy
import Synchronization

/// Starts experiments, reads them, and has the governor record what their rule says.
package struct ExperimentControl: Sendable {
    /// How experiments reach what was counted; each answer has the arms in the design's order.
    package struct Sources: Sendable {
        /// The all-time counts of the arms.
        package var totals:
            @Sendable (_ deployment: String, _ environment: String, _ design: Experiment.Design) async throws
                -> [ArmCounts]
        /// What minutes hold of the arms.
        package var minutes: @Sendable (_ experiment: Experiment, _ minutes: Range<Int64>) async throws -> [ArmCounts]
        /// What was counted by group from the hour of a time on, and of the covariate before it.
        package var segments:
            @Sendable (
                _ deployment: String, _ environment: String, _ design: Experiment.Design, _ since: Timestamp
            ) async throws -> SegmentCounts

        package init(
            totals: @Sendable @escaping (String, String, Experiment.Design) async throws -> [ArmCounts],
            minutes: @Sendable @escaping (Experiment, Range<Int64>) async throws -> [ArmCounts],
            segments: @Sendable @escaping (String, String, Experiment.Design, Timestamp) async throws -> SegmentCounts
        ) {
            self.totals = totals
            self.minutes = minutes
            self.segments = segments
        }
    }

    /// Lets a version serve everybody, or refuses: the gates of a promotion.
    package typealias Gates = @Sendable (PromotionRequest, Actor) async throws -> Void

    private let governor: Governor
    private let sources: Sources
    private let gates: Gates
    private let count: @Sendable ([GroupRequest]) -> Void
    private let now: @Sendable () -> Timestamp
    private let seed: @Sendable () -> Int64
    private let memory = Memory()

    /// What need not survive a restart.
    private final class Memory: Sendable {
        struct Settled {
            var minutes: Range<Int64>
            var counts: [ArmCounts]
        }

        /// A promotion of a winner that a gate refused, and the approvals there were.
        struct Refusal {
            var time: Timestamp
            var approvals: [Approval]
        }

        let settled = Mutex<[String: Settled]>([:])
        let refusals = Mutex<[String: Refusal]>([:])
    }

    /// - Parameters:
    ///   - count: is told what has to be counted by group from now on.
    ///   - seed: for the generator that weights are drawn with.
    package init(
        governor: Governor, sources: Sources, gates: @escaping Gates,
        count: @Sendable @escaping ([GroupRequest]) -> Void, now: @Sendable @escaping () -> Timestamp,
        seed: @Sendable @escaping () -> Int64
    ) {
        self.governor = governor
        self.sources = sources
        self.gates = gates
        self.count = count
        self.now = now
        self.seed = seed
        request()
    }

    package func start(
        deployment: String, environment: String, design: Experiment.Design, reason: String?, by actor: Actor
    ) async throws -> (experiment: Experiment, isNew: Bool) {
        let counts = try await sources.totals(deployment, environment, design)
        var start = ExperimentStart(
            deployment: deployment, environment: environment, design: design, counts: counts, reason: reason)
        if !design.groupAttributes.isEmpty {
            start.segments = try await sources.segments(deployment, environment, design, now())
        }
        let records = try await governor.perform(.startExperiment(start, by: actor), by: actor)
        request()
        guard let experiment = governor.state.activeExperiment(deployment, environment) else {
            throw StewardError(.internal, "the experiment that was started is not there")
        }
        return (experiment, !records.isEmpty)
    }

    /// Ends it: everybody goes to `version`, past the gates of a promotion, or back to what served before.
    package func conclude(
        _ experiment: Experiment, version: String?, reason: String?, by actor: Actor
    ) async throws -> Experiment {
        if let version, !experiment.phase.isOver {
            try await gates(
                PromotionRequest(
                    deployment: experiment.deployment, environment: experiment.environment, version: version,
                    reason: reason), actor)
        }
        try await governor.perform(
            .concludeExperiment(id: experiment.id, version: version, reason: reason, try await evidence(experiment)),
            by: actor)
        return try governor.state.experiment(experiment.id)
    }

    /// As it stands now, or stood when it ended.
    package func readOut(_ experiment: Experiment) async throws -> ExperimentReadOut? {
        ExperimentEngine.readOut(experiment, try await evidence(experiment))
    }

    /// - Parameter isWhole: with segments, which decide nothing; a covariate's are always there.
    private func evidence(_ experiment: Experiment, isWhole: Bool = true) async throws -> ExperimentEvidence {
        if let closing = experiment.closing { return closing }
        let (deployment, environment) = (experiment.deployment, experiment.environment)
        var design = experiment.design
        if !isWhole { design.segments = [] }
        var evidence = ExperimentEvidence(counts: try await sources.totals(deployment, environment, design))
        if !design.groupAttributes.isEmpty {
            evidence.segments = try await sources.segments(deployment, environment, design, experiment.started)
        }
        if design.allocation != nil, let minutes = ExperimentAllocation.settled(experiment, now: now()) {
            evidence.period = ExperimentPeriod(
                weights: experiment.weights, from: Timestamp(minute: minutes.lowerBound),
                until: Timestamp(minute: minutes.upperBound), counts: try await counts(experiment, minutes))
        }
        return evidence
    }

    /// Settled minutes are read once, and not at every tick.
    private func counts(_ experiment: Experiment, _ minutes: Range<Int64>) async throws -> [ArmCounts] {
        if let known = memory.settled.withLock({ $0[experiment.id] }), known.minutes == minutes { return known.counts }
        let counts = try await sources.minutes(experiment, minutes)
        memory.settled.withLock { $0[experiment.id] = Memory.Settled(minutes: minutes, counts: counts) }
        return counts
    }

    /// Looks at every experiment under way once. What one of them throws is thrown after all were looked at.
    package func tick() async throws {
        request()
        var failure: (any Error)?
        for experiment in governor.state.experiments.values.sorted(by: { $0.id < $1.id }) {
            do { try await tick(experiment) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func tick(_ experiment: Experiment) async throws {
        guard experiment.closing == nil else { return }
        if experiment.phase.isOver {
            try await governor.perform(
                .closeExperiment(id: experiment.id, try await evidence(experiment)), by: .daemon)
            memory.settled.withLock { $0[experiment.id] = nil }
            memory.refusals.withLock { $0[experiment.id] = nil }
            return
        }
        var evidence = try await evidence(experiment, isWhole: false)
        let actor = Actor(.policy, experiment.design.name)
        guard let readOut = ExperimentEngine.readOut(experiment, evidence) else { return }
        if let look = readOut.look {
            try await governor.perform(
                .lookAtExperiment(look, id: experiment.id, record: experiment.record), by: actor)
        }
        let looked = try governor.state.experiment(experiment.id)
        if let verdict = readOut.verdict, looked.verdict == nil || verdict.kind == .harm {
            if verdict.kind == .harm { evidence = try await self.evidence(experiment) }
            try await governor.perform(
                .decideExperiment(verdict, id: experiment.id, record: looked.record, evidence), by: actor)
        } else if let change = ExperimentAllocation.reweigh(looked, evidence, seed: seed(), now: now()) {
            try await governor.perform(
                .reweighExperiment(change, id: experiment.id, record: looked.record), by: actor)
        }
        try await end(try governor.state.experiment(experiment.id), by: actor)
    }

    /// How long after a refusal the gates are asked again, unless somebody approves meanwhile. Asking has audits made
    /// and goes on record.
    private static let patience = Duration.seconds(3600)

    /// Ends a decided experiment where its design says so. A gate that refuses leaves it as it is until it passes.
    private func end(_ experiment: Experiment, by actor: Actor) async throws {
        guard experiment.phase == .decided, experiment.design.ending == .promote, let verdict = experiment.verdict,
            governor.state.deployments[experiment.deployment]?.routes[experiment.environment]?.frozen != true
        else { return }
        let approvals = governor.state.approvals.values.filter {
            $0.deployment == experiment.deployment && $0.environment == experiment.environment
                && $0.version == verdict.version && !$0.approvedBy.isEmpty
        }.sorted { $0.id < $1.id }
        let refusal = memory.refusals.withLock { $0[experiment.id] }
        if let refusal, refusal.approvals == approvals, now() - refusal.time < Self.patience { return }
        do {
            _ = try await conclude(experiment, version: verdict.version, reason: verdict.explanation, by: actor)
        } catch let error as StewardError where error.code == .refused {
            memory.refusals.withLock { $0[experiment.id] = Memory.Refusal(time: now(), approvals: approvals) }
        }
    }

    /// Says what has to be counted by group now.
    private func request() {
        count(
            governor.state.experiments.values.filter { !$0.phase.isOver }.sorted { $0.id < $1.id }.flatMap {
                experiment in
                experiment.design.groupAttributes.map {
                    GroupRequest(
                        deployment: experiment.deployment, environment: experiment.environment, attribute: $0)
                }
            })
    }
}
