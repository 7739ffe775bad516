import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy

extension Endpoints {
    static func rollouts(_ api: API) -> [Endpoint] {
        let requests: [(RolloutRequest, String)] = [
            (.abort, "End it and go back to what served before; works in every phase, and twice"),
            (.pause, "Advance no further; the guards keep watching"),
            (.resume, "Go on after a pause, or after a person looked at it"),
            (.approve, "Agree, as a second person, to the step that waits for it"),
        ]
        return [
            Endpoint(
                .post, "/v1/deployments/{deployment}/rollouts", .role(.operator),
                "Bring a version to an environment in the steps of a rollout policy",
                content: .json(
                    Fields.version, Fields.environment,
                    .optional("policy", .string, "a rollout policy's name; the first that applies if left out"),
                    .optional("retry", .boolean, "also within the cool-down after a rollback"), Fields.reason)
            ) { call in
                let fields = try await call.json()
                let request = PromotionRequest(
                    deployment: try call.deployment(api).name,
                    environment: try fields.optionalString("environment") ?? production,
                    version: try call.version(fields, api), reason: try fields.optionalString("reason"))
                // Bias audits come before the version serves most: until then the canary gathers what they need.
                try await api.promotions.require(request, by: call.actor)
                let started = try await api.rollouts.start(
                    deployment: request.deployment, environment: request.environment, version: request.version,
                    policy: try fields.optionalString("policy"),
                    isRetry: try fields.optionalBool("retry") ?? false,
                    reason: request.reason, by: call.actor)
                return Reply.object(status: started.isNew ? 201 : 200) { $0.members(of: started.rollout, api) }
            },
            Endpoint(
                .get, "/v1/deployments/{deployment}/rollouts", .role(.viewer), "The rollouts, newest first",
                query: [Shared.environment]
            ) { call in
                let deployment = try call.deployment(api).name
                let environment = call.query("environment")
                let rollouts = api.governor.state.rollouts.values
                    .filter { $0.deployment == deployment && environment.map($0.environment.elementsEqual) ?? true }
                    .sorted { $0.started > $1.started }
                return Reply.object { writer in
                    writer.array("rollouts") { writer in
                        for rollout in rollouts { writer.object { $0.members(of: rollout, api) } }
                    }
                }
            },
            Endpoint(.get, "/v1/deployments/{deployment}/rollouts/{id}", .role(.viewer), "A rollout as it stands") {
                call in
                let rollout = try rollout(call, api)
                return Reply.object { $0.members(of: rollout, api) }
            },
        ]
            + requests.map { request, summary in
                Endpoint(
                    .post, "/v1/deployments/{deployment}/rollouts/{id}/\(request.rawValue)", .role(.operator), summary,
                    content: .json(Fields.reason)
                ) { call in
                    let fields = try await call.json()
                    let id = try rollout(call, api).id
                    let records = try await api.governor.perform(
                        .requestRollout(request, id: id, reason: try fields.optionalString("reason"), by: call.actor),
                        by: call.actor)
                    let rollout = try api.governor.state.rollout(id)
                    return Reply.object { writer in
                        writer.members(of: rollout, api)
                        writer.member("changed", !records.isEmpty)
                    }
                }
            }
    }

    private static func rollout(_ call: Call, _ api: API) throws -> Rollout {
        let deployment = try call.deployment(api).name
        let rollout = try api.governor.state.rollout(try call.path("id"))
        guard rollout.deployment == deployment else {
            throw StewardError(.notFound, "'\(deployment)' has no rollout '\(rollout.id)'", field: "id")
        }
        return rollout
    }
}

extension JSONWriter {
    mutating func members(of rollout: Rollout, _ api: API) {
        let judgement = api.rollouts.judgement(rollout.id)
        member("id", rollout.id)
        member("deployment", rollout.deployment)
        member("environment", rollout.environment)
        member("version", rollout.version)
        member("stable", rollout.stableVersion)
        member("attempt", rollout.attempt)
        member("phase", rollout.phase.rawValue)
        member("step", rollout.step + 1)
        member("steps", rollout.plan.steps.count)
        member("weight", rollout.phase.isOver ? nil : rollout.plan.steps[rollout.step].weight)
        member("started", rollout.started)
        member("started_by", rollout.startedBy)
        member("step_since", rollout.stepSince)
        member("approved_by", rollout.approvedBy)
        array("answers") { writer in
            for answer in rollout.answers {
                writer.object { writer in
                    writer.member("hook", answer.hook)
                    writer.member("role", answer.role.rawValue)
                    writer.member("step", answer.step + 1)
                    writer.member("answer", answer.verdict.rawValue)
                    writer.member("reply", answer.reply)
                    writer.member("time", answer.time)
                }
            }
        }
        member("ended", rollout.ended)
        member("policy", rollout.policy)
        member("policy_digest", rollout.policyDigest)
        member("reason", rollout.phase.isOver ? rollout.reason : judgement?.reason ?? rollout.reason)
        key("decision")
        value(rollout.decision?.json ?? .null)
        array("guards") { writer in
            for guardState in judgement?.guards ?? [] {
                writer.object { writer in
                    writer.member("metric", guardState.metric.rawValue)
                    writer.member("verdict", guardState.verdict.rawValue)
                    // Of a quantile, value and threshold are shares of the requests above this.
                    writer.member("share_above", guardState.boundary)
                    writer.member("value", guardState.value)
                    writer.member("stable_value", guardState.stableValue)
                    writer.member("threshold", guardState.limit)
                    writer.member("sample_size", guardState.sampleSize)
                }
            }
        }
        key("plan")
        value(rollout.plan.json)
        member("record", rollout.record)
    }
}
