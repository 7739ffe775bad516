import StewardJSON
import StewardModel

extension RolloutPolicy {
    /// Bounds on what a file may ask for.
    enum Limit {
        static let steps = 50
        static let guards = 32
    }

    /// Reads the keys of a `kind: rollout` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text)
        let mode = reader.optional("mode", .choice(), default: RollbackPolicy.Mode.enforce)
        let scope = reader.appliesTo(environments: "production")
        let steps = reader.list("steps", Self.step)
        let guards = reader.list("guards", Self.guardRule)
        let alpha = reader.optional("alpha", Self.alpha, default: 0.01)
        let onNoData = reader.optional("on_no_data", .choice(), default: RollbackPolicy.NoData.hold)
        let onFailure = reader.optional("on_failure", .choice(), default: RolloutPlan.OnFailure.rollback)
        let deadline = reader.optional(
            "deadline", .duration(in: .seconds(60) ... .seconds(90 * 86_400)), default: .seconds(86_400))
        let onDeadline = reader.optional("on_deadline", .choice(), default: RolloutPlan.OnDeadline.rollback)
        let knownGood = reader.optional("known_good", .choice(), default: KnownGood.steps)
        let coolDown = reader.optional(
            "cool_down", .duration(in: .zero ... .seconds(90 * 86_400)), default: .seconds(3600))
        Self.check(steps, guards, &reader)
        guard let name, !steps.isEmpty, !guards.isEmpty else { return nil }
        let weights = steps.map { "\($0.weight) %" }.joined(separator: ", ")
        self.init(
            name: name, summary: summary ?? "In steps of \(weights), watched by \(guards.count) guards.", mode: mode,
            deployments: scope.deployments,
            environments: scope.environments,
            plan: RolloutPlan(
                steps: steps, guards: guards, alpha: alpha, onNoData: onNoData, onFailure: onFailure,
                deadline: deadline, onDeadline: onDeadline,
                coolDown: coolDown), knownGood: knownGood)
    }

    private static let alpha = FieldType.decimal.checked(["exclusiveMinimum": 0, "maximum": 0.2]) { value in
        value > 0 && value <= 0.2 ? nil : "must be above 0 and at most 0.2: the chance of a false alarm"
    }

    private static func step(_ reader: inout MappingReader) -> RolloutStep? {
        let weight = reader.required("weight", .integer(in: 1...100))
        let sample = reader.required("minimum_sample", .integer(in: 1...1_000_000_000))
        let time = reader.required("minimum_time", .duration(in: .zero ... .seconds(30 * 86_400)))
        let approval = reader.optional("approval", .bool, default: false)
        guard let weight, let sample, let time else { return nil }
        return RolloutStep(weight: weight, minimumSample: sample, minimumTime: time, needsApproval: approval)
    }

    private static func guardRule(_ reader: inout MappingReader) -> RolloutGuard? {
        let metric: Metric? = reader.required("metric", .metric)
        let absolute = ["above", "below"].compactMap { key in
            reader.optional(key, .decimal).map { (key: key, limit: RolloutGuard.Limit.absolute($0)) }
        }
        let relative = [("above_stable", 1...1000), ("below_stable", 0...1)].compactMap { key, ratios in
            reader.mapping(key) { Self.stable(ratios, &$0) }.map { (key: key, limit: $0) }
        }
        reader.exactlyOne(of: ["above", "above_stable", "below", "below_stable"])
        let (key, limit) = (absolute + relative).first.map { ($0.key, $0.limit) } ?? ("", nil)
        if let metric, limit != nil, key.hasPrefix("below") != metric.isWorseBelow {
            let other = (metric.isWorseBelow ? "below" : "above") + key.dropFirst("above".count)
            let worse = metric.isWorseBelow ? "less" : "more"
            reader.report(reader.place(of: key), "`\(key)` must be `\(other)`: \(worse) of \(metric.rawValue) is worse")
        }
        if metric?.shape == .count {
            let message = "`metric` must not be \(Metric.requests.rawValue): how many there are harms nobody"
            reader.report(reader.place(of: "metric"), message)
        }
        if metric?.shape == .rate, case .absolute(let above) = limit, !(0..<1).contains(above) {
            reader.report(reader.place(of: "above"), "`above` must be a share from 0 to below 1: 5 % is 0.05")
        }
        guard let metric, let limit else { return nil }
        return RolloutGuard(metric: metric, limit: limit)
    }

    private static func stable(_ ratios: ClosedRange<Int>, _ reader: inout MappingReader) -> RolloutGuard.Limit? {
        let (lowest, highest) = (Double(ratios.lowerBound), Double(ratios.upperBound))
        let ratio = reader.optional(
            "ratio",
            .decimal.checked(["minimum": .number(lowest), "maximum": .number(highest)]) {
                $0 >= lowest && $0 <= highest ? nil : "must be from \(ratios.lowerBound) to \(ratios.upperBound)"
            })
        let difference = reader.optional(
            "difference", .decimal.checked(["minimum": 0]) { $0 >= 0 ? nil : "must not be negative" })
        reader.atLeastOne(of: ["ratio", "difference"], "needs `ratio`, `difference` or both")
        return RolloutGuard.Limit.stable(ratio: ratio ?? 1, difference: difference ?? 0)
    }

    private static func check(_ steps: [RolloutStep], _ guards: [RolloutGuard], _ reader: inout MappingReader) {
        if steps.count > Limit.steps {
            reader.report(reader.place(of: "steps"), "`steps` may hold at most \(Limit.steps) steps")
        }
        if guards.count > Limit.guards {
            reader.report(reader.place(of: "guards"), "`guards` may hold at most \(Limit.guards) guards")
        }
        if zip(steps, steps.dropFirst()).contains(where: { $0.weight >= $1.weight }) {
            reader.report(reader.place(of: "steps"), "`steps` must grow in weight from one to the next")
        }
    }
}
