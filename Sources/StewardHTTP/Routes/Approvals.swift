import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel

extension Endpoints {
    static func approvals(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/approvals", .role(.viewer), "What waits for people, and what they said, newest first",
                query: [Shared.deployment]
            ) { call in
                let deployment = try call.scopedDeployment()
                let state = api.governor.state
                let approvals = state.approvals.values.filter { deployment == nil || $0.deployment == deployment }
                    .sorted { $0.requested > $1.requested }
                let rollouts = state.rollouts.values.filter {
                    $0.phase == .awaitingApproval && (deployment == nil || $0.deployment == deployment)
                }.sorted { $0.started > $1.started }
                return Reply.object { writer in
                    writer.array("approvals") { writer in
                        for approval in approvals { writer.object { $0.members(of: approval) } }
                    }
                    writer.array("rollouts") { writer in
                        for rollout in rollouts { writer.object { $0.members(of: rollout, api) } }
                    }
                }
            },
            Endpoint(
                .post, "/v1/approvals", .role(.operator), "Ask others to agree to a promotion",
                content: .json(
                    .required("deployment", .string), Fields.version, Fields.environment, Fields.reason)
            ) { call in
                let fields = try await call.json()
                let deployment = try fields.string("deployment")
                try call.allow(deployment)
                let version = try api.governor.state.deployment(deployment)
                    .name(ofVersion: fields.string("version"))
                let asked = try await api.promotions.ask(
                    PromotionRequest(
                        deployment: deployment, environment: try fields.optionalString("environment") ?? production,
                        version: version, reason: try fields.optionalString("reason")), by: call.actor)
                return Reply.object(status: asked.isNew ? 201 : 200) { $0.members(of: asked.approval) }
            },
            Endpoint(
                .post, "/v1/approvals/{id}/approve", .anyRole([.operator, .auditor]),
                "Agree, as somebody who did not ask; also to a rollout's next step", content: .json(Fields.reason)
            ) { try await answer($0, api, approve: true) },
            Endpoint(
                .post, "/v1/approvals/{id}/reject", .anyRole([.operator, .auditor]), "Refuse a request",
                content: .json(Fields.reason)
            ) { try await answer($0, api, approve: false) },
        ]
    }

    private static func answer(_ call: Call, _ api: API, approve: Bool) async throws -> Reply {
        let fields = try await call.json()
        let id = try call.path("id")
        let reason = try fields.optionalString("reason")
        let state = api.governor.state
        if let rollout = state.rollouts[id] {
            try call.allow(rollout.deployment)
            guard call.principal?.may(.operator) ?? false else {
                throw StewardError(.forbidden, "a rollout's step needs the role 'operator'")
            }
            let request: RolloutRequest = approve ? .approve : .abort
            try await api.governor.perform(
                .requestRollout(request, id: id, reason: reason, by: call.actor), by: call.actor)
            let changed = try api.governor.state.rollout(id)
            return Reply.object { $0.members(of: changed, api) }
        }
        if let approval = state.approvals[id] { try call.allow(approval.deployment) }
        try await api.governor.perform(
            .answerApproval(
                id: id, approve: approve, reason: reason, by: call.actor, roles: call.principal?.roles ?? []),
            by: call.actor)
        guard let approval = api.governor.state.approvals[id] else {
            throw StewardError(.internal, "the request is not there")
        }
        return Reply.object { $0.members(of: approval) }
    }

    /// What is said of a version after it was registered.
    static func versionNotes(_ api: API) -> [Endpoint] {
        let path = "/v1/deployments/{deployment}/versions/{version}"
        let names = VersionNote.CardField.allCases.map(\.rawValue)
        return [
            Endpoint(
                .put, "\(path)/card", .role(.operator), "Set the model card",
                content: .json(.object(names.map { .optional($0, .string) }))
            ) { call in
                let fields = try await call.json()
                var card: [String: String] = [:]
                for name in names { card[name] = try fields.optionalString(name) }
                return try await note(.card(card), call, api)
            },
            Endpoint(
                .post, "\(path)/evaluations", .role(.operator), "Attach an evaluation's result by reference and hash",
                content: .json(
                    .required("name", .string), .required("score", .number), .optional("sample_size", .integer),
                    .optional("reference", .string, "where the whole result lies"),
                    .optional("sha256", .string, "of what lies there, 64 hexadecimal digits"))
            ) { call in
                let fields = try await call.json()
                guard let score = fields.json["score"]?.double else { throw fields.wrong("score", "must be a number") }
                return try await note(
                    .evaluation(
                        VersionNote.Evaluation(
                            name: try fields.string("name"), score: score,
                            sampleSize: try fields.optionalInteger("sample_size"),
                            reference: try fields.optionalString("reference"),
                            sha256: try fields.optionalString("sha256"))), call, api)
            },
            Endpoint(
                .post, "\(path)/deprecate", .role(.operator), "Warn callers of a version, and say when it ends",
                content: .json(
                    .optional("deprecated", .string, "RFC 3339; now if left out"),
                    .optional("end_of_life", .string, "RFC 3339"), .optional("successor", .string, "a version"))
            ) { call in
                let fields = try await call.json()
                return try await note(
                    .deprecation(
                        VersionNote.Deprecation(
                            deprecated: try time("deprecated", fields) ?? call.now,
                            endOfLife: try time("end_of_life", fields),
                            successor: try fields.optionalString("successor"))), call, api)
            },
        ]
    }

    private static func time(_ name: String, _ fields: JSONFields) throws -> Timestamp? {
        guard let text = try fields.optionalString(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw fields.wrong(name, "must be a time such as 2026-03-03T14:03:00Z")
        }
        return time
    }

    private static func note(_ note: VersionNote, _ call: Call, _ api: API) async throws -> Reply {
        let deployment = try call.deployment(api).name
        let version = try call.version(of: call.deployment(api)).name
        let records = try await api.governor.perform(
            .noteVersion(note, deployment: deployment, version: version), by: call.actor)
        return Reply.object { writer in
            writer.member("deployment", deployment)
            writer.member("version", version)
            writer.member("changed", !records.isEmpty)
            writer.member("record", records.first?.sequence)
            writer.members(note.members)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of approval: Approval) {
        member("id", approval.id)
        member("deployment", approval.deployment)
        member("environment", approval.environment)
        member("version", approval.version)
        member("status", approval.status.rawValue)
        member("requested", approval.requested)
        member("requested_by", approval.requestedBy)
        member("reason", approval.reason)
        array("approved_by") { writer in for one in approval.approvedBy { writer.string(one.name) } }
        member("rejected_by", approval.rejectedBy)
    }

    /// What was noted of a version.
    mutating func notes(of version: GovernanceState.Version) {
        members(VersionNote.card(version.card).members)
        array("evaluations") { writer in
            for attached in version.evaluations.values.sorted(by: { $0.evaluation.name < $1.evaluation.name }) {
                writer.object { writer in
                    writer.members(VersionNote.evaluation(attached.evaluation).members)
                    writer.member("time", attached.time)
                    writer.member("attached_by", attached.actor)
                }
            }
        }
        if let deprecation = version.deprecation { members(VersionNote.deprecation(deprecation).members) }
    }
}
