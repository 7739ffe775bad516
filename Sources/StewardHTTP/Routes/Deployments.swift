import Hummingbird
import StewardAnalysis
import StewardGovernance
import StewardJSON
import StewardModel
import StewardStore

extension Endpoints {
    static func deployments(_ api: API) -> [Endpoint] {
        [
            Endpoint(.get, "/v1/deployments", .role(.viewer), "All deployments, registered or only seen in traffic") {
                call in
                let overview = try await Overview(api)
                return Reply.object { writer in
                    writer.array("deployments") { writer in
                        for name in overview.names where call.principal?.scope.map({ $0 == name }) ?? true {
                            writer.object { $0.members(of: name, overview) }
                        }
                    }
                }
            },
            Endpoint(
                .get, "/v1/deployments/{deployment}", .role(.viewer), "A deployment and its recent traffic per version",
                query: [Shared.since]
            ) { try await deployment($0, api) },
            Endpoint(
                .post, "/v1/deployments", .role(.operator), "Create a deployment",
                content: .json(.required("name", .string))
            ) { call in
                let name = try await call.json().string("name")
                try call.allow(name)
                let records = try await api.governor.perform(.createDeployment(name), by: call.actor)
                let overview = try await Overview(api)
                return Reply.object(status: records.isEmpty ? 200 : 201) { $0.members(of: name, overview) }
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/versions", .role(.operator),
                "Register a version; the same spec again is the same version", content: .json(registration)
            ) { try await register($0, api) },
            Endpoint(.get, "/v1/deployments/{deployment}/versions", .role(.viewer), "The versions, newest first") {
                call in
                let deployment = try call.deployment(api)
                var specs: [JSONValue] = []
                for version in deployment.versions.reversed() {
                    specs.append(try await api.governor.spec(digest: version.digest) ?? .null)
                }
                return Reply.object { writer in
                    writer.array("versions") { writer in
                        for (version, spec) in zip(deployment.versions.reversed(), specs) {
                            writer.object { $0.members(of: version, deployment.name, spec) }
                        }
                    }
                }
            },
            Endpoint(.get, "/v1/deployments/{deployment}/versions/{version}", .role(.viewer), "One version") { call in
                let deployment = try call.deployment(api)
                let version = try call.version(of: deployment)
                let spec = try await api.governor.spec(digest: version.digest) ?? .null
                return Reply.object { $0.members(of: version, deployment.name, spec) }
            },
        ]
    }

    private static func deployment(_ call: Call, _ api: API) async throws -> Reply {
        let name = try call.path("deployment")
        try call.allow(name)
        let overview = try await Overview(api)
        guard overview.names.contains(name) else {
            throw StewardError(.notFound, "there is no deployment '\(name)'", field: "deployment")
        }
        let since = try call.time("since") ?? call.now - .minutes(15)
        let points = try await api.store.rollups(minutes: since.minute..<call.now.minute + 1) { $0.deployment == name }
        var cells: [SeriesKey: RollupCell] = [:]
        for point in points { cells[point.key, default: RollupCell()].add(point.cell) }
        return Reply.object { writer in
            writer.members(of: name, overview)
            writer.array("traffic") { writer in
                for (key, cell) in cells.sorted(by: {
                    ($0.key.environment, $0.key.version) < ($1.key.environment, $1.key.version)
                }) {
                    writer.object { writer in
                        writer.member("environment", key.environment)
                        writer.member("version", key.version)
                        writer.member("window_seconds", (call.now - since).components.seconds)
                        writer.members(of: cell)
                    }
                }
            }
        }
    }

    private static let registration = Shape.object(
        [
            .optional("name", .string, "of the version; made from the digest if left out"),
            .optional("version", .string, "the same as name"),
            .optional(
                "spec", .object([.required("provider", .string), .required("model", .string)], open: true),
                "the recipe: provider, model, and all else that makes the version what it is. Without this member, "
                    + "all others but the name are the recipe, as in a file for 'steward register'"),
        ], open: true)

    private static func register(_ call: Call, _ api: API) async throws -> Reply {
        let name = try call.path("deployment")
        try call.allow(name)
        let fields = try await call.json()
        let isWhole = fields.json["spec"] == nil
        if !isWhole { try fields.allow(only: "name", "version", "spec") }
        let recipe = (fields.json.members ?? []).filter { $0.name != "name" && $0.name != "version" }
        let spec = try Spec(fields.json["spec"] ?? .object(recipe), field: isWhole ? "" : "spec")
        let named = try fields.optionalString("name") ?? fields.optionalString("version")
        let command = Command.registerVersion(deployment: name, name: named, digest: spec.digest)
        let records = try await api.governor.perform(
            command, by: call.actor, specs: [spec.digest: spec.canonical])
        let deployment = try api.governor.state.deployment(name)
        guard let version = deployment.versions.first(where: { $0.digest == spec.digest }) else {
            throw StewardError(.internal, "the registered version is not there")
        }
        let json = try await api.governor.spec(digest: spec.digest) ?? .null
        return Reply.object(status: records.isEmpty ? 200 : 201) { writer in
            writer.members(of: version, name, json)
            writer.member("created", !records.isEmpty)
        }
    }
}

extension Call {
    var actor: Actor { Actor(.person, principal?.name ?? "anonymous", owner: principal?.owner) }

    /// The version that the path names.
    func version(of deployment: GovernanceState.Deployment) throws -> GovernanceState.Version {
        let name = deployment.name(ofVersion: try path("version"))
        guard let version = deployment.version(named: name) else {
            throw StewardError(.notFound, "'\(deployment.name)' has no version '\(name)'", field: "version")
        }
        return version
    }

    /// The name of the version that the body's `version` names, or whose digest it is.
    func version(_ fields: JSONFields, _ api: API) throws -> String {
        try deployment(api).name(ofVersion: fields.string("version"))
    }

    /// The registered deployment that the path names, if the token may see it.
    func deployment(_ api: API) throws -> GovernanceState.Deployment {
        let name = try path("deployment")
        try allow(name)
        return try api.governor.state.deployment(name)
    }
}

/// What is known of all deployments at once: what is registered, and what traffic has shown.
struct Overview {
    var state: GovernanceState
    var totals: [String: RollupCell] = [:]
    var lastMinutes: [String: Int64] = [:]

    init(_ api: API) async throws {
        state = api.governor.state
        for (key, cell) in try await api.store.totals() { totals[key.deployment, default: RollupCell()].add(cell) }
        for (key, minute) in try await api.store.lastMinutes() {
            lastMinutes[key.deployment] = max(minute, lastMinutes[key.deployment] ?? minute)
        }
    }

    var names: [String] { Set(state.deployments.keys).union(totals.keys).sorted() }
}

extension RollupCell {
    /// `nil` when events that should have a price have none and nothing else cost anything: unknown is not free.
    var knownCost: Nanodollars? {
        guard let cost = self[.cost] else { return events > 0 ? .zero : nil }
        return cost.absent > 0 && cost.sum == 0 ? nil : Nanodollars(cost.sum)
    }

    var unpriced: Int64 { self[.cost]?.absent ?? 0 }
}

extension JSONWriter {
    fileprivate mutating func members(of name: String, _ overview: Overview) {
        let deployment = overview.state.deployments[name]
        let total = overview.totals[name]
        member("name", name)
        member("registered", deployment != nil)
        member("created", deployment?.created)
        member("versions", deployment?.versions.count ?? 0)
        member("events", total?.events ?? 0)
        member("unpriced_events", total?.unpriced ?? 0)
        cost(total?.knownCost)
        member("last_event", overview.lastMinutes[name].map { Timestamp(minute: $0) })
        array("routes") { writer in
            for (environment, route) in (deployment?.routes ?? [:]).sorted(by: { $0.key < $1.key }) {
                writer.object { $0.members(of: route, in: environment) }
            }
        }
    }

    mutating func members(of route: GovernanceState.Route, in environment: String) {
        member("environment", environment)
        member("frozen", route.frozen)
        member("disabled", route.disabled)
        member("since", route.since)
        member("record", route.record)
        members(route.plan.members)
    }

    fileprivate mutating func members(of cell: RollupCell) {
        member("events", cell.events)
        member("errors", cell.errors)
        member("error_rate", Metric.errorRate.measure(cell).value)
        member("latency_p50_seconds", Metric.latencyP50.measure(cell).value)
        member("latency_p95_seconds", Metric.latencyP95.measure(cell).value)
        member("latency_p99_seconds", Metric.latencyP99.measure(cell).value)
        cost(cell.knownCost)
        member("unpriced_events", cell.unpriced)
    }

    fileprivate mutating func members(
        of version: GovernanceState.Version, _ deployment: String, _ spec: JSONValue
    ) {
        member("deployment", deployment)
        member("version", version.name)
        member("digest", version.digest)
        member("registered", version.registered)
        notes(of: version)
        key("spec")
        value(spec)
    }
}
