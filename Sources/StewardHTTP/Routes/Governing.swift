import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel

extension Endpoints {
    private static let production = "production"

    static func governing(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .put, "/v1/deployments/{deployment}/routes/{environment}", .role(.operator),
                "Set which versions serve an environment, with integer weights", content: .json
            ) { call in
                let fields = try await call.json()
                try fields.allow(only: "targets", "reason")
                let targets = try fields.objects("targets").map { target in
                    try target.allow(only: "version", "weight")
                    return Target(version: try target.string("version"), weight: try target.integer("weight"))
                }
                let deployment = try call.deployment(api).name
                let environment = try call.path("environment")
                return try await route(
                    .setRoute(
                        deployment: deployment, environment: environment, targets: targets,
                        reason: try fields.optionalString("reason")), environment, call, api)
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/promote", .role(.operator), "Let one version serve an environment",
                content: .json
            ) { call in
                let fields = try await call.json()
                try fields.allow(only: "version", "environment", "reason")
                let deployment = try call.deployment(api).name
                let environment = try fields.optionalString("environment") ?? production
                return try await route(
                    .promote(
                        deployment: deployment, environment: environment, version: try fields.string("version"),
                        reason: try fields.optionalString("reason")), environment, call, api)
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/rollback", .role(.operator),
                "Go back to what served before, or to a named version", content: .json
            ) { call in
                let fields = try await call.json()
                try fields.allow(only: "environment", "to", "reason")
                let deployment = try call.deployment(api).name
                let environment = try fields.optionalString("environment") ?? production
                return try await route(
                    .rollback(
                        deployment: deployment, environment: environment, version: try fields.optionalString("to"),
                        reason: try fields.optionalString("reason"), decision: nil), environment, call, api)
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/freeze", .role(.operator), "Take no promotion until unfrozen",
                content: .json
            ) { try await freeze($0, api, true) },
            Endpoint(
                .post, "/v1/deployments/{deployment}/unfreeze", .role(.operator), "Take promotions again",
                content: .json
            ) { try await freeze($0, api, false) },
            Endpoint(
                .get, "/v1/deployments/{deployment}/history", .role(.viewer),
                "Which version served when, by whom and why, for ever", query: [Shared.environment]
            ) { call in
                let deployment = try call.deployment(api)
                let environment = call.query("environment")
                return Reply.object { writer in
                    writer.array("history") { writer in
                        for record in deployment.history.reversed() {
                            if let environment, let place = record.change.environment, place != environment { continue }
                            writer.object { $0.history(of: record) }
                        }
                    }
                }
            },
        ]
    }

    /// Carries out a change of a route and shows where it stands now.
    private static func route(
        _ command: Command, _ environment: String, _ call: Call, _ api: API
    ) async throws -> Reply {
        let records = try await api.governor.perform(command, by: call.actor)
        let deployment = try call.deployment(api)
        guard let route = deployment.routes[environment] else {
            throw StewardError(.internal, "the changed route is not there")
        }
        return Reply.object { writer in
            writer.member("deployment", deployment.name)
            writer.member("environment", environment)
            writer.member("version", route.targets.mainVersion)
            writer.member("previous", route.replaced.mainVersion)
            writer.member("changed", !records.isEmpty)
            writer.array("targets") { writer in for target in route.targets { writer.value(target.json) } }
            writer.member("record", route.record)
            writer.member("time", route.since)
        }
    }

    private static func freeze(_ call: Call, _ api: API, _ frozen: Bool) async throws -> Reply {
        let fields = try await call.json()
        try fields.allow(only: "environment", "reason")
        let deployment = try call.deployment(api).name
        let environment = try fields.optionalString("environment") ?? production
        let reason = try fields.optionalString("reason")
        let command: Command =
            frozen
            ? .freeze(deployment: deployment, environment: environment, reason: reason, decision: nil)
            : .unfreeze(deployment: deployment, environment: environment, reason: reason)
        let records = try await api.governor.perform(command, by: call.actor)
        return Reply.object { writer in
            writer.member("deployment", deployment)
            writer.member("environment", environment)
            writer.member("frozen", frozen)
            writer.member("changed", !records.isEmpty)
            writer.member("record", records.first?.sequence)
        }
    }
}

extension [Target] {
    /// The version with the greatest weight, the first of equals.
    var mainVersion: String? {
        self.max { $0.weight < $1.weight }?.version
    }
}

extension JSONWriter {
    fileprivate mutating func history(of record: Record) {
        member("record", record.sequence)
        member("time", record.time)
        member("environment", record.change.environment)
        member("action", record.change.shortAction)
        var version: String?
        var previous: String?
        var reason: String?
        var decision: Decision?
        switch record.change {
        case .versionRegistered(_, let name, _): version = name
        case .routeChanged(let change):
            (version, previous) = (change.targets.mainVersion, change.previous.mainVersion)
            (reason, decision) = (change.reason, change.decision)
        case .frozen(_, _, let why, let numbers): (reason, decision) = (why, numbers)
        case .unfrozen(_, _, let why): reason = why
        case .policyDecided(_, _, let name, let numbers):
            (version, reason, decision) = (name, numbers.explanation, numbers)
        default: break
        }
        member("version", version)
        member("previous", previous)
        object("actor") { writer in
            writer.member("kind", record.actor.kind.rawValue)
            writer.member("name", record.actor.name)
        }
        member("reason", reason)
        key("decision")
        value(decision?.json ?? .null)
        if case .routeChanged(let change) = record.change, change.targets.count > 1 {
            array("targets") { writer in for target in change.targets { writer.value(target.json) } }
        }
    }
}
