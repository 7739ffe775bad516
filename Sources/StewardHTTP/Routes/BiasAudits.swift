import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel

extension Endpoints {
    private static let maximumListed: Int64 = 1000

    static func biasAudits(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/deployments/{deployment}/bias-audits", .role(.viewer),
                "The bias audits of a deployment, newest first, each with its verdict and the numbers that decided it",
                query: [
                    Shared.version, .init("policy", "only by this bias policy"),
                    .init("limit", "at most this many, 1 to \(maximumListed)"),
                ]
            ) { call in
                let deployment = try call.path("deployment")
                try call.allow(deployment)
                let limit = Int(try call.integer("limit", in: 1...maximumListed) ?? 100)
                let (version, policy) = (call.query("version"), call.query("policy"))
                let runs = (api.governor.state.biasRuns[deployment] ?? []).reversed().filter { run in
                    (version.map { $0 == run.run.version } ?? true) && (policy.map { $0 == run.run.policy } ?? true)
                }
                return Reply.object { writer in
                    writer.array("audits") { writer in for run in runs.prefix(limit) { writer.value(json(run)) } }
                }
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/bias-audits", .role(.auditor),
                "Audit a deployment now: every version that decided, or one, by every bias policy that applies, or one",
                content: .json
            ) { call in
                let deployment = try call.path("deployment")
                try call.allow(deployment)
                let fields = try await call.json()
                try fields.allow(only: "version", "policy", "since", "until")
                let version = try fields.optionalString("version")
                if let version, let problem = Name.problem(version) {
                    throw StewardError(.invalidInput, problem, field: "version")
                }
                let runs = try await api.biasAuditor.run(
                    deployment: deployment, version: version, policy: try fields.optionalString("policy"),
                    since: try fields.optionalString("since").map { try call.time(text: $0, "since") },
                    until: try fields.optionalString("until").map { try call.time(text: $0, "until") },
                    by: call.actor)
                return Reply.object(status: 201) { writer in
                    writer.array("audits") { writer in for run in runs { writer.value(json(run)) } }
                }
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/bias-overrides", .role(.operator),
                "Give one's word that a version may be promoted without an audit that passed; it takes two people",
                content: .json
            ) { call in
                let deployment = try call.deployment(api).name
                let fields = try await call.json()
                try fields.allow(only: "version", "environment", "reason")
                let word = BiasOverride(
                    deployment: deployment, environment: try fields.optionalString("environment") ?? production,
                    version: try fields.string("version"), reason: try fields.string("reason"))
                let records = try await api.governor.perform(.overrideBias(word), by: call.actor)
                let words = api.governor.state.biasOverrides(
                    deployment: deployment, environment: word.environment, version: word.version, now: api.now())
                return Reply.object(status: 201) { writer in
                    writer.member("deployment", deployment)
                    writer.member("environment", word.environment)
                    writer.member("version", word.version)
                    writer.array("approvers") { writer in for word in words { writer.string(word.actor.name) } }
                    writer.member("needed", BiasOverride.approvers)
                    writer.member("record", records.first?.sequence)
                }
            },
            Endpoint(
                .get, "/v1/deployments/{deployment}/bias-audits/{id}", .role(.viewer),
                "One bias audit with its whole report: every count, rate, interval, test and verdict"
            ) { call in
                let deployment = try call.path("deployment")
                try call.allow(deployment)
                let id = try call.path("id")
                let runs = api.governor.state.biasRuns[deployment] ?? []
                guard let run = runs.last(where: { $0.run.id == id }),
                    let report = try await api.governor.spec(digest: run.run.report)
                else {
                    throw StewardError(
                        .notFound, "'\(deployment)' has no bias audit '\(id)'; 'steward bias-audit list' shows them",
                        field: "id")
                }
                return Reply.object { writer in
                    writer.key("audit")
                    writer.value(json(run))
                    writer.key("report")
                    writer.value(report)
                    writer.object("log") { writer in
                        writer.member("origin", api.governor.origin)
                        writer.member("key", api.governor.verifierKey)
                        writer.member("size", api.governor.state.size)
                    }
                }
            },
        ]
    }

    private static func json(_ run: RecordedBiasRun) -> JSONValue {
        .object(
            [.init(name: "deployment", value: .string(run.run.deployment))] + run.run.members + [
                .init(name: "time", value: .string(run.time.rfc3339)),
                .init(name: "record", value: .integer(run.record)),
                .init(
                    name: "actor", value: ["kind": .string(run.actor.kind.rawValue), "name": .string(run.actor.name)]),
            ])
    }
}
