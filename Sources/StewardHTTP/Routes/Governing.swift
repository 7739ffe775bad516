import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel

extension Endpoints {
    static let production = "production"

    /// Members that many bodies share.
    enum Fields {
        static let environment = Shape.Field.optional("environment", .string, "production if left out")
        static let reason = Shape.Field.optional("reason", .string, "goes on record")
        static let version = Shape.Field.required("version", .string, "its name or its digest")
    }

    static func governing(_ api: API) -> [Endpoint] {
        let place = Endpoint.Content.json(Fields.environment, Fields.reason)
        return [
            Endpoint(
                .put, "/v1/deployments/{deployment}/routes/{environment}", .role(.operator),
                "Set which versions serve an environment, with integer weights", content: .json(RoutePlan.shape)
            ) { call in
                let fields = try await call.json()
                let deployment = try call.deployment(api)
                let plan = try RoutePlan(fields, of: deployment)
                let environment = try call.path("environment")
                let reason = try fields.optionalString("reason")
                let command = Command.setRoute(
                    deployment: deployment.name, environment: environment, plan: plan, reason: reason)
                // What is wrong with the plan itself is told before any gate is asked.
                _ = try api.governor.state.decide(command)
                let serving = deployment.routes[environment]?.plan.serving ?? []
                for version in plan.serving where !serving.contains(version) {
                    try await api.promotions.require(
                        PromotionRequest(
                            deployment: deployment.name, environment: environment, version: version, reason: reason),
                        by: call.actor)
                }
                return try await route(command, environment, promoting: plan.targets.mainVersion, call, api)
            },
            Endpoint(
                .get, "/v1/deployments/{deployment}/routes/{environment}", .role(.viewer),
                "Which versions serve an environment"
            ) { call in
                let deployment = try call.deployment(api).name
                let environment = try call.path("environment")
                let route = try api.governor.state.route(deployment, environment)
                return Reply.object { writer in
                    writer.member("deployment", deployment)
                    writer.members(of: route, in: environment)
                }
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/promote", .role(.operator), "Let one version serve an environment",
                content: .json(
                    Fields.version, Fields.environment, Fields.reason,
                    .optional("dry_run", .boolean, "show every gate and change nothing"))
            ) { call in
                let fields = try await call.json()
                let deployment = try call.deployment(api).name
                let environment = try fields.optionalString("environment") ?? production
                let version = try call.version(fields, api)
                let request = PromotionRequest(
                    deployment: deployment, environment: environment, version: version,
                    reason: try fields.optionalString("reason"))
                if try fields.optionalBool("dry_run") == true { return try await dryRun(request, api) }
                try await api.promotions.require(request, by: call.actor)
                return try await route(
                    .promote(
                        deployment: deployment, environment: environment, version: version,
                        reason: try fields.optionalString("reason")), environment, promoting: version, call, api)
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/rollback", .role(.operator),
                "Go back to what served before, or to a named version",
                content: .json(
                    Fields.environment, .optional("to", .string, "a version that has served here; its name or digest"),
                    Fields.reason)
            ) { call in
                let fields = try await call.json()
                let deployment = try call.deployment(api)
                let environment = try fields.optionalString("environment") ?? production
                return try await route(
                    .rollback(
                        deployment: deployment.name, environment: environment,
                        version: try fields.optionalString("to").map(deployment.name(ofVersion:)),
                        reason: try fields.optionalString("reason"), decision: nil), environment, call, api)
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/freeze", .role(.operator), "Take no promotion until unfrozen",
                content: place
            ) { try await freeze($0, api, true) },
            Endpoint(
                .post, "/v1/deployments/{deployment}/unfreeze", .role(.operator), "Take promotions again",
                content: place
            ) { try await freeze($0, api, false) },
            Endpoint(
                .post, "/v1/deployments/{deployment}/disable", .role(.operator),
                "The kill switch: clients use what they have built in", content: place
            ) { try await disable($0, api, true) },
            Endpoint(
                .post, "/v1/deployments/{deployment}/enable", .role(.operator), "Undo the kill switch", content: place
            ) { try await disable($0, api, false) },
        ]
    }

    /// Carries out a change of a route and shows where it stands now.
    ///
    /// - Parameter promoted: the version that would come to serve most, whose bias audits must pass first.
    private static func route(
        _ command: Command, _ environment: String, promoting promoted: String? = nil, _ call: Call, _ api: API
    ) async throws -> Reply {
        var commands = [command]
        let before = try call.deployment(api)
        if let promoted, before.version(named: promoted) != nil,
            before.routes[environment]?.targets.mainVersion != promoted,
            let requirement = try await api.biasAuditor.requirement(
                deployment: before.name, environment: environment, version: promoted)
        {
            commands.insert(requirement, at: 0)
        }
        let records = try await api.governor.perform(commands, by: call.actor)
        let deployment = try call.deployment(api)
        guard let route = deployment.routes[environment] else {
            throw StewardError(.internal, "the changed route is not there")
        }
        return Reply.object { writer in
            writer.member("deployment", deployment.name)
            writer.member("environment", environment)
            writer.member("version", route.targets.mainVersion)
            writer.member("previous", route.targets.mainVersion.flatMap(route.replaced.predecessor))
            writer.member("changed", !records.isEmpty)
            writer.members(route.plan.members)
            // What serves everybody has no rules: whoever made them is told that they are gone.
            if !records.isEmpty, let old = before.routes[environment]?.plan {
                writer.member("dropped_rules", old.rules.count { !route.plan.rules.contains($0) })
                writer.member("dropped_shadow", route.plan.shadow == nil ? old.shadow?.version : nil)
            }
            writer.member("record", route.record)
            writer.member("time", route.since)
        }
    }

    /// Passes the gates of promotion policies and of bias audits, or refuses: for everything that lets a version
    /// serve that did not before.
    static func pass(_ request: PromotionRequest, _ call: Call, _ api: API) async throws {
        try await api.promotions.require(request, by: call.actor)
        let audits = try await api.biasAuditor.requirement(
            deployment: request.deployment, environment: request.environment, version: request.version)
        if let audits { try await api.governor.perform(audits, by: call.actor) }
    }

    /// What a promotion would be told, without one.
    private static func dryRun(_ request: PromotionRequest, _ api: API) async throws -> Reply {
        let gates = try await api.promotions.gates(request)
        let isRefused = gates.contains(where: \.refuses)
        return Reply.object { writer in
            writer.member("deployment", request.deployment)
            writer.member("environment", request.environment)
            writer.member("version", request.version)
            writer.member("would_be", isRefused ? "refused" : "promoted")
            writer.array("gates") { writer in for gate in gates { writer.value(gate.json) } }
        }
    }

    private static func freeze(_ call: Call, _ api: API, _ frozen: Bool) async throws -> Reply {
        try await set("frozen", to: frozen, call, api) { deployment, environment, reason in
            frozen
                ? .freeze(deployment: deployment, environment: environment, reason: reason, decision: nil)
                : .unfreeze(deployment: deployment, environment: environment, reason: reason)
        }
    }

    private static func disable(_ call: Call, _ api: API, _ disabled: Bool) async throws -> Reply {
        try await set("disabled", to: disabled, call, api) { deployment, environment, reason in
            disabled
                ? .disable(deployment: deployment, environment: environment, reason: reason)
                : .enable(deployment: deployment, environment: environment, reason: reason)
        }
    }

    /// Carries out a command that switches one property of a route, and shows it.
    private static func set(
        _ property: String, to value: Bool, _ call: Call, _ api: API,
        by command: (_ deployment: String, _ environment: String, _ reason: String?) -> Command
    ) async throws -> Reply {
        let fields = try await call.json()
        let deployment = try call.deployment(api).name
        let environment = try fields.optionalString("environment") ?? production
        let records = try await api.governor.perform(
            command(deployment, environment, try fields.optionalString("reason")), by: call.actor)
        return Reply.object { writer in
            writer.member("deployment", deployment)
            writer.member("environment", environment)
            writer.member(property, value)
            writer.member("changed", !records.isEmpty)
            writer.member("record", records.first?.sequence)
        }
    }
}

extension JSONWriter {
    mutating func members(_ members: [JSONValue.Member]) {
        for member in members {
            key(member.name)
            value(member.value)
        }
    }
}
