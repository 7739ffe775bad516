import StewardModel
import StewardPolicy
import StewardStatistics

/// Plays many rollouts of one policy against made-up traffic, on the real engine and state, with a seeded generator:
/// how often is a harmless version rolled back, and how much harm does a bad one do before it is?
///
/// Rates are played as they are; a guard on a quantile as the share beyond its threshold. Guards on means get no
/// values, so a policy that has them never ends here; ``Scenario/problem(_:)`` says so.
package struct RolloutSimulation: Sendable {
    package struct Scenario: Sendable {
        /// The stable version's share of bad requests, and the new one's.
        package var stableRate: Double
        package var canaryRate: Double
        /// All requests to the deployment, per second.
        package var requestsPerSecond: Double
        /// How often the engine looks.
        package var lookSeconds: Int64
        package var runs: Int
        package var seed: UInt64
        package var traffic: Traffic

        package init(
            stableRate: Double, canaryRate: Double, requestsPerSecond: Double, lookSeconds: Int64 = 2,
            runs: Int = 1000, seed: UInt64 = 1, traffic: Traffic = .steady
        ) {
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

        package static func median(_ values: [Int64]) -> Int64? {
            values.isEmpty ? nil : values[values.count / 2]
        }
    }

    private let policy: RolloutPolicy
    private let scenario: Scenario
    private var generator: SplitMix64
    /// What was measured and is not known yet.
    private var late: [(due: Timestamp, canary: [Tally], stable: [Tally])] = []

    /// - Throws: ``StewardError/Code/invalidInput`` where the scenario is out of range or the policy cannot be played.
    package init(_ policy: RolloutPolicy, _ scenario: Scenario) throws(StewardError) {
        guard policy.plan.guards.allSatisfy({ $0.metric.shape != .mean }) else {
            throw StewardError(
                .invalidInput, "guards on means cannot be simulated: how values are spread is not known",
                field: "guards")
        }
        for (name, rate) in [("baseline", scenario.stableRate), ("harm", scenario.canaryRate)]
        where !(0...1).contains(rate) {
            throw StewardError(.invalidInput, "must be a share from 0 to 1", field: name)
        }
        guard scenario.requestsPerSecond > 0, scenario.requestsPerSecond <= 1e6, scenario.lookSeconds >= 1,
            scenario.runs >= 1
        else { throw StewardError(.invalidInput, "must be above 0", field: "rate") }
        self.policy = policy
        self.scenario = scenario
        generator = SplitMix64(state: scenario.seed)
    }

    package mutating func run() throws(StewardError) -> Outcome {
        var outcome = Outcome()
        for _ in 0..<scenario.runs { try play(&outcome) }
        outcome.harmed.sort()
        outcome.served.sort()
        outcome.seconds.sort()
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
        guard let id = state.activeRollout("simulated", "production")?.id else { return }
        let began = time
        late = []
        while let rollout = state.rollouts[id], !rollout.phase.isOver, time < began + policy.plan.deadline {
            time = time + .seconds(scenario.lookSeconds)
            serve(rollout, &counts, now: time)
            let judgement = RolloutEngine.judge(rollout, counts, isFrozen: false, now: time)
            guard let action = judgement.action else { continue }
            switch action {
            case .freeze, .hold, .bothBad: break
            case .awaitApproval:
                // People are taken to agree at once: the figures are about the guards.
                try perform(.moveRollout(id: id, action, record: rollout.record, counts: counts))
                try perform(
                    .requestRollout(.approve, id: id, reason: nil, by: Actor(.person, "second person")))
                continue
            default:
                try perform(.moveRollout(id: id, action, record: rollout.record, counts: counts))
                outcome.note(state.rollouts[id], after: time - began)
                continue
            }
            break
        }
        tell(state.rollouts[id], counts, time - began, &outcome)
    }

    private func tell(
        _ rollout: Rollout?, _ counts: RolloutCounts, _ duration: Duration, _ outcome: inout Outcome
    ) {
        outcome.runs += 1
        switch rollout?.phase {
        case .completed: outcome.completed += 1
        // Without a decision it was the deadline, not a guard.
        case .rolledBack where rollout?.decision == nil: outcome.undecided += 1
        case .rolledBack, .held, .bothBad:
            outcome.rolledBack += 1
            outcome.harmed.append(Int64(counts.canary.first?.sum ?? 0))
            outcome.served.append(counts.events)
            outcome.seconds.append(duration.components.seconds)
        default: outcome.undecided += 1
        }
    }

    /// The requests between two looks, split as the route says.
    private mutating func serve(_ rollout: Rollout, _ counts: inout RolloutCounts, now: Timestamp) {
        let expected = scenario.requestsPerSecond * Double(scenario.lookSeconds)
        let share = Double(policy.plan.steps[rollout.step].weight) / 100
        let isCut = scenario.traffic == .none || (scenario.traffic == .stops && rollout.step > 0)
        let new = isCut ? 0 : generator.count(expected * share)
        let stable = generator.count(expected * (1 - share))
        counts.events += new
        var measured = (
            due: now, canary: counts.canary.map { _ in Tally() }, stable: counts.stable.map { _ in Tally() }
        )
        for index in counts.canary.indices {
            let (newRate, stableRate) = rates(policy.plan.guards[index].metric)
            measured.canary[index] = Tally(hits: generator.hits(new, newRate), trials: new)
            measured.stable[index] = Tally(hits: generator.hits(stable, stableRate), trials: stable)
            if scenario.traffic == .notANumber { measured.canary[index].sum = .nan }
        }
        if scenario.traffic == .delayed { measured.due = now + Traffic.delay }
        late.append(measured)
        let known = late.prefix { $0.due <= now }
        for tallies in known {
            for index in counts.canary.indices {
                counts.canary[index] = counts.canary[index] + tallies.canary[index]
                counts.stable[index] = counts.stable[index] + tallies.stable[index]
            }
        }
        late.removeFirst(known.count)
    }

    /// Both versions answer as fast as each other; what differs is the rate of errors.
    private func rates(_ metric: Metric) -> (Double, Double) {
        if case .quantile(let q) = metric.shape { return (1 - q, 1 - q) }
        return (scenario.canaryRate, scenario.stableRate)
    }
}

extension RolloutSimulation.Outcome {
    fileprivate mutating func note(_ rollout: Rollout?, after time: Duration) {
        guard let rollout, rollout.step > 0 else { return }
        furthestStep = max(furthestStep, rollout.step)
        firstAdvanceSeconds = min(firstAdvanceSeconds ?? .max, time.components.seconds)
    }
}

/// The two draws that traffic needs.
extension SplitMix64 {
    /// About as many as expected: the whole part, and one more with the chance of the rest.
    fileprivate mutating func count(_ expected: Double) -> Int64 {
        let whole = expected.rounded(.down)
        return Int64(whole) + (unit() < expected - whole ? 1 : 0)
    }

    /// How many of `trials` independent ones hit, by the distances between hits.
    fileprivate mutating func hits(_ trials: Int64, _ rate: Double) -> Int64 {
        if rate <= 0 { return 0 }
        if rate >= 1 { return trials }
        var (hits, place) = (Int64(0), Int64(0))
        while true {
            place += Geometric.distance(unit(), rate)
            if place > trials { return hits }
            hits += 1
        }
    }
}
