import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics

/// New weights of an experiment's arms, with all they rest on: enough to compute them again.
package struct Reweighing: Sendable, Equatable {
    package var weights: [Int64]
    /// The span that ends with it.
    package var period: ExperimentPeriod
    /// All-time counts at the change.
    package var counts: [ArmCounts]
    package var beliefs: [ArmBelief]
    /// Of each arm, of being the best.
    package var chances: [Double]
    /// Of the generator that the chances were drawn with.
    package var seed: Int64
}

/// When weights follow the outcome, and to what. Pure: the seed is a parameter.
package enum ExperimentAllocation {
    /// What the weights of an experiment that changes them add up to.
    package static let total: Int64 = 1000
    /// Smaller changes are not worth moving callers for; of the total.
    static let leastChange: Int64 = 50
    /// Observations of every arm before a span may end.
    static let leastPerArm: Int64 = 100
    /// How long after a minute its events may still come.
    package static let settling = Duration.seconds(120)
    /// Spans that are kept; after that the weights stay.
    static let mostPeriods = 500
    static let draws = 5000

    /// The first whole minute after the present weights came into force, up to the last that has settled; `nil` where
    /// there is none yet.
    package static func settled(_ experiment: Experiment, now: Timestamp) -> Range<Int64>? {
        let first = experiment.weightsSince.minute + 1
        let end = (now - settling).minute
        return first < end ? first..<end : nil
    }

    /// - Returns: `nil` where the weights stay: before the least time, with too few observations in the span, where
    ///   they would hardly change, or once the rule has spoken.
    package static func reweigh(
        _ experiment: Experiment, _ evidence: ExperimentEvidence, seed: Int64, now: Timestamp
    ) -> Reweighing? {
        let design = experiment.design
        guard let allocation = design.allocation, experiment.phase == .running, let present = evidence.period,
            now - experiment.weightsSince >= allocation.interval, experiment.periods.count < mostPeriods,
            present.counts.count == design.arms.count,
            present.counts.allSatisfy({ $0.primary.count >= leastPerArm })
        else { return nil }
        let periods = experiment.periods + [present]
        let weight = periods.map { period in Double(period.counts.reduce(0) { $0 + $1.primary.count }) }
        let beliefs = design.arms.indices.compactMap { arm in
            ArmBelief(
                periods: zip(periods, weight).map { (design.moments($0.counts[arm].primary), $1) },
                isRate: design.isRate)
        }
        guard beliefs.count == design.arms.count else { return nil }
        var generator = SplitMix64(seed: UInt64(bitPattern: seed))
        let chances = ThompsonSampling.chances(
            beliefs, lowerIsBetter: design.better == .lower, draws: draws, &generator)
        let weights = ThompsonSampling.weights(chances, floor: allocation.floor, total: total)
        guard zip(weights, experiment.weights).contains(where: { abs($0 - $1) >= leastChange }) else { return nil }
        return Reweighing(
            weights: weights, period: present, counts: evidence.counts, beliefs: beliefs, chances: chances, seed: seed)
    }

    /// The weights to begin with, of the same sum as those that follow, so that nobody moves but for a change.
    static func start(_ arms: [Experiment.Arm]) -> [Int64] {
        ThompsonSampling.weights(arms.map { Double($0.weight) }, floor: 0, total: total)
    }
}

// MARK: - JSON

extension Reweighing {
    var json: JSONValue {
        [
            "weights": .array(weights.map { .integer($0) }), "period": period.json,
            "counts": .array(counts.map(\.json)),
            "beliefs": .array(
                beliefs.map {
                    ["mean": .number($0.mean), "deviation": .number($0.deviation), "rate": .bool($0.isRate)]
                }),
            "chances": .array(chances.map { .number($0) }), "seed": .string(String(seed)),
        ]
    }

    init(_ data: RecordFields) throws {
        guard let seed = Int64(try data.string("seed")) else { throw data.problem("seed") }
        self.init(
            weights: try data.integers("weights"), period: try ExperimentPeriod(try data.object("period")),
            counts: try data.objects("counts").map(ArmCounts.init),
            beliefs: try data.objects("beliefs").map { fields in
                guard let mean = fields.optionalDouble("mean"), let deviation = fields.optionalDouble("deviation")
                else {
                    throw fields.problem("beliefs")
                }
                return ArmBelief(mean: mean, deviation: deviation, isRate: try fields.bool("rate"))
            }, chances: try data.optionalDoubles("chances").compactMap { $0 }, seed: seed)
    }
}

extension ExperimentPeriod {
    package var json: JSONValue {
        [
            "weights": .array(weights.map { .integer($0) }), "from": .string(from.rfc3339),
            "until": .string(until.rfc3339), "counts": .array(counts.map(\.json)),
        ]
    }

    init(_ data: RecordFields) throws {
        self.init(
            weights: try data.integers("weights"), from: try data.time("from"), until: try data.time("until"),
            counts: try data.objects("counts").map(ArmCounts.init))
    }
}

extension RecordFields {
    fileprivate func integers(_ name: String) throws -> [Int64] {
        try optionalDoubles(name).map { number in
            guard let whole = number.flatMap({ Int64(exactly: $0) }) else { throw problem(name) }
            return whole
        }
    }
}
