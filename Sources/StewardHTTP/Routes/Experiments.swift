import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics

extension Endpoints {
    static func experiments(_ api: API) -> [Endpoint] {
        let path = "/v1/deployments/{deployment}/experiments"
        return [
            Endpoint(
                .post, path, .role(.operator), "Compare versions on declared metrics with a declared rule",
                content: .json
            ) { try await start($0, api) },
            Endpoint(.get, path, .role(.viewer), "The experiments, newest first") { call in
                let deployment = try call.deployment(api).name
                let experiments = api.governor.state.experiments.values.filter { $0.deployment == deployment }
                    .sorted { $0.started > $1.started }
                return Reply.object { writer in
                    writer.array("experiments") { writer in
                        for experiment in experiments { writer.object { $0.members(of: experiment, nil) } }
                    }
                }
            },
            Endpoint(.get, "\(path)/{id}", .role(.viewer), "The read-out: valid however often it is asked for") {
                call in
                let experiment = try experiment(call, api)
                let readOut = try await api.experiments.readOut(experiment)
                return Reply.object { $0.members(of: experiment, readOut) }
            },
            Endpoint(
                .post, "\(path)/{id}/conclude", .role(.operator),
                "End it: everybody goes to a version, or back to what served before", content: .json
            ) { call in
                let fields = try await call.json()
                try fields.allow(only: "version", "reason")
                let experiment = try experiment(call, api)
                let version = try fields.optionalString("version")
                let reason = try fields.optionalString("reason")
                if let version {
                    try await pass(
                        PromotionRequest(
                            deployment: experiment.deployment, environment: experiment.environment, version: version,
                            reason: reason), call, api)
                }
                try await api.governor.perform(
                    .concludeExperiment(id: experiment.id, version: version, reason: reason), by: call.actor)
                let ended = try api.governor.state.experiment(experiment.id)
                return Reply.object { $0.members(of: ended, nil) }
            },
        ]
    }

    private static func start(_ call: Call, _ api: API) async throws -> Reply {
        let fields = try await call.json()
        try fields.allow(
            only: "name", "environment", "arms", "unit", "requests_per_unit", "primary", "threshold",
            "better", "guardrails",
            "alpha", "minimum_sample", "maximum_sample", "reason")
        let deployment = try call.deployment(api)
        let environment = try fields.optionalString("environment") ?? production
        let design = try Experiment.Design(fields)
        let reason = try fields.optionalString("reason")
        let serving = deployment.routes[environment]?.plan.serving ?? []
        for arm in design.arms where !serving.contains(arm.version) {
            try await pass(
                PromotionRequest(
                    deployment: deployment.name, environment: environment, version: arm.version, reason: reason),
                call, api)
        }
        let started = try await api.experiments.start(
            deployment: deployment.name, environment: environment, design: design, reason: reason, by: call.actor)
        return Reply.object(status: started.isNew ? 201 : 200) { $0.members(of: started.experiment, nil) }
    }

    private static func experiment(_ call: Call, _ api: API) throws -> Experiment {
        let deployment = try call.deployment(api).name
        let experiment = try api.governor.state.experiment(try call.path("id"))
        guard experiment.deployment == deployment else {
            throw StewardError(.notFound, "'\(deployment)' has no experiment '\(experiment.id)'", field: "id")
        }
        return experiment
    }
}

extension Experiment.Design {
    fileprivate init(_ fields: JSONFields) throws {
        let primary = try Self.metric(try fields.string("primary"), fields, "primary")
        let threshold = fields.json["threshold"]?.double
        if case .quantile = primary.shape {
            guard let threshold, threshold > 0 else {
                throw fields.wrong(
                    "threshold", "a quantile needs one in its unit: the share of requests beyond it is compared")
            }
        } else if threshold != nil {
            throw fields.wrong("threshold", "is for quantiles only")
        }
        let better = try fields.optionalString("better") ?? Experiment.Better.lower.rawValue
        guard let better = Experiment.Better(rawValue: better) else {
            throw fields.wrong("better", "must be one of: lower, higher")
        }
        let arms = try fields.objects("arms").map { arm in
            try arm.allow(only: "version", "weight")
            return Experiment.Arm(
                version: try arm.string("version"), weight: try arm.optionalInteger("weight") ?? 1)
        }
        let guardrails = try fields.optionalObjects("guardrails").map { rule -> RolloutGuard in
            try rule.allow(only: "metric", "above", "ratio", "difference")
            let metric = try Self.metric(try rule.string("metric"), rule, "metric")
            let isQuantile = if case .quantile = metric.shape { true } else { false }
            let (ratio, difference) = (rule.json["ratio"]?.double, rule.json["difference"]?.double)
            if let above = rule.json["above"]?.double, ratio == nil, difference == nil {
                return RolloutGuard(metric: metric, limit: .absolute(above))
            }
            if isQuantile { throw rule.wrong("above", "a quantile needs a limit in its unit") }
            guard rule.json["above"] == nil, ratio != nil || difference != nil, ratio ?? 1 >= 1, difference ?? 0 >= 0
            else {
                throw rule.wrong("", "needs `above`, or `ratio` of at least 1, `difference` of at least 0, or both")
            }
            return RolloutGuard(metric: metric, limit: .stable(ratio: ratio ?? 1, difference: difference ?? 0))
        }
        let unit = try fields.optionalString("unit").map { text in
            guard let unit = RouteAttribute(text) else { throw fields.wrong("unit", "must name a context member") }
            return unit
        }
        let least = try fields.optionalInteger("minimum_sample") ?? 200
        let most = try fields.optionalInteger("maximum_sample")
        guard least >= 1, most.map({ $0 >= least }) ?? true else {
            throw fields.wrong("maximum_sample", "must be at least minimum_sample, and that at least 1")
        }
        self.init(
            name: try fields.string("name"), arms: arms, unit: unit,
            requestsPerUnit: fields.json["requests_per_unit"]?.double ?? 1, primary: primary,
            threshold: threshold, better: better,
            guardrails: guardrails, alpha: fields.json["alpha"]?.double ?? 0.05, minimumSample: least,
            maximumSample: most)
    }

    private static func metric(_ name: String, _ fields: JSONFields, _ field: String) throws -> Metric {
        guard let metric = Metric(rawValue: name), metric.shape != .count else {
            let all = Metric.allCases.filter { $0.shape != .count }.map(\.rawValue).joined(separator: ", ")
            throw fields.wrong(field, "must be one of: \(all)")
        }
        return metric
    }
}

extension JSONWriter {
    fileprivate mutating func members(of experiment: Experiment, _ readOut: ExperimentReadOut?) {
        member("id", experiment.id)
        member("deployment", experiment.deployment)
        member("environment", experiment.environment)
        member("phase", experiment.phase.rawValue)
        member("started", experiment.started)
        member("started_by", experiment.startedBy)
        member("ended", experiment.ended)
        member("reason", experiment.reason)
        key("verdict")
        value(experiment.verdict?.json ?? .null)
        key("design")
        value(experiment.design.json)
        member("record", experiment.record)
        guard let readOut else { return }
        member("sentence", readOut.sentence)
        object("sample_ratio") { writer in
            writer.member("p_value", readOut.sampleRatioPValue)
            writer.member("mismatch", readOut.isSampleRatioMismatch)
        }
        array("arms") { writer in
            for arm in readOut.arms {
                writer.object { writer in
                    writer.member("version", arm.version)
                    writer.member("events", arm.events)
                    writer.member("observations", arm.observations)
                    writer.member("mean", arm.mean)
                }
            }
        }
        array("comparisons") { writer in
            for comparison in readOut.comparisons {
                writer.object { writer in
                    writer.member("version", comparison.version)
                    writer.member("difference", comparison.difference)
                    writer.interval("interval", comparison.interval)
                    writer.member("p_value", comparison.pValue)
                    writer.member("relative", comparison.relative)
                    writer.interval("relative_interval", comparison.relativeInterval)
                }
            }
        }
    }

    private mutating func interval(_ name: String, _ interval: ConfidenceInterval?) {
        key(name)
        value(interval.map { ["lower": .number($0.lower), "upper": .number($0.upper)] } ?? .null)
    }
}
