import StewardModel

/// What a person, a policy or the daemon asks to be changed.
package enum Command: Sendable {
    case createDeployment(String)
    /// `digest` is that of the canonical spec; the name is made from it when none is given.
    case registerVersion(deployment: String, name: String?, digest: String)
    case setRoute(deployment: String, environment: String, targets: [Target], reason: String?)
    case promote(deployment: String, environment: String, version: String, reason: String?)
    /// Goes back to `version`, or to what served before when it is nil.
    case rollback(deployment: String, environment: String, version: String?, reason: String?, decision: Decision?)
    case freeze(deployment: String, environment: String, reason: String?, decision: Decision?)
    case unfreeze(deployment: String, environment: String, reason: String?)
    case createToken(Token)
    case revokeToken(id: String)
    case loadPolicies(digest: String, policies: [String: String])
    /// Records what a policy found, for changes that need no further checks.
    case note(Change)
}

extension GovernanceState {
    /// Bounds on what people may make, so that the state stays in memory.
    package enum Limit {
        package static let deployments = 10_000
        package static let versionsPerDeployment = 10_000
        package static let targetsPerRoute = 16
        package static let weight: Int64 = 1_000_000
        package static let tokens = 10_000
        package static let reasonBytes = 2000
    }

    /// Decides what a command changes. Pure: the same state and command give the same changes or the same refusal.
    ///
    /// - Returns: the changes in order; empty when all is as asked already.
    package func decide(_ command: Command) throws(StewardError) -> [Change] {
        switch command {
        case .createDeployment(let name):
            try check(name, "name")
            if deployments[name] != nil { return [] }
            return [try creation(of: name)]
        case .registerVersion(let deployment, let name, let digest):
            return try register(deployment, name, digest)
        case .setRoute(let deployment, let environment, let targets, let reason):
            return try setRoute(deployment, environment, targets, reason)
        case .promote(let deployment, let environment, let version, let reason):
            return try promote(deployment, environment, version, reason)
        case .rollback(let deployment, let environment, let version, let reason, let decision):
            return try rollback(deployment, environment, version, reason, decision)
        case .freeze(let deployment, let environment, let reason, let decision):
            try check(reason: reason)
            return try route(deployment, environment).frozen
                ? [] : [.frozen(deployment: deployment, environment: environment, reason: reason, decision: decision)]
        case .unfreeze(let deployment, let environment, let reason):
            try check(reason: reason)
            return try route(deployment, environment).frozen
                ? [.unfrozen(deployment: deployment, environment: environment, reason: reason)] : []
        case .createToken(let token): return try create(token)
        case .revokeToken(let id):
            guard tokens.values.contains(where: { $0.id == id }) else {
                throw StewardError(.notFound, "there is no token '\(id)'; 'steward token list' shows them", field: "id")
            }
            return [.tokenRevoked(id: id)]
        case .loadPolicies(let digest, let policies):
            return digest == policiesDigest ? [] : [.policiesLoaded(digest: digest, policies: policies)]
        case .note(let change): return [change]
        }
    }

    package func deployment(_ name: String) throws(StewardError) -> Deployment {
        guard let deployment = deployments[name] else {
            throw StewardError(
                .notFound, "there is no deployment '\(name)'; register a version of it first", field: "deployment")
        }
        return deployment
    }

    private func route(_ deployment: String, _ environment: String) throws(StewardError) -> Route {
        guard let route = try self.deployment(deployment).routes[environment] else {
            throw StewardError(
                .notFound, "'\(deployment)' has no route in '\(environment)'; promote a version first",
                field: "environment")
        }
        return route
    }

    private func creation(of deployment: String) throws(StewardError) -> Change {
        guard deployments.count < Limit.deployments else {
            throw StewardError(.refused, "there are \(Limit.deployments) deployments already, which is the limit")
        }
        return .deploymentCreated(deployment)
    }

    private func register(
        _ deployment: String, _ name: String?, _ digest: String
    ) throws(StewardError) -> [Change] {
        try check(deployment, "deployment")
        if let name { try check(name, "name") }
        let known = deployments[deployment]?.versions ?? []
        if known.contains(where: { $0.digest == digest }) { return [] }
        guard known.count < Limit.versionsPerDeployment else {
            throw StewardError(.refused, "'\(deployment)' has \(known.count) versions already, which is the limit")
        }
        let version = name ?? String(digest.drop { $0 != ":" }.dropFirst().prefix(12))
        if let taken = known.first(where: { $0.name == version }) {
            throw StewardError(
                .conflict,
                "'\(deployment)' has a version '\(version)' with another spec (\(taken.digest)); "
                    + "versions are never edited, choose a new name", field: "name")
        }
        var changes: [Change] = []
        if deployments[deployment] == nil { changes.append(try creation(of: deployment)) }
        changes.append(.versionRegistered(deployment: deployment, version: version, digest: digest))
        return changes
    }

    private func create(_ token: Token) throws(StewardError) -> [Change] {
        try check(token.name, "name")
        if token.roles.isEmpty {
            let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw StewardError(.invalidInput, "name at least one role of: \(roles)", field: "roles")
        }
        if let scope = token.deployment { try check(scope, "deployment") }
        guard tokens.count < Limit.tokens else {
            throw StewardError(.refused, "there are \(Limit.tokens) tokens already, which is the limit; revoke some")
        }
        return [.tokenCreated(token)]
    }

    private func check(_ name: String, _ field: String) throws(StewardError) {
        if let problem = Name.problem(name) { throw StewardError(.invalidInput, problem, field: field) }
    }

    private func check(reason: String?) throws(StewardError) {
        guard (reason?.utf8.count ?? 0) <= Limit.reasonBytes else {
            throw StewardError(.invalidInput, "must be at most \(Limit.reasonBytes) bytes long", field: "reason")
        }
    }
}

// MARK: - Routes

extension GovernanceState {
    private func setRoute(
        _ name: String, _ environment: String, _ targets: [Target], _ reason: String?
    ) throws(StewardError) -> [Change] {
        try check(environment, "environment")
        try check(reason: reason)
        let deployment = try self.deployment(name)
        guard !targets.isEmpty, targets.count <= Limit.targetsPerRoute else {
            throw StewardError(.invalidInput, "name 1 to \(Limit.targetsPerRoute) targets", field: "targets")
        }
        for (index, target) in targets.enumerated() {
            let field = "targets[\(index)]"
            try checkRegistered(target.version, deployment, field: "\(field).version")
            guard (0...Limit.weight).contains(target.weight) else {
                throw StewardError(
                    .invalidInput, "must be an integer from 0 to \(Limit.weight)", field: "\(field).weight")
            }
            if targets[..<index].contains(where: { $0.version == target.version }) {
                throw StewardError(.invalidInput, "each version may be named once", field: "\(field).version")
            }
        }
        guard targets.contains(where: { $0.weight > 0 }) else {
            throw StewardError(.invalidInput, "at least one weight must be above 0", field: "targets")
        }
        return try change(.set, deployment, environment, to: targets, reason, nil)
    }

    private func promote(
        _ name: String, _ environment: String, _ version: String, _ reason: String?
    ) throws(StewardError) -> [Change] {
        try check(environment, "environment")
        try check(reason: reason)
        let deployment = try self.deployment(name)
        try checkRegistered(version, deployment, field: "version")
        return try change(
            .promote, deployment, environment, to: [Target(version: version, weight: 100)], reason, nil)
    }

    private func rollback(
        _ name: String, _ environment: String, _ version: String?, _ reason: String?, _ decision: Decision?
    ) throws(StewardError) -> [Change] {
        try check(reason: reason)
        let deployment = try self.deployment(name)
        let route = try self.route(name, environment)
        let targets: [Target]
        if let version {
            try checkRegistered(version, deployment, field: "to")
            targets = [Target(version: version, weight: 100)]
        } else if let last = route.earlier.last(where: { $0 != route.targets }) {
            targets = last
        } else {
            throw StewardError(
                .refused, "'\(name)' has served nothing else in '\(environment)' to go back to; freeze it instead",
                field: "to")
        }
        return try change(.rollback, deployment, environment, to: targets, reason, decision)
    }

    /// A frozen route takes no promotion, but nothing can hold up a rollback.
    private func change(
        _ kind: RouteChange.Kind, _ deployment: Deployment, _ environment: String, to targets: [Target],
        _ reason: String?, _ decision: Decision?
    ) throws(StewardError) -> [Change] {
        let route = deployment.routes[environment]
        if route?.targets == targets { return [] }
        if kind != .rollback, route?.frozen == true {
            throw StewardError(
                .refused,
                "'\(deployment.name)' is frozen in '\(environment)'; "
                    + "'steward unfreeze \(deployment.name)' lifts that, a rollback needs no unfreezing",
                field: "environment",
                details: [.init(name: "gates", json: #"[{"name":"frozen","verdict":"fail"}]"#)])
        }
        return [
            .routeChanged(
                RouteChange(
                    kind: kind, deployment: deployment.name, environment: environment, targets: targets,
                    previous: route?.targets ?? [], reason: reason, decision: decision))
        ]
    }

    private func checkRegistered(
        _ version: String, _ deployment: Deployment, field: String
    ) throws(StewardError) {
        guard deployment.version(named: version) == nil else { return }
        throw StewardError(
            .notFound,
            "'\(deployment.name)' has no version '\(version)'; register it with "
                + "'steward register \(deployment.name) --spec FILE --name \(version)'", field: field)
    }
}
