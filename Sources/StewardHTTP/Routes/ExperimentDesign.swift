import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics

extension Experiment.Design {
    /// What a declaration may say, with where and why it runs.
    static let shape = Shape.object([
        .required("name", .string),
        .optional("question", .string, "what is to be found out, for people"),
        .required(
            "arms",
            .list(
                .object([
                    .required("version", .string, "its name or its digest"),
                    .optional("weight", .integer, "1 if left out"),
                ])), "two or more; the first is the control"),
        .optional("unit", .string, "what keeps a caller in one arm; the targeting key if left out"),
        .optional("requests_per_unit", .number, "about; 1 if left out"),
        .required("primary", .string, "a metric"),
        .optional("threshold", .number, "for a quantile: requests beyond it are counted"),
        .optional("better", .string, "lower, or higher"),
        .optional("guardrails", .list(guardrail), "a version that breaks one is taken out at once"),
        .optional("alpha", .number, "0.05 if left out"),
        .optional("minimum_sample", .integer, "observations before the rule may speak; 200 if left out"),
        .optional("maximum_sample", .integer, "observations at the last of a few planned looks"),
        .optional("looks", .integer, "how many; 5 if left out"),
        .optional("spending", .string, "obrien_fleming, pocock or power"),
        .optional("spending_exponent", .number, "of power; 2 if left out"),
        .optional("segments", .strings, "keys of segments, each read alone; they decide nothing"),
        .optional("covariate", .string, "a key of segments that explained the metric before"),
        .optional("allocation", .string, "fixed, or thompson: weights follow the outcome"),
        .optional("floor", .number, "of every arm, with thompson; 0.1 if left out"),
        .optional("interval_minutes", .integer, "between two changes of weights; 60 if left out"),
        .optional("when_decided", .string, "hold, or promote: everybody goes to the winner"),
        Endpoints.Fields.environment, Endpoints.Fields.reason,
    ])

    private static let guardrail = Shape.object([
        .required("metric", .string), .optional("above", .number, "in the metric's unit"),
        .optional("below", .number, "of a score, of which less is worse"),
        .optional("ratio", .number, "times the control's value"),
        .optional("difference", .number, "more than the control's value, or less of a score"),
    ])

    init(_ fields: JSONFields, of deployment: GovernanceState.Deployment) throws {
        let primary = try Self.metric(fields, "primary")
        let threshold = try fields.optionalNumber("threshold")
        if case .quantile = primary.shape {
            guard let threshold, threshold > 0 else {
                throw fields.wrong(
                    "threshold", "a quantile needs one in its unit: the share of requests beyond it is compared")
            }
        } else if threshold != nil {
            throw fields.wrong("threshold", "is for quantiles only")
        }
        let arms = try fields.objects("arms").map { arm in
            Experiment.Arm(
                version: deployment.name(ofVersion: try arm.string("version")),
                weight: try arm.optionalInteger("weight") ?? 1)
        }
        let unit = try fields.optionalString("unit").map { text in
            guard let unit = RouteAttribute(text) else { throw fields.wrong("unit", "must name a context member") }
            return unit
        }
        let least = try fields.optionalInteger("minimum_sample") ?? 200
        guard least >= 1 else { throw fields.wrong("minimum_sample", "must be at least 1") }
        self.init(
            name: try fields.string("name"), question: try fields.optionalString("question"), arms: arms, unit: unit,
            requestsPerUnit: try fields.optionalNumber("requests_per_unit") ?? 1, primary: primary,
            threshold: threshold,
            better: try fields.optionalCase("better") ?? (primary.isWorseBelow ? .higher : .lower),
            guardrails: try fields.optionalObjects("guardrails").map(Self.guardrail),
            alpha: try fields.optionalNumber("alpha") ?? 0.05, minimumSample: least,
            plan: try Self.plan(fields, least: least),
            segments: fields.has("segments") ? try fields.strings("segments") : [],
            covariate: try fields.optionalString("covariate"), allocation: try Self.allocation(fields),
            ending: try fields.optionalCase("when_decided") ?? .hold)
    }

    private static func guardrail(_ rule: JSONFields) throws -> RolloutGuard {
        let metric = try metric(rule, "metric")
        let isQuantile = if case .quantile = metric.shape { true } else { false }
        let (ratio, difference) = (try rule.optionalNumber("ratio"), try rule.optionalNumber("difference"))
        let (key, other) = metric.isWorseBelow ? ("below", "above") : ("above", "below")
        let ratios = metric.isWorseBelow ? 0...1 : 1...Double.greatestFiniteMagnitude
        if rule.has(other) { throw rule.wrong(other, "must be `\(key)`: that is where \(metric.rawValue) is worse") }
        let limit = try rule.optionalNumber(key)
        if let limit, ratio == nil, difference == nil {
            return RolloutGuard(metric: metric, limit: .absolute(limit))
        }
        if isQuantile { throw rule.wrong(key, "a quantile needs a limit in its unit, and nothing else") }
        guard limit == nil, ratio != nil || difference != nil, ratios.contains(ratio ?? 1), difference ?? 0 >= 0 else {
            let range = metric.isWorseBelow ? "of at most 1" : "of at least 1"
            throw rule.wrong("", "needs `\(key)`, or `ratio` \(range), `difference` of at least 0, or both")
        }
        return RolloutGuard(metric: metric, limit: .stable(ratio: ratio ?? 1, difference: difference ?? 0))
    }

    private static func plan(_ fields: JSONFields, least: Int64) throws -> Experiment.Plan? {
        guard let most = try fields.optionalInteger("maximum_sample") else {
            for name in ["looks", "spending", "spending_exponent"] where fields.has(name) {
                throw fields.wrong(name, "needs a maximum_sample: looks are counted where the largest sample is known")
            }
            return nil
        }
        guard most >= least else { throw fields.wrong("maximum_sample", "must be at least minimum_sample, \(least)") }
        let name = try fields.optionalString("spending") ?? AlphaSpending.names[0]
        let exponent = try fields.optionalNumber("spending_exponent")
        guard let spending = AlphaSpending(name, exponent: exponent) else {
            throw fields.wrong("spending", "must be one of: \(AlphaSpending.names.joined(separator: ", "))")
        }
        if case .power = spending {
        } else if exponent != nil {
            throw fields.wrong("spending_exponent", "is for the spending `power` only")
        }
        return Experiment.Plan(
            maximumSample: most, looks: try fields.optionalInteger("looks") ?? 5, spending: spending)
    }

    private static func allocation(_ fields: JSONFields) throws -> Experiment.Allocation? {
        let kind = try fields.optionalString("allocation") ?? "fixed"
        guard ["fixed", "thompson"].contains(kind) else {
            throw fields.wrong("allocation", "must be one of: fixed, thompson")
        }
        guard kind == "thompson" else {
            for name in ["floor", "interval_minutes"] where fields.has(name) {
                throw fields.wrong(name, "is for the allocation `thompson` only")
            }
            return nil
        }
        return Experiment.Allocation(
            floor: try fields.optionalNumber("floor") ?? 0.1,
            interval: .seconds(60 * min(max(try fields.optionalInteger("interval_minutes") ?? 60, 0), 1 << 32)))
    }

    private static func metric(_ fields: JSONFields, _ field: String) throws -> Metric {
        guard let metric = Metric(rawValue: try fields.string(field)), metric.shape != .count else {
            let all = Metric.named.filter { $0.shape != .count }.map(\.rawValue).joined(separator: ", ")
            throw fields.wrong(field, "must be one of: \(all), score.NAME")
        }
        return metric
    }
}

extension JSONFields {
    fileprivate func has(_ name: String) -> Bool { json[name].map { !$0.isNull } ?? false }

    fileprivate func optionalCase<Value: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws -> Value? where Value.RawValue == String {
        guard let text = try optionalString(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw wrong(name, "must be one of: \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }
}
