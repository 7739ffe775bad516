import StewardJSON
import StewardModel
import StewardPolicy

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

    package enum Better: String, Sendable, CaseIterable { case lower, higher }

    package struct Arm: Sendable, Equatable {
        package var version: String
        package var weight: Int64
        package init(version: String, weight: Int64) {
            self.version = version
            self.weight = weight
        }
    }

    /// What is declared before the first request, and cannot change after it.
    package struct Design: Sendable, Equatable {
        package var name: String
        /// The first one is the control.
        package var arms: [Arm]
        /// What keeps a caller in one arm; `nil`: the targeting key.
        package var unit: RouteAttribute?
        /// How many requests a unit makes, about; the sample ratio is held against that many fewer counts.
        package var requestsPerUnit: Double
        package var primary: Metric
        /// For a quantile: the value, in its unit, beyond which requests are counted; the share beyond it is compared.
        package var threshold: Double?
        package var better: Better
        /// Versions that get worse by more than this are taken out at once.
        package var guardrails: [RolloutGuard]
        package var alpha: Double
        /// Observations in all arms before the rule may speak.
        package var minimumSample: Int64
        /// Observations in all arms at which it ends without a winner.
        package var maximumSample: Int64?

        package init(
            name: String, arms: [Arm], unit: RouteAttribute?, requestsPerUnit: Double, primary: Metric,
            threshold: Double? = nil, better: Better, guardrails: [RolloutGuard], alpha: Double, minimumSample: Int64,
            maximumSample: Int64?
        ) {
            self.name = name
            self.arms = arms
            self.unit = unit
            self.requestsPerUnit = requestsPerUnit
            self.primary = primary
            self.threshold = threshold
            self.better = better
            self.guardrails = guardrails
            self.alpha = alpha
            self.minimumSample = minimumSample
            self.maximumSample = maximumSample
        }

        /// What is compared, in words.
        var primaryName: String {
            threshold.map { "the share of requests with \(primary.rawValue) beyond \(NumberText.short($0))" }
                ?? primary.rawValue
        }
    }

    package var id: String
    package var deployment: String
    package var environment: String
    package var design: Design
    package var stable: RoutePlan
    package var startCounts: [ArmCounts]
    package var startedBy: String
    package var reason: String?
    package var started = Timestamp(microseconds: 0)
    package var ended: Timestamp?
    package var phase = Phase.running
    package var verdict: ExperimentVerdict?
    package var record: Int64 = 0

    var route: RoutePlan {
        var plan = RoutePlan(targets: design.arms.map { Target(version: $0.version, weight: $0.weight) })
        plan.stickyBy = design.unit
        return plan
    }
}

/// What was counted of an arm: all-time numbers, of which only differences count.
package struct ArmCounts: Sendable, Equatable {
    package var events: Int64
    package var primary: Tally
    package var guardrails: [Tally]

    package init(events: Int64, primary: Tally, guardrails: [Tally]) {
        self.events = events
        self.primary = primary
        self.guardrails = guardrails
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
