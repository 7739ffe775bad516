import StewardModel

/// What a person, a policy or the daemon asks to be changed.
package enum Command: Sendable {
    case createDeployment(String)
    /// `digest` is that of the canonical spec; the name is made from it when none is given.
    case registerVersion(deployment: String, name: String?, digest: String)
    case setRoute(deployment: String, environment: String, plan: RoutePlan, reason: String?)
    case promote(deployment: String, environment: String, version: String, reason: String?)
    /// Goes back to `version`, or to what served before when it is nil.
    case rollback(deployment: String, environment: String, version: String?, reason: String?, decision: Decision?)
    /// Takes a version down to a share in percent, and gives the rest to what served before.
    case cap(deployment: String, environment: String, version: String, percent: Int64, decision: Decision)
    case freeze(deployment: String, environment: String, reason: String?, decision: Decision?)
    case unfreeze(deployment: String, environment: String, reason: String?)
    /// The kill switch, and back.
    case disable(deployment: String, environment: String, reason: String?)
    case enable(deployment: String, environment: String, reason: String?)
    /// Compares the environment's versions with a span of one of them, until it is dropped.
    case pinBaseline(
        deployment: String, environment: String, name: String, version: String, from: Timestamp, until: Timestamp)
    /// Compares them with what the environment did a week before, until it is dropped.
    case followLastWeek(deployment: String, environment: String, name: String, now: Timestamp)
    case dropBaseline(deployment: String, environment: String)
    case noteVersion(VersionNote, deployment: String, version: String)
    case requestApproval(
        deployment: String, environment: String, version: String, reason: String?, by: Actor)
    /// `roles` are those of the answering token.
    case answerApproval(id: String, approve: Bool, reason: String?, by: Actor, roles: [Role])
    case startExperiment(ExperimentStart, by: Actor)
    case lookAtExperiment(ExperimentLook, id: String, record: Int64)
    case reweighExperiment(Reweighing, id: String, record: Int64)
    /// What the rule said of the experiment as it was at `record`.
    case decideExperiment(ExperimentVerdict, id: String, record: Int64, ExperimentEvidence)
    /// Everybody goes to `version`, or back to what served before.
    case concludeExperiment(id: String, version: String?, reason: String?, ExperimentEvidence)
    case closeExperiment(id: String, ExperimentEvidence)
    case startRollout(RolloutStart, by: Actor, now: Timestamp)
    /// What a webhook said of the rollout as it was at `record`.
    case answerRollout(id: String, HookAnswer, record: Int64)
    /// What the engine said of the rollout as it was at `record`.
    case moveRollout(id: String, RolloutAction, record: Int64, counts: RolloutCounts)
    case requestRollout(RolloutRequest, id: String, reason: String?, by: Actor)
    case createToken(Token)
    case revokeToken(id: String)
    case loadPolicies(digest: String, policies: [String: String])
    case loadPrices(digest: String, version: String, models: Int64)
    /// Changes nothing, and refuses what comes with it unless these audits passed, or enough people said otherwise.
    case requireAudits([BiasGate], environment: String, now: Timestamp)
    case overrideBias(BiasOverride)
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
        package static let rulesPerRoute = 64
        package static let conditionsPerRule = 16
        package static let valuesPerCondition = 256
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
        case .setRoute(let deployment, let environment, let plan, let reason):
            return try setRoute(deployment, environment, plan, reason)
        case .promote(let deployment, let environment, let version, let reason):
            return try promote(deployment, environment, version, reason)
        case .rollback(let deployment, let environment, let version, let reason, let decision):
            return try rollback(deployment, environment, version, reason, decision)
        case .cap(let deployment, let environment, let version, let percent, let decision):
            return try cap(deployment, environment, version, percent, decision)
        case .freeze(let deployment, let environment, let reason, let decision):
            try check(reason: reason)
            return try route(deployment, environment).frozen
                ? [] : [.frozen(deployment: deployment, environment: environment, reason: reason, decision: decision)]
        case .unfreeze(let deployment, let environment, let reason):
            try check(reason: reason)
            return try route(deployment, environment).frozen
                ? [.unfrozen(deployment: deployment, environment: environment, reason: reason)] : []
        case .disable(let deployment, let environment, let reason):
            try check(reason: reason)
            return try route(deployment, environment).disabled
                ? [] : [.disabled(deployment: deployment, environment: environment, reason: reason)]
        case .enable(let deployment, let environment, let reason):
            try check(reason: reason)
            return try route(deployment, environment).disabled
                ? [.enabled(deployment: deployment, environment: environment, reason: reason)] : []
        case .pinBaseline(let deployment, let environment, let name, let version, let from, let until):
            let series = SeriesKey(deployment: deployment, environment: environment, version: version)
            return try pinBaseline(name, series, from, until)
        case .followLastWeek(let deployment, let environment, let name, let now):
            return try followLastWeek(
                name, EnvironmentKey(deployment: deployment, environment: environment), now: now)
        case .dropBaseline(let deployment, let environment):
            return try dropBaseline(EnvironmentKey(deployment: deployment, environment: environment))
        case .noteVersion(let note, let deployment, let version):
            return try self.note(note, deployment: deployment, version: version)
        case .requestApproval(let deployment, let environment, let version, let reason, let actor):
            return try requestApproval(deployment, environment, version, reason, by: actor)
        case .answerApproval(let id, let approve, let reason, let actor, let roles):
            return try answerApproval(id, approve: approve, reason, by: actor, roles)
        case .startExperiment(let start, let actor): return try self.start(start, by: actor)
        case .lookAtExperiment(let look, let id, let record):
            return try self.look(look, id: id, record: record)
        case .reweighExperiment(let change, let id, let record):
            return try reweigh(change, id: id, record: record)
        case .decideExperiment(let verdict, let id, let record, let evidence):
            return try decide(verdict, id: id, record: record, evidence)
        case .concludeExperiment(let id, let version, let reason, let evidence):
            return try conclude(id, version: version, reason: reason, evidence)
        case .closeExperiment(let id, let evidence): return try close(id, evidence)
        case .startRollout(let start, let actor, let now): return try self.start(start, by: actor, now: now)
        case .answerRollout(let id, let answer, let record): return try take(answer, id: id, record: record)
        case .moveRollout(let id, let action, let record, let counts):
            return try carryOut(action, id: id, record: record, counts: counts)
        case .requestRollout(let request, let id, let reason, let actor):
            return try self.request(request, id: id, reason: reason, by: actor)
        case .createToken(let token): return try create(token)
        case .revokeToken(let id):
            guard tokens.values.contains(where: { $0.id == id }) else {
                throw StewardError(.notFound, "there is no token '\(id)'; 'steward token list' shows them", field: "id")
            }
            return [.tokenRevoked(id: id)]
        case .loadPolicies(let digest, let policies):
            return digest == policiesDigest ? [] : [.policiesLoaded(digest: digest, policies: policies)]
        case .loadPrices(let digest, let version, let models):
            return digest == pricesDigest ? [] : [.pricesLoaded(digest: digest, version: version, models: models)]
        case .requireAudits(let gates, let environment, let now):
            try require(gates, environment: environment, now: now)
            return []
        case .overrideBias(let word): return try decide(word)
        case .note(.budgetCrossed(let crossing)):
            let last = budgetLevels[BudgetLevel.key(crossing.budget, crossing.member)]
            guard let last, last.window == crossing.windowStart, last.percent >= crossing.level else {
                return [.budgetCrossed(crossing)]
            }
            return []
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

    package func route(_ deployment: String, _ environment: String) throws(StewardError) -> Route {
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
        if let owner = token.owner, !(1...200).contains(owner.utf8.count) {
            throw StewardError(.invalidInput, "must be 1 to 200 bytes long", field: "owner")
        }
        if let scope = token.deployment { try check(scope, "deployment") }
        guard tokens.count < Limit.tokens else {
            throw StewardError(.refused, "there are \(Limit.tokens) tokens already, which is the limit; revoke some")
        }
        return [.tokenCreated(token)]
    }

    func check(_ name: String, _ field: String) throws(StewardError) {
        if let problem = Name.problem(name) { throw StewardError(.invalidInput, problem, field: field) }
    }

    func check(reason: String?) throws(StewardError) {
        guard (reason?.utf8.count ?? 0) <= Limit.reasonBytes else {
            throw StewardError(.invalidInput, "must be at most \(Limit.reasonBytes) bytes long", field: "reason")
        }
    }
}
