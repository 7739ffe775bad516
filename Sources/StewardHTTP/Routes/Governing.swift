import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel

extension Endpoints {
    static let production = "production"

    static func governing(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .put, "/v1/deployments/{deployment}/routes/{environment}", .role(.operator),
                "Set which versions serve an environment, with integer weights", content: .json
            ) { call in
                let fields = try await call.json()
                try fields.allow(only: "targets", "targeting", "sticky_by", "shadow", "reason")
                let plan = try RoutePlan(fields)
                let deployment = try call.deployment(api).name
                let environment = try call.path("environment")
                let reason = try fields.optionalString("reason")
                let serving = try call.deployment(api).routes[environment]?.plan.serving ?? []
                for version in plan.serving where !serving.contains(version) {
                    try await api.promotions.require(
                        PromotionRequest(
                            deployment: deployment, environment: environment, version: version, reason: reason),
                        by: call.actor)
                }
                return try await route(
                    .setRoute(
                        deployment: deployment, environment: environment, plan: plan,
                        reason: try fields.optionalString("reason")), environment,
                    promoting: plan.targets.mainVersion, call, api)
            },
            Endpoint(
                .post, "/v1/deployments/{deployment}/promote", .role(.operator), "Let one version serve an environment",
                content: .json
            ) { call in
                let fields = try await call.json()
                try fields.allow(only: "version", "environment", "reason", "dry_run")
                let deployment = try call.deployment(api).name
                let environment = try fields.optionalString("environment") ?? production
                let version = try fields.string("version")
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
                .post, "/v1/deployments/{deployment}/disable", .role(.operator),
                "The kill switch: clients use what they have built in", content: .json
            ) { try await disable($0, api, true) },
            Endpoint(
                .post, "/v1/deployments/{deployment}/enable", .role(.operator), "Undo the kill switch", content: .json
            ) { try await disable($0, api, false) },
            Endpoint(
                .get, "/v1/deployments/{deployment}/history", .role(.viewer),
                "Which version served when, by whom and why, for ever",
                query: [
                    Shared.environment,
                    .init("at", "what served at this time, who decided that, and what had happened until then"),
                    .init("key", "with `at`: the targeting key of the caller whose version is asked for"),
                ]
            ) { call in
                let deployment = try call.deployment(api)
                let environment = call.query("environment")
                let at = try call.time("at")
                return Reply.object { writer in
                    if let at { writer.served(by: deployment, at: at, environment, key: call.query("key")) }
                    writer.array("history") { writer in
                        for record in deployment.history.reversed() {
                            if let at, record.time > at { continue }
                            if let environment, let place = record.change.environment, place != environment { continue }
                            writer.object { $0.history(of: record) }
                        }
                    }
                }
            },
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
            writer.member("previous", route.replaced.mainVersion)
            writer.member("changed", !records.isEmpty)
            writer.members(route.plan.members)
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
        try fields.allow(only: "environment", "reason")
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

extension RoutePlan {
    /// What a person asks a route to be.
    fileprivate init(_ fields: JSONFields) throws {
        self.init(
            targets: try fields.objects("targets").map { target in
                try target.allow(only: "version", "weight", "name")
                return Target(
                    version: try target.string("version"), weight: try target.integer("weight"),
                    name: try target.optionalString("name"))
            })
        rules = try fields.optionalObjects("targeting").enumerated().map { index, rule in
            try TargetingRule(rule, position: index)
        }
        stickyBy = try fields.optionalString("sticky_by").map { try fields.attribute($0, "sticky_by") }
        shadow = try fields.optionalObject("shadow").map { shadow in
            try shadow.allow(only: "version", "percentage")
            return Shadow(
                version: try shadow.string("version"), percentage: try shadow.optionalInteger("percentage") ?? 100)
        }
    }
}

extension TargetingRule {
    fileprivate init(_ fields: JSONFields, position: Int) throws {
        try fields.allow(only: "name", "if", "percentage", "version")
        self.init(
            name: try fields.optionalString("name") ?? "rule-\(position + 1)",
            conditions: try fields.optionalObjects("if").map(Condition.init),
            percentage: try fields.optionalInteger("percentage") ?? 100, version: try fields.string("version"))
    }
}

extension TargetingRule.Condition {
    fileprivate init(_ fields: JSONFields) throws {
        let comparisons = Comparison.allCases.map(\.rawValue)
        try fields.allow(only: ["attribute"] + comparisons)
        let given = Comparison.allCases.filter { fields.json[$0.rawValue] != nil }
        guard let comparison = given.first, given.count == 1 else {
            throw fields.wrong("", "needs exactly one of \(comparisons.joined(separator: ", "))")
        }
        self.init(
            attribute: try fields.attribute(try fields.string("attribute"), "attribute"), comparison: comparison,
            values: try fields.strings(comparison.rawValue))
    }
}

extension JSONFields {
    fileprivate func attribute(_ text: String, _ field: String) throws -> RouteAttribute {
        guard let attribute = RouteAttribute(text) else {
            throw wrong(field, "must be key, token, segment.NAME, tag.NAME, or the name of a context member")
        }
        return attribute
    }
}

extension JSONWriter {
    mutating func members(_ members: [JSONValue.Member]) {
        for member in members {
            key(member.name)
            value(member.value)
        }
    }

    fileprivate mutating func served(
        by deployment: GovernanceState.Deployment, at time: Timestamp, _ environment: String?, key: String?
    ) {
        member("at", time)
        array("served") { writer in
            for served in deployment.served(at: time) where environment == nil || served.environment == environment {
                let answer = key.flatMap { key in
                    CompiledRoute(deployment: deployment.name, plan: served.change.plan)
                        .evaluate(RoutingContext(key: key))
                }
                writer.object { writer in
                    writer.history(of: served.record)
                    writer.member("since", served.record.time)
                    writer.member("until", served.until)
                    writer.member("frozen", served.isFrozen)
                    writer.member("disabled", served.isDisabled)
                    if let key {
                        writer.member("key", key)
                        writer.member("answered_by", answer?.version)
                    }
                    writer.array("versions") { writer in
                        for name in served.change.plan.serving {
                            writer.object { writer in
                                writer.member("version", name)
                                writer.member("digest", deployment.version(named: name)?.digest)
                            }
                        }
                    }
                }
            }
        }
    }

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
            (version, previous) = (change.plan.mainVersion, change.previous.mainVersion)
            (reason, decision) = (change.reason, change.decision)
        case .frozen(_, _, let why, let numbers): (reason, decision) = (why, numbers)
        case .unfrozen(_, _, let why), .disabled(_, _, let why), .enabled(_, _, let why): reason = why
        case .policyDecided(_, _, let name, let numbers):
            (version, reason, decision) = (name, numbers.explanation, numbers)
        case .versionNoted(_, let name, _): version = name
        case .approvalRequested(let approval): (version, reason) = (approval.version, approval.reason)
        case .approvalAnswered(_, _, _, _, _, let why): reason = why
        case .experimentStarted(let experiment): reason = experiment.reason
        case .experimentMoved(let move):
            (version, reason) = (move.verdict?.version, move.verdict?.explanation ?? move.reason)
        case .rolloutStarted(let rollout):
            (version, previous, reason) = (rollout.version, rollout.stableVersion, rollout.reason)
        case .rolloutMoved(let move): (version, reason, decision) = (move.version, move.reason, move.decision)
        default: break
        }
        member("version", version)
        member("previous", previous)
        object("actor") { writer in
            writer.member("kind", record.actor.kind.rawValue)
            writer.member("name", record.actor.name)
            writer.member("owner", record.actor.owner)
        }
        member("reason", reason)
        key("decision")
        value(decision?.json ?? .null)
        if case .routeChanged(let change) = record.change { members(change.plan.members) }
    }
}
