import StewardModel
import StewardPolicy
import StewardStatistics

/// Plays many rollouts of one policy against made-up traffic, on the real engine and state, with a seeded generator:
/// how often is a harmless version rolled back, and how much harm does a bad one do before it is?
///
/// Rates are played as they are; a guard on a quantile as the share beyond its threshold; a guard on a mean by values
/// that are spread log-normally.
package struct RolloutSimulation: Sendable {
    package struct Scenario: Sendable {
        /// The stable version's level of the metric that the harm is done to, and the new one's: a share of bad
        /// requests (for a quantile, those beyond its threshold), or a mean.
        package var stableRate: Double
        package var canaryRate: Double
        /// The guarded metric that the harm is done to; `nil` for the first share, or the first there is.
        package var metric: Metric?
        /// How widely values are spread: their standard deviation in units of the mean.
        package var spread: Double
        /// All requests to the deployment, per second.
        package var requestsPerSecond: Double
        /// How often the engine looks.
        package var lookSeconds: Int64
        package var runs: Int
        package var seed: UInt64
        package var traffic: Traffic

        package init(
            stableRate: Double, canaryRate: Double, metric: Metric? = nil, spread: Double = 1,
            requestsPerSecond: Double, lookSeconds: Int64 = 2, runs: Int = 1000, seed: UInt64 = 1,
            traffic: Traffic = .steady
        ) {
            self.metric = metric
            self.spread = spread
            self.traffic = traffic
            self.stableRate = stableRate
            self.canaryRate = canaryRate
            self.requestsPerSecond = requestsPerSecond
            self.lookSeconds = lookSeconds
            self.runs = runs
            self.seed = seed
        }
    }

    /// What reaches the new version, and what is known of it.
    package enum Traffic: String, Sendable, CaseIterable {
        case steady
        /// No request at all.
        case none
        /// None from the second step on.
        case stops
        /// What the guards measure is known only ``delay`` later.
        case delayed
        /// What the guards measure is not a number.
        case notANumber = "nan"

        package static let delay = Duration.seconds(900)
    }

    package struct Outcome: Sendable, Equatable {
        package var runs = 0
        package var completed = 0
        package var rolledBack = 0
        /// Held until the deadline.
        package var undecided = 0
        /// The furthest that any of the runs came, from 0, and how soon the first of them left the first step.
        package var furthestStep = 0
        package var firstAdvanceSeconds: Int64?
        /// Of the runs that were rolled back, sorted: bad requests of the new version, all its requests, seconds.
        package var harmed: [Int64] = []
        package var served: [Int64] = []
        package var seconds: [Int64] = []

        package init() {}

        package static func median(_ values: [Int64]) -> Int64? { quantile(0.5, values) }

        /// Of sorted values; `nil` where there are none.
        package static func quantile(_ q: Double, _ values: [Int64]) -> Int64? {
            values.isEmpty ? nil : values[min(Int(q * Double(values.count)), values.count - 1)]
        }
    }

    private let policy: RolloutPolicy
    private let scenario: Scenario
    private var traffic: SimulatedTraffic
    /// The guard whose metric the harm is done to.
    private let harmed: Int
    /// What was measured and is not known yet.
    private var late: [(due: Timestamp, canary: [Tally], stable: [Tally])] = []

    /// - Throws: ``StewardError/Code/invalidInput`` where the scenario is out of range or the policy cannot be played.
    package init(_ policy: RolloutPolicy, _ scenario: Scenario) throws(StewardError) {
        let metrics = policy.plan.guards.map(\.metric)
        let harmed =
            if let metric = scenario.metric { metrics.firstIndex(of: metric) } else {
                metrics.firstIndex { $0.shape == .rate } ?? metrics.indices.first
            }
        guard let harmed else {
            let names = metrics.map(\.rawValue).joined(separator: ", ")
            throw StewardError(
                .invalidInput, "no guard watches it; those of the policy watch \(names)", field: "metric")
        }
        for (name, level) in [("baseline", scenario.stableRate), ("harm", scenario.canaryRate)] {
            if metrics[harmed].shape == .mean {
                guard level >= 0, level <= 1e9 else {
                    throw StewardError(.invalidInput, "must be from 0 to 1000000000", field: name)
                }
            } else if !(0...1).contains(level) {
                throw StewardError(.invalidInput, "must be a share from 0 to 1", field: name)
            }
        }
        guard scenario.requestsPerSecond > 0, scenario.requestsPerSecond <= 1e6, scenario.lookSeconds >= 1,
            scenario.runs >= 1
        else { throw StewardError(.invalidInput, "must be above 0", field: "rate") }
        guard (0...100).contains(scenario.spread) else {
            throw StewardError(.invalidInput, "must be from 0 to 100", field: "spread")
        }
        self.policy = policy
        self.scenario = scenario
        self.harmed = harmed
        traffic = SimulatedTraffic(scenario, harmed: metrics[harmed], policy.plan.guards)
    }

    package mutating func run() throws(StewardError) -> Outcome {
        var outcome = Outcome()
        for _ in 0..<scenario.runs { try play(&outcome) }
        outcome.sort()
        return outcome
    }

    private mutating func play(_ outcome: inout Outcome) throws(StewardError) {
        var state = GovernanceState()
        var time = Timestamp(seconds: 1_000_000)
        func perform(_ command: Command) throws(StewardError) {
            for change in try state.decide(command) {
                state.apply(Record(sequence: state.size, time: time, actor: .daemon, change: change))
            }
        }
        for name in ["stable", "new"] {
            try perform(.registerVersion(deployment: "simulated", name: name, digest: "sha256:\(name)"))
        }
        try perform(
            .promote(deployment: "simulated", environment: "production", version: "stable", reason: nil))
        let none = policy.plan.guards.map { _ in Tally() }
        var counts = RolloutCounts(events: 0, canary: none, stable: none)
        let thresholds = policy.plan.guards.map { rule -> Double? in
            if case .quantile = rule.metric.shape { 1 } else { nil }
        }
        let start = RolloutStart(
            deployment: "simulated", environment: "production", version: "new", policy: policy,
            policyDigest: "sha256:simulated", thresholds: thresholds, counts: counts, isRetry: false, reason: nil)
        try perform(.startRollout(start, by: .daemon, now: time))
        guard var rollout = state.activeRollout("simulated", "production") else { return }
        let began = time
        late = []
        while !rollout.phase.isDecided, time < began + policy.plan.deadline {
            time = nextLook(rollout, counts, after: time)
            serve(rollout, &counts, now: time)
            let judgement = RolloutEngine.judge(rollout, counts, isFrozen: false, now: time)
            guard let action = judgement.action else { continue }
            try perform(.moveRollout(id: rollout.id, action, record: rollout.record, counts: counts))
            if case .awaitApproval = action {
                // People are taken to agree at once: the figures are about the guards.
                try perform(
                    .requestRollout(.approve, id: rollout.id, reason: nil, by: Actor(.person, "second person")))
            }
            rollout = try state.rollout(rollout.id)
            outcome.note(rollout, after: time - began)
        }
        tell(rollout, counts, time - began, &outcome)
    }

    private func tell(
        _ rollout: Rollout, _ counts: RolloutCounts, _ duration: Duration, _ outcome: inout Outcome
    ) {
        outcome.runs += 1
        switch rollout.phase {
        case .completed: outcome.completed += 1
        // Without a decision it was the deadline, not a guard.
        case .rolledBack where rollout.decision == nil: outcome.undecided += 1
        case .rolledBack, .held, .bothBad:
            outcome.rolledBack += 1
            // How many requests a higher mean is bad for cannot be said.
            if policy.plan.guards[harmed].metric.shape != .mean {
                outcome.harmed.append(Int64(counts.canary[harmed].sum))
            }
            outcome.served.append(counts.events)
            outcome.seconds.append(duration.components.seconds)
        default: outcome.undecided += 1
        }
    }

    /// While nothing reaches the new version, only time can change what the engine says: it is looked at again then.
    private func nextLook(_ rollout: Rollout, _ counts: RolloutCounts, after time: Timestamp) -> Timestamp {
        let soon = time + .seconds(scenario.lookSeconds)
        guard scenario.traffic == .none else { return soon }
        return RolloutEngine.nextTurn(of: rollout, after: time).map { max($0, soon) } ?? soon
    }

    /// The requests between two looks, split as the route says.
    private mutating func serve(_ rollout: Rollout, _ counts: inout RolloutCounts, now: Timestamp) {
        guard scenario.traffic != .none else { return }
        let expected = scenario.requestsPerSecond * Double(scenario.lookSeconds)
        let share = Double(policy.plan.steps[rollout.step].weight) / 100
        let isCut = scenario.traffic == .stops && rollout.step > 0
        let new = isCut ? 0 : traffic.count(expected * share)
        let stable = traffic.count(expected * (1 - share))
        counts.events += new
        guard scenario.traffic == .delayed else {
            for index in counts.canary.indices {
                var measured = traffic.measure(index, canary: new, stable: stable)
                if scenario.traffic == .notANumber { measured.canary.sum = .nan }
                counts.canary[index] = counts.canary[index] + measured.canary
                counts.stable[index] = counts.stable[index] + measured.stable
            }
            return
        }
        let measured = counts.canary.indices.map { traffic.measure($0, canary: new, stable: stable) }
        late.append((due: now + Traffic.delay, canary: measured.map(\.canary), stable: measured.map(\.stable)))
        let known = late.prefix { $0.due <= now }
        for tallies in known {
            for index in counts.canary.indices {
                counts.canary[index] = counts.canary[index] + tallies.canary[index]
                counts.stable[index] = counts.stable[index] + tallies.stable[index]
            }
        }
        late.removeFirst(known.count)
    }
}

extension Rollout.Phase {
    /// Over, or up to a person.
    fileprivate var isDecided: Bool { isOver || self == .held || self == .bothBad }
}

extension RolloutSimulation.Scenario {
    /// The same runs in parts with seeds of their own, which can be played side by side; how many there are depends on
    /// the number of runs alone.
    package var parts: [RolloutSimulation.Scenario] {
        let most = 100
        return stride(from: 0, to: runs, by: most).map { first in
            var part = self
            part.runs = min(most, runs - first)
            part.seed = seed &+ UInt64(first)
            return part
        }
    }
}

extension RolloutSimulation.Outcome {
    /// Adds what other runs came to.
    package mutating func add(_ other: Self) {
        runs += other.runs
        completed += other.completed
        rolledBack += other.rolledBack
        undecided += other.undecided
        furthestStep = max(furthestStep, other.furthestStep)
        firstAdvanceSeconds = [firstAdvanceSeconds, other.firstAdvanceSeconds].compactMap(\.self).min()
        harmed += other.harmed
        served += other.served
        seconds += other.seconds
        sort()
    }

    fileprivate mutating func sort() {
        harmed.sort()
        served.sort()
        seconds.sort()
    }

    fileprivate mutating func note(_ rollout: Rollout, after time: Duration) {
        guard rollout.step > 0 else { return }
        furthestStep = max(furthestStep, rollout.step)
        firstAdvanceSeconds = min(firstAdvanceSeconds ?? .max, time.components.seconds)
    }
}
