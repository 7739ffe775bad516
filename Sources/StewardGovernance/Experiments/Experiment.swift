import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics

/// A comparison of two or more versions on declared metrics with a declared decision rule.
package struct Experiment: Sendable, Equatable {
    package enum Phase: String, Sendable {
        case running
        /// The rule has spoken; the split stays until a person concludes it.
        case decided
        /// A guardrail was broken: everybody is back on what served before.
        case harmed
        case concluded
        /// Somebody changed the route in another way.
        case superseded

        package var isOver: Bool { self == .harmed || self == .concluded || self == .superseded }
    }

    /// Who made a step of it, when, and the record that says so.
    package struct Step: Sendable, Equatable {
        package var time: Timestamp
        package var actor: Actor
        package var record: Int64
    }

    package var id: String
    package var deployment: String
    package var environment: String
    package var design: Design
    package var stable: RoutePlan
    package var startCounts: [ArmCounts]
    /// What was counted by group in the hour of the start, before it.
    package var startSegments: SegmentCounts
    package var startedBy: String
    package var reason: String?
    package var started = Timestamp(microseconds: 0)
    package var startRecord: Int64 = 0
    package var ended: Timestamp?
    package var phase = Phase.running
    package var verdict: ExperimentVerdict?
    /// When the rule spoke.
    package var decision: Step?
    /// Who ended it.
    package var ending: Step?
    /// The version that everybody went to at the end; `nil`: what served before.
    package var outcome: String?
    /// What was counted at its end: what comes later is no part of it.
    package var closing: ExperimentEvidence?
    package var looks: [ExperimentLook] = []
    /// Spans of constant weights that are over, where weights follow the outcome.
    package var periods: [ExperimentPeriod] = []
    /// The weights in force, in the order of the arms.
    package var weights: [Int64]
    package var weightsSince = Timestamp(microseconds: 0)
    /// All-time counts when they came into force: what guardrails of weights that change are held against.
    package var weightsCounts: [ArmCounts]
    package var record: Int64 = 0

    package init(
        id: String, deployment: String, environment: String, design: Design, stable: RoutePlan,
        startCounts: [ArmCounts], startSegments: SegmentCounts = SegmentCounts(), startedBy: String, reason: String?
    ) {
        self.id = id
        self.deployment = deployment
        self.environment = environment
        self.design = design
        self.stable = stable
        self.startCounts = startCounts
        self.startSegments = startSegments
        self.startedBy = startedBy
        self.reason = reason
        weights = design.allocation == nil ? design.arms.map(\.weight) : ExperimentAllocation.start(design.arms)
        weightsCounts = startCounts
    }

    /// With the weights in force.
    var route: RoutePlan { split(weights) }

    /// The control stands last, as a stable version does: where weights change, fewest callers move.
    func split(_ weights: [Int64]) -> RoutePlan {
        let targets = zip(design.arms, weights).map { Target(version: $0.version, weight: $1) }
        var plan = RoutePlan(targets: Array(targets.dropFirst() + targets.prefix(1)))
        plan.stickyBy = design.unit
        return plan
    }
}

/// What was counted of an arm: all-time numbers, of which only differences count.
package struct ArmCounts: Sendable, Equatable {
    package var events: Int64
    package var primary: Tally
    package var guardrails: [Tally]

    package init(events: Int64, primary: Tally, guardrails: [Tally] = []) {
        self.events = events
        self.primary = primary
        self.guardrails = guardrails
    }

    func since(_ start: ArmCounts) -> ArmCounts {
        ArmCounts(
            events: max(0, events - start.events), primary: primary.since(start.primary),
            guardrails: zip(guardrails, start.guardrails).map { $0.since($1) })
    }
}

/// A span in which the weights of the arms did not change, by the minutes that events belong to.
package struct ExperimentPeriod: Sendable, Equatable {
    package var weights: [Int64]
    package var from: Timestamp
    package var until: Timestamp
    /// Of each arm; guardrails are not kept.
    package var counts: [ArmCounts]

    package init(weights: [Int64], from: Timestamp, until: Timestamp, counts: [ArmCounts]) {
        self.weights = weights
        self.from = from
        self.until = until
        self.counts = counts
    }
}

/// What was counted of the arms by the values of an event's segments.
package struct SegmentCounts: Sendable, Equatable {
    package struct Group: Sendable, Hashable {
        package var attribute: String
        package var value: String
        package init(attribute: String, value: String) {
            self.attribute = attribute
            self.value = value
        }
    }

    /// Of each arm, in their order.
    package var tallies: [Group: [Tally]] = [:]
    /// The mean of the primary metric before the experiment, by the covariate's value.
    package var history: [String: Double] = [:]

    package init(tallies: [Group: [Tally]] = [:], history: [String: Double] = [:]) {
        self.tallies = tallies
        self.history = history
    }
}

/// What the rule says of an experiment, in numbers and one sentence.
package struct ExperimentVerdict: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case winner, harm
        case noDifference = "no_difference"
    }
    package var kind: Kind
    /// The version that won, or that does harm.
    package var version: String?
    package var explanation: String
    package var pValue: Double?

    package var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "version": version.map { .string($0) } ?? .null,
            "p_value": pValue.map { .number($0) } ?? .null, "explanation": .string(explanation),
        ]
    }
}
