import StewardModel

/// What an environment served at a time, and the record that decided it.
package struct Served: Sendable, Equatable {
    package var environment: String
    /// Of the change that brought it about.
    package var record: Record
    package var change: RouteChange
    /// When something else was decided; `nil` while it still serves.
    package var until: Timestamp?
    package var isFrozen = false
    /// The kill switch was on: clients used what they had built in.
    package var isDisabled = false
    /// As they stood then, where one was under way.
    package var rollout: Rollout?
    package var experiment: Experiment?
}

extension GovernanceState.Deployment {
    /// What every environment served at a time, by the order of their names; nothing before its first route.
    package func served(at time: Timestamp) -> [Served] {
        let end = history.count(until: time)
        return routes.keys.sorted().compactMap { served(in: $0, before: end) }
    }

    /// - Parameter end: records from here on came later.
    private func served(in environment: String, before end: Int) -> Served? {
        var served: Served?
        var (rollout, experiment): (Rollout?, Experiment?)
        var (isFrozen, isDisabled): (Bool?, Bool?)
        // The latest word on each of them counts, so backwards.
        var index = end
        while index > 0, served == nil || rollout == nil || experiment == nil || isFrozen == nil || isDisabled == nil {
            index -= 1
            let record = history[index]
            guard record.change.environment == environment else { continue }
            switch record.change {
            case .routeChanged(let change) where served == nil:
                served = Served(environment: environment, record: record, change: change)
            case .rolloutStarted(let started) where rollout == nil:
                rollout = self.rollout(started, from: index, before: end)
            case .experimentStarted(let started) where experiment == nil:
                experiment = self.experiment(started, from: index, before: end)
            case .frozen: isFrozen = isFrozen ?? true
            case .unfrozen: isFrozen = isFrozen ?? false
            case .disabled: isDisabled = isDisabled ?? true
            case .enabled: isDisabled = isDisabled ?? false
            default: break
            }
        }
        served?.until =
            history[end...].first { record in
                if case .routeChanged(let change) = record.change { change.environment == environment } else { false }
            }?.time
        served?.isFrozen = isFrozen ?? false
        served?.isDisabled = isDisabled ?? false
        served?.rollout = rollout.flatMap { $0.phase.isOver ? nil : $0 }
        served?.experiment = experiment.flatMap { $0.phase.isOver ? nil : $0 }
        return served
    }

    /// The rollout that began at a record, as it stood after those before `end`.
    private func rollout(_ started: Rollout, from start: Int, before end: Int) -> Rollout {
        var rollout = started
        (rollout.started, rollout.record) = (history[start].time, history[start].sequence)
        for record in history[start..<end] {
            switch record.change {
            case .rolloutMoved(let move) where move.id == rollout.id:
                rollout.apply(move, by: record.actor, at: record.time, record: record.sequence)
            case .routeChanged(let change)
            where change.environment == rollout.environment && change.rollout != rollout.id:
                rollout.end(.superseded, record.time)
            default: break
            }
            if rollout.phase.isOver { break }
        }
        return rollout
    }

    private func experiment(_ started: Experiment, from start: Int, before end: Int) -> Experiment {
        var experiment = started
        (experiment.started, experiment.record) = (history[start].time, history[start].sequence)
        for record in history[start..<end] {
            switch record.change {
            case .experimentMoved(let move) where move.id == experiment.id:
                experiment.apply(move, at: record.time, record: record.sequence)
            case .routeChanged(let change)
            where change.environment == experiment.environment && change.rollout != experiment.id:
                experiment.phase = .superseded
            default: break
            }
            if experiment.phase.isOver { break }
        }
        return experiment
    }
}
