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
                content: .json(Experiment.Design.shape)
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
                "End it: everybody goes to a version, or back to what served before",
                content: .json(
                    .optional("version", .string, "an arm; what served before if left out"), Fields.reason)
            ) { call in
                let fields = try await call.json()
                let experiment = try experiment(call, api)
                let version = try fields.optionalString("version")
                let ended = try await api.experiments.conclude(
                    experiment, version: version, reason: try fields.optionalString("reason"), by: call.actor)
                return Reply.object { $0.members(of: ended, nil) }
            },
        ]
    }

    private static func start(_ call: Call, _ api: API) async throws -> Reply {
        let fields = try await call.json()
        let deployment = try call.deployment(api)
        let environment = try fields.optionalString("environment") ?? production
        let design = try Experiment.Design(fields, of: deployment)
        let reason = try fields.optionalString("reason")
        let serving = deployment.routes[environment]?.plan.serving ?? []
        for (index, arm) in design.arms.enumerated() where !serving.contains(arm.version) {
            try api.governor.state.checkRegistered(arm.version, deployment, field: "arms[\(index)].version")
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

extension JSONWriter {
    fileprivate mutating func members(of experiment: Experiment, _ readOut: ExperimentReadOut?) {
        member("id", experiment.id)
        member("deployment", experiment.deployment)
        member("environment", experiment.environment)
        member("phase", experiment.phase.rawValue)
        member("started", experiment.started)
        member("started_by", experiment.startedBy)
        member("start_record", experiment.startRecord)
        member("ended", experiment.ended)
        member("reason", experiment.reason)
        key("verdict")
        value(experiment.verdict?.json ?? .null)
        step("decided", experiment.decision)
        step("concluded", experiment.ending)
        member("outcome", experiment.outcome)
        key("design")
        value(experiment.design.json)
        member("method", experiment.design.plan == nil ? "confidence_sequence" : "group_sequential")
        member("record", experiment.record)
        guard let readOut else { return }
        member("sentence", readOut.sentence)
        member("observations", readOut.observations)
        if let plan = experiment.design.plan {
            member("information_fraction", Double(readOut.observations) / Double(plan.maximumSample))
            member("overrun", max(0, readOut.observations - plan.maximumSample))
            member("next_look_at", ExperimentRule.next(experiment, plan))
        }
        object("sample_ratio") { writer in
            writer.member("p_value", readOut.sampleRatioPValue)
            writer.member("mismatch", readOut.isSampleRatioMismatch)
        }
        member("explained_variance", readOut.explainedVariance)
        array("arms") { writer in for arm in readOut.arms { writer.object { $0.members(of: arm) } } }
        array("comparisons") { writer in
            for comparison in readOut.comparisons { writer.object { $0.members(of: comparison) } }
        }
        array("looks") { writer in for look in experiment.looks { writer.object { $0.members(of: look) } } }
        array("periods") { writer in for period in experiment.periods { writer.value(period.json) } }
        if let segments = readOut.segments { object("segments") { $0.members(of: segments) } }
    }

    private mutating func step(_ name: String, _ step: Experiment.Step?) {
        key(name)
        value(
            step.map {
                ["time": .string($0.time.rfc3339), "by": $0.actor.json, "record": .integer($0.record)]
            } ?? .null)
    }

    private mutating func members(of arm: ExperimentReadOut.Arm) {
        member("version", arm.version)
        member("weight", arm.weight)
        member("events", arm.events)
        member("observations", arm.observations)
        member("mean", arm.mean)
        array("guardrails") { writer in
            for guardrail in arm.guardrails {
                writer.object { writer in
                    writer.key("rule")
                    writer.value(guardrail.rule.json)
                    writer.member("value", guardrail.value)
                    writer.member("observations", guardrail.observations)
                    writer.member("broken", guardrail.isBroken)
                }
            }
        }
    }

    private mutating func members(of comparison: ExperimentReadOut.Comparison) {
        member("version", comparison.version)
        member("difference", comparison.difference)
        interval("interval", comparison.interval)
        member("p_value", comparison.pValue)
        member("relative", comparison.relative)
        interval("relative_interval", comparison.relativeInterval)
    }

    private mutating func members(of look: ExperimentLook) {
        member("time", look.time)
        member("record", look.record)
        for part in look.json.members ?? [] {
            key(part.name)
            value(part.value)
        }
    }

    private mutating func members(of segments: SegmentReadOut) {
        member("exploratory", true)
        member("comparisons", Int64(segments.comparisons))
        member("least_per_arm", SegmentReadOut.leastPerArm)
        array("rows") { writer in
            for row in segments.rows {
                writer.object { writer in
                    writer.member("segment", row.group.attribute)
                    writer.member("value", row.group.value)
                    writer.member("version", row.version)
                    writer.member("observations", row.observations)
                    writer.member("mean", row.mean)
                    writer.member("control_observations", row.controlObservations)
                    writer.member("control_mean", row.controlMean)
                    writer.member("sufficient", row.isEnough)
                    writer.member("difference", row.difference)
                    writer.interval("interval", row.interval)
                    writer.member("p_value", row.pValue)
                    writer.member("p_holm", row.adjustedPValue)
                }
            }
        }
    }

    private mutating func interval(_ name: String, _ interval: ConfidenceInterval?) {
        key(name)
        value(interval.map { ["lower": .number($0.lower), "upper": .number($0.upper)] } ?? .null)
    }
}
