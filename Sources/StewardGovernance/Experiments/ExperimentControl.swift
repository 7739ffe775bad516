import StewardModel
import StewardPolicy
import Synchronization

/// Starts experiments, reads them, and has the governor record what their rule says.
package struct ExperimentControl: Sendable {
    /// The all-time counts of versions, in the order given.
    package typealias Measure =
        @Sendable (_ deployment: String, _ environment: String, _ design: Experiment.Design) async throws -> [ArmCounts]

    private let governor: Governor
    private let measure: Measure

    package init(governor: Governor, measure: @escaping Measure) {
        self.governor = governor
        self.measure = measure
    }

    package func start(
        deployment: String, environment: String, design: Experiment.Design, reason: String?, by actor: Actor
    ) async throws -> (experiment: Experiment, isNew: Bool) {
        let start = ExperimentStart(
            deployment: deployment, environment: environment, design: design,
            counts: try await measure(deployment, environment, design), reason: reason)
        let records = try await governor.perform(.startExperiment(start, by: actor), by: actor)
        guard let experiment = governor.state.activeExperiment(deployment, environment) else {
            throw StewardError(.internal, "the experiment that was started is not there")
        }
        return (experiment, !records.isEmpty)
    }

    /// As it stands now. After its end what comes later counts too; the verdict on record does not change.
    package func readOut(_ experiment: Experiment) async throws -> ExperimentReadOut? {
        let counts = try await measure(experiment.deployment, experiment.environment, experiment.design)
        return ExperimentEngine.readOut(experiment, counts)
    }

    /// Looks at every experiment under way once.
    package func tick() async throws {
        for experiment in governor.state.experiments.values.sorted(by: { $0.id < $1.id })
        where !experiment.phase.isOver {
            guard let verdict = try await readOut(experiment)?.verdict else { continue }
            try await governor.perform(
                .decideExperiment(verdict, id: experiment.id, record: experiment.record),
                by: Actor(.policy, experiment.design.name))
        }
    }
}
