import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics

extension Experiment {
    package enum Better: String, Sendable, CaseIterable { case lower, higher }

    package struct Arm: Sendable, Equatable {
        package var version: String
        package var weight: Int64
        package init(version: String, weight: Int64) {
            self.version = version
            self.weight = weight
        }
    }

    /// Where a largest sample is declared: a few looks, with bounds that together keep the error.
    package struct Plan: Sendable, Equatable {
        /// Observations in all arms at the last look.
        package var maximumSample: Int64
        /// Evenly spaced, the last one at the largest sample.
        package var looks: Int64
        package var spending: AlphaSpending

        package init(maximumSample: Int64, looks: Int64 = 5, spending: AlphaSpending = .obrienFleming) {
            self.maximumSample = maximumSample
            self.looks = looks
            self.spending = spending
        }

        /// How many looks lie at or below a sample.
        func reached(_ sample: Int64) -> Int64 {
            min(looks, Int64(Double(sample) * Double(looks) / Double(maximumSample)))
        }

        /// Observations at a look, from 1.
        func sample(at look: Int64) -> Int64 {
            Int64((Double(maximumSample) * Double(look) / Double(looks)).rounded(.up))
        }
    }

    /// Weights that follow the outcome.
    package struct Allocation: Sendable, Equatable {
        /// The least share of every arm.
        package var floor: Double
        /// The least time between two changes of weights.
        package var interval: Duration

        package init(floor: Double, interval: Duration) {
            self.floor = floor
            self.interval = interval
        }
    }

    /// Who ends it once the rule has spoken.
    package enum Ending: String, Sendable, CaseIterable {
        /// The split stays until a person concludes it.
        case hold
        /// Everybody goes to the winner, if the gates of a promotion let it pass; without one, back to what served.
        case promote
    }

    /// What is declared before the first request, and cannot change after it.
    package struct Design: Sendable, Equatable {
        package var name: String
        /// What is to be found out, in a sentence for people.
        package var question: String?
        /// The first one is the control.
        package var arms: [Arm]
        /// What keeps a caller in one arm; `nil`: the targeting key.
        package var unit: RouteAttribute?
        /// How many requests a unit makes, about: as many count as one, because they are not independent.
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
        /// `nil`: a confidence sequence, which may be looked at for ever.
        package var plan: Plan?
        /// Keys of an event's `segments`: each value is read alone, and decides nothing.
        package var segments: [String]
        /// A key of `segments` whose values differed in the primary metric before the experiment.
        package var covariate: String?
        /// `nil`: the weights stay.
        package var allocation: Allocation?
        package var ending: Ending

        package init(
            name: String, question: String? = nil, arms: [Arm], unit: RouteAttribute? = nil,
            requestsPerUnit: Double = 1,
            primary: Metric, threshold: Double? = nil, better: Better = .lower, guardrails: [RolloutGuard] = [],
            alpha: Double = 0.05, minimumSample: Int64 = 200, plan: Plan? = nil, segments: [String] = [],
            covariate: String? = nil, allocation: Allocation? = nil, ending: Ending = .hold
        ) {
            self.name = name
            self.question = question
            self.arms = arms
            self.unit = unit
            self.requestsPerUnit = requestsPerUnit
            self.primary = primary
            self.threshold = threshold
            self.better = better
            self.guardrails = guardrails
            self.alpha = alpha
            self.minimumSample = minimumSample
            self.plan = plan
            self.segments = segments
            self.covariate = covariate
            self.allocation = allocation
            self.ending = ending
        }

        /// Of each arm that is compared with the control (Bonferroni).
        var alphaPerArm: Double { alpha / Double(max(1, arms.count - 1)) }

        /// What is compared, in words.
        var primaryName: String {
            threshold.map { "the share of requests with \(primary.rawValue) beyond \(NumberText.short($0))" }
                ?? primary.rawValue
        }

        func isBetter(_ interval: ConfidenceInterval) -> Bool {
            better == .lower ? interval.upper < 0 : interval.lower > 0
        }

        func isWorse(_ interval: ConfidenceInterval) -> Bool {
            better == .lower ? interval.lower > 0 : interval.upper < 0
        }

        func moments(_ tally: Tally) -> ArmMoments {
            byUnit(isRate ? ArmMoments(hits: tally.sum, trials: Double(tally.count)) : ArmMoments(tally))
        }

        /// As many independent observations as there are units, at the least.
        func byUnit(_ moments: ArmMoments) -> ArmMoments {
            ArmMoments(count: moments.count / requestsPerUnit, mean: moments.mean, variance: moments.variance)
        }

        var isRate: Bool { primary.shape == .rate || threshold != nil }

        /// What has to be counted by group for it: every segment, and the covariate.
        package var groupAttributes: [String] {
            segments + (covariate.map { segments.contains($0) ? [] : [$0] } ?? [])
        }
    }
}

// MARK: - JSON

extension Experiment.Design {
    package var json: JSONValue {
        var members: [JSONValue.Member] = [.init(name: "name", value: .string(name))]
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(.init(name: name, value: value)) }
        }
        add("question", question.map { .string($0) })
        add("arms", .array(arms.map { ["version": .string($0.version), "weight": .integer($0.weight)] }))
        add("unit", unit.map { .string($0.text) } ?? .null)
        add("requests_per_unit", .number(requestsPerUnit))
        add("primary", .string(primary.rawValue))
        add("threshold", threshold.map { .number($0) } ?? .null)
        add("better", .string(better.rawValue))
        add("guardrails", .array(guardrails.map(\.json)))
        add("alpha", .number(alpha))
        add("minimum_sample", .integer(minimumSample))
        add("maximum_sample", plan.map { .integer($0.maximumSample) } ?? .null)
        add("looks", plan.map { .integer($0.looks) })
        add("spending", plan.map { .string($0.spending.name) })
        if case .power(let exponent)? = plan?.spending { add("spending_exponent", .number(exponent)) }
        if !segments.isEmpty { add("segments", .array(segments.map { .string($0) })) }
        add("covariate", covariate.map { .string($0) })
        if let allocation {
            add("allocation", "thompson")
            add("floor", .number(allocation.floor))
            add("interval_minutes", .integer(allocation.interval.components.seconds / 60))
        }
        add("when_decided", .string(ending.rawValue))
        return .object(members)
    }

    init(_ data: RecordFields) throws {
        guard let primary = Metric(rawValue: try data.string("primary")),
            let better = Experiment.Better(rawValue: try data.string("better")),
            let alpha = data.optionalDouble("alpha"), let perUnit = data.optionalDouble("requests_per_unit")
        else { throw data.problem("design") }
        var plan: Experiment.Plan?
        // Before there were looks, a largest sample ended a confidence sequence; read as a plan, it decides the same.
        if let most = data.optionalInteger("maximum_sample") {
            plan = Experiment.Plan(maximumSample: most, looks: data.optionalInteger("looks") ?? 1)
            if let name = data.optionalString("spending"),
                let spending = AlphaSpending(name, exponent: data.optionalDouble("spending_exponent"))
            {
                plan?.spending = spending
            }
        }
        var allocation: Experiment.Allocation?
        if let floor = data.optionalDouble("floor") {
            allocation = Experiment.Allocation(
                floor: floor, interval: .seconds(60 * (try data.integer("interval_minutes"))))
        }
        self.init(
            name: try data.string("name"), question: data.optionalString("question"),
            arms: try data.objects("arms").map {
                Experiment.Arm(version: try $0.string("version"), weight: try $0.integer("weight"))
            },
            unit: data.optionalString("unit").flatMap(RouteAttribute.init), requestsPerUnit: perUnit,
            primary: primary, threshold: data.optionalDouble("threshold"), better: better,
            guardrails: try data.objects("guardrails").map(RolloutGuard.init),
            alpha: alpha, minimumSample: try data.integer("minimum_sample"), plan: plan,
            segments: data.has("segments") ? try data.strings("segments") : [],
            covariate: data.optionalString("covariate"), allocation: allocation,
            ending: data.optionalString("when_decided").flatMap(Experiment.Ending.init) ?? .hold)
    }
}

extension AlphaSpending {
    /// The names of the three families, as they are declared.
    package static let names = ["obrien_fleming", "pocock", "power"]

    package var name: String {
        switch self {
        case .obrienFleming: Self.names[0]
        case .pocock: Self.names[1]
        case .power: Self.names[2]
        }
    }

    /// - Parameter exponent: of the power family; 2 where it is left out.
    package init?(_ name: String, exponent: Double?) {
        switch name {
        case Self.names[0]: self = .obrienFleming
        case Self.names[1]: self = .pocock
        case Self.names[2]: self = .power(exponent ?? 2)
        default: return nil
        }
    }
}
