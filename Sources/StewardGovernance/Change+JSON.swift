import StewardJSON
import StewardModel

extension Change {
    /// The members of a record's `data`; deployment and environment stand beside it.
    var data: [JSONValue.Member] {
        switch self {
        case .deploymentCreated: []
        case .versionRegistered(_, let version, let digest): members(["version": version, "digest": digest])
        case .routeChanged(let change):
            change.plan.members + [.init(name: "previous", value: .array(change.previous.map(\.json)))]
                + members(["reason": change.reason, "rollout": change.rollout]) + members(change.decision)
        case .frozen(_, _, let reason, let decision): members(["reason": reason]) + members(decision)
        case .unfrozen(_, _, let reason), .disabled(_, _, let reason), .enabled(_, _, let reason):
            members(["reason": reason])
        case .versionNoted(_, let version, let note): members(["version": version]) + note.members
        case .approvalRequested(let approval):
            members([
                "id": approval.id, "version": approval.version, "requested_by": approval.requestedBy,
                "reason": approval.reason,
            ])
        case .approvalAnswered(let id, _, _, _, let roles, let reason):
            members(["id": id, "reason": reason])
                + [.init(name: "roles", value: .array(roles.map { .string($0.rawValue) }))]
        case .experimentStarted(let experiment): experiment.startMembers
        case .experimentMoved(let move): move.members
        case .rolloutStarted(let rollout): rollout.startMembers
        case .rolloutMoved(let move): move.members
        case .policyDecided(_, _, let version, let decision): members(["version": version]) + members(decision)
        case .findingOpened(let finding):
            members([
                "id": finding.id, "severity": finding.severity.rawValue, "version": finding.version,
                "title": finding.title,
            ]) + finding.basis.members
        case .findingResolved(let id, let reason): members(["id": id, "reason": reason])
        case .baselineSet(_, _, let baseline): [.init(name: "baseline", value: baseline.json)]
        case .baselineDropped: []
        case .policiesLoaded(let digest, let policies):
            members(["digest": digest]) + [
                .init(
                    name: "policies",
                    value: .object(
                        policies.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) })
                )
            ]
        case .pricesLoaded(let digest, let version, let models):
            members(["digest": digest, "version": version]) + [.init(name: "models", value: .integer(models))]
        case .costsRepriced(let record): record.members
        case .eventsDropped(let record): record.members
        case .biasAudited(let run): run.members
        case .biasProbed(let probe): probe.members
        case .budgetCrossed(let crossing): crossing.members
        case .biasOverridden(let word): members(["version": word.version, "reason": word.reason])
        case .tokenCreated(let token): token.members
        case .tokenRevoked(let id): members(["id": id])
        case .daemonStarted(let version): members(["version": version])
        }
    }

    private func members(_ values: KeyValuePairs<String, String?>) -> [JSONValue.Member] {
        values.compactMap { name, value in value.map { .init(name: name, value: .string($0)) } }
    }

    private func members(_ decision: Decision?) -> [JSONValue.Member] {
        decision.map { [.init(name: "decision", value: $0.json)] } ?? []
    }

    init(action: String, deployment: String?, environment: String?, data: RecordFields) throws {
        func place() throws -> (deployment: String, environment: String) {
            guard let deployment else { throw data.problem("deployment") }
            guard let environment else { throw data.problem("environment") }
            return (deployment, environment)
        }
        switch action {
        case "deployment.create":
            guard let deployment else { throw data.problem("deployment") }
            self = .deploymentCreated(deployment)
        case "version.register":
            guard let deployment else { throw data.problem("deployment") }
            self = .versionRegistered(
                deployment: deployment, version: try data.string("version"), digest: try data.string("digest"))
        case "route.set", "route.promote", "route.rollback", "route.cap":
            guard let kind = RouteChange.Kind(rawValue: String(action.dropFirst(6))) else {
                throw data.problem("action")
            }
            let place = try place()
            self = .routeChanged(
                RouteChange(
                    kind: kind, deployment: place.deployment, environment: place.environment,
                    plan: try RoutePlan(data),
                    previous: try data.objects("previous").map(Target.init), reason: data.optionalString("reason"),
                    decision: try data.optionalObject("decision").map(Decision.init),
                    rollout: data.optionalString("rollout")))
        case "version.card", "version.evaluate", "version.deprecate":
            guard let deployment, let note = try VersionNote(action: action, data) else {
                throw data.problem("deployment")
            }
            self = .versionNoted(deployment: deployment, version: try data.string("version"), note)
        case "approval.request":
            let place = try place()
            self = .approvalRequested(
                Approval(
                    id: try data.string("id"), deployment: place.deployment, environment: place.environment,
                    version: try data.string("version"), requestedBy: try data.string("requested_by"),
                    reason: data.optionalString("reason")))
        case "approval.approve", "approval.reject":
            let place = try place()
            self = .approvalAnswered(
                id: try data.string("id"), deployment: place.deployment, environment: place.environment,
                approved: action == "approval.approve",
                roles: data.has("roles") ? try data.strings("roles").compactMap(Role.init) : [],
                reason: data.optionalString("reason"))
        case "experiment.start":
            let place = try place()
            self = .experimentStarted(
                try Experiment(deployment: place.deployment, environment: place.environment, data))
        case let action where action.hasPrefix("experiment."):
            let place = try place()
            let move = try ExperimentMove(
                action: action, deployment: place.deployment, environment: place.environment, data)
            guard let move else {
                throw StewardError(.storage, "an audit record has an unknown action", field: action)
            }
            self = .experimentMoved(move)
        case "rollout.start":
            let place = try place()
            self = .rolloutStarted(
                try Rollout(deployment: place.deployment, environment: place.environment, data))
        case "route.freeze":
            let place = try place()
            self = .frozen(
                deployment: place.deployment, environment: place.environment, reason: data.optionalString("reason"),
                decision: try data.optionalObject("decision").map(Decision.init))
        case "route.unfreeze":
            let place = try place()
            self = .unfrozen(
                deployment: place.deployment, environment: place.environment, reason: data.optionalString("reason"))
        case "route.disable", "route.enable":
            let place = try place()
            let reason = data.optionalString("reason")
            self =
                action == "route.disable"
                ? .disabled(deployment: place.deployment, environment: place.environment, reason: reason)
                : .enabled(deployment: place.deployment, environment: place.environment, reason: reason)
        case "policy.decision":
            let place = try place()
            self = .policyDecided(
                deployment: place.deployment, environment: place.environment, version: try data.string("version"),
                decision: try Decision(try data.object("decision")))
        case "finding.open":
            let place = try place()
            guard let severity = Severity(rawValue: try data.string("severity")) else {
                throw data.problem("severity")
            }
            self = .findingOpened(
                Finding(
                    id: try data.string("id"), severity: severity, deployment: place.deployment,
                    environment: place.environment, version: try data.string("version"),
                    title: try data.string("title"),
                    basis: try Finding.Basis(data, place.deployment, place.environment)))
        case "finding.resolve":
            self = .findingResolved(id: try data.string("id"), reason: try data.string("reason"))
        case "baseline.set":
            let place = try place()
            self = .baselineSet(
                deployment: place.deployment, environment: place.environment,
                try Baseline(try data.object("baseline"), place.deployment, place.environment))
        case "baseline.drop":
            let place = try place()
            self = .baselineDropped(deployment: place.deployment, environment: place.environment)
        case "policy.load":
            self = .policiesLoaded(
                digest: try data.string("digest"), policies: try data.object("policies").stringMap())
        case "prices.load":
            self = .pricesLoaded(
                digest: try data.string("digest"), version: try data.string("version"),
                models: try data.integer("models"))
        case "costs.reprice": self = .costsRepriced(try RepricingRecord(data))
        case "events.drop": self = .eventsDropped(try RetentionRecord(data))
        case "bias.override":
            let place = try place()
            self = .biasOverridden(
                try BiasOverride(data, deployment: place.deployment, environment: place.environment))
        case "bias.audit":
            guard let deployment else { throw data.problem("deployment") }
            self = .biasAudited(try BiasRun(data, deployment: deployment))
        case "bias.probe":
            guard let deployment else { throw data.problem("deployment") }
            self = .biasProbed(try BiasProbe(data, deployment: deployment))
        case "budget.cross": self = .budgetCrossed(try BudgetCrossing(data))
        case "token.create": self = .tokenCreated(try Token(data))
        case "token.revoke": self = .tokenRevoked(id: try data.string("id"))
        case "daemon.start": self = .daemonStarted(version: try data.string("version"))
        default:
            guard action.hasPrefix("rollout."), let kind = RolloutMove.Kind(rawValue: String(action.dropFirst(8)))
            else { throw StewardError(.storage, "an audit record has an unknown action", field: action) }
            let place = try place()
            self = .rolloutMoved(
                try RolloutMove(kind: kind, deployment: place.deployment, environment: place.environment, data))
        }
    }
}

extension Decision {
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "policy", value: .string(policy)),
            .init(name: "policy_digest", value: .string(policyDigest)),
            .init(name: "mode", value: .string(mode)),
            .init(name: "action", value: .string(action)),
            .init(name: "metric", value: .string(metric)),
            .init(name: "value", value: value.map { .number($0) } ?? .null),
            .init(name: "sample_size", value: .integer(sampleSize)),
            .init(name: "comparison", value: .string(comparison)),
            .init(name: "threshold", value: threshold.map { .number($0) } ?? .null),
            .init(name: "window_seconds", value: .integer(windowSeconds)),
            .init(name: "explanation", value: .string(explanation)),
        ]
        if let baselineVersion { members.append(.init(name: "baseline_version", value: .string(baselineVersion))) }
        if let baselineValue { members.append(.init(name: "baseline_value", value: .number(baselineValue))) }
        return .object(members)
    }

    init(_ fields: RecordFields) throws {
        policy = try fields.string("policy")
        policyDigest = try fields.string("policy_digest")
        mode = try fields.string("mode")
        action = try fields.string("action")
        metric = try fields.string("metric")
        value = fields.optionalDouble("value")
        sampleSize = try fields.integer("sample_size")
        comparison = try fields.string("comparison")
        threshold = fields.optionalDouble("threshold")
        windowSeconds = try fields.integer("window_seconds")
        explanation = try fields.string("explanation")
        baselineVersion = fields.optionalString("baseline_version")
        baselineValue = fields.optionalDouble("baseline_value")
    }
}

extension Token {
    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [
            .init(name: "id", value: .string(id)),
            .init(name: "name", value: .string(name)),
            .init(name: "roles", value: .array(roles.map { .string($0.rawValue) })),
            .init(name: "sha256", value: .string(hash)),
        ]
        if let owner { members.append(.init(name: "owner", value: .string(owner))) }
        if let deployment { members.append(.init(name: "scope", value: .string(deployment))) }
        if let expires { members.append(.init(name: "expires", value: .string(expires.rfc3339))) }
        return members
    }

    init(_ fields: RecordFields) throws {
        id = try fields.string("id")
        name = try fields.string("name")
        roles = try fields.strings("roles").map { name in
            guard let role = Role(rawValue: name) else { throw fields.problem("roles") }
            return role
        }
        hash = try fields.string("sha256")
        owner = fields.optionalString("owner")
        deployment = fields.optionalString("scope")
        expires = fields.optionalString("expires") == nil ? nil : try fields.time("expires")
    }
}
