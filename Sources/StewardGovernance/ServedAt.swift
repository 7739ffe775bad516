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

/// Where a history says what of an environment: the latest record of a kind before a time is found without reading
/// all others.
struct HistoryIndex: Sendable, Equatable {
    private(set) var routes: [Int32] = []
    private(set) var freezes: [Int32] = []
    private(set) var switches: [Int32] = []
    private(set) var rollouts: [Int32] = []
    private(set) var experiments: [Int32] = []

    mutating func note(_ change: Change, at position: Int) {
        let position = Int32(clamping: position)
        switch change {
        case .routeChanged: routes.append(position)
        case .frozen, .unfrozen: freezes.append(position)
        case .disabled, .enabled: switches.append(position)
        case .rolloutStarted: rollouts.append(position)
        case .experimentStarted: experiments.append(position)
        default: break
        }
    }
}

extension GovernanceState.Deployment {
    /// Takes a record into the history.
    mutating func note(_ record: Record) {
        if let environment = record.change.environment {
            index[environment, default: HistoryIndex()].note(record.change, at: history.count)
        }
        history.append(record)
    }

    /// What every environment served at a time, by the order of their names; nothing before its first route.
    package func served(at time: Timestamp) -> [Served] {
        let end = history.count(until: time)
        return index.keys.sorted().compactMap { served(in: $0, before: end) }
    }

    /// - Parameter end: records from here on came later.
    private func served(in environment: String, before end: Int) -> Served? {
        guard let index = index[environment], let last = latest(index.routes, before: end),
            case .routeChanged(let change) = last.record.change
        else { return nil }
        var served = Served(environment: environment, record: last.record, change: change)
        let next = index.routes[last.place...].dropFirst().first
        served.until = next.map { history[Int($0)].time }
        if case .frozen = latest(index.freezes, before: end)?.record.change { served.isFrozen = true }
        if case .disabled = latest(index.switches, before: end)?.record.change { served.isDisabled = true }
        if let start = latest(index.rollouts, before: end), case .rolloutStarted(let rollout) = start.record.change {
            let then = self.rollout(rollout, from: start.position, before: end)
            served.rollout = then.phase.isOver ? nil : then
        }
        if let start = latest(index.experiments, before: end),
            case .experimentStarted(let experiment) = start.record.change
        {
            let then = self.experiment(experiment, from: start.position, before: end)
            served.experiment = then.phase.isOver ? nil : then
        }
        return served
    }

    /// The last of these positions before `end`, and its place among them.
    private func latest(_ positions: [Int32], before end: Int) -> (record: Record, position: Int, place: Int)? {
        let after = positions.lowerBound { Int($0) >= end }
        guard after > 0 else { return nil }
        let position = Int(positions[after - 1])
        return (history[position], position, after - 1)
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
                experiment.apply(move, record)
            case .routeChanged(let change)
            where change.environment == experiment.environment && change.rollout != experiment.id:
                experiment.supersede(record)
            default: break
            }
            if experiment.phase.isOver { break }
        }
        return experiment
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index, counted from 0, whose element fulfils what all later ones fulfil too.
    func lowerBound(_ isBeyond: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(self[startIndex + middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
