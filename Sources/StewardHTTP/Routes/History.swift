import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy

extension Endpoints {
    static func history(_ api: API) -> Endpoint {
        Endpoint(
            .get, "/v1/deployments/{deployment}/history", .role(.viewer),
            "Which version served when, by whom and why, newest first, for ever",
            query: [
                Shared.environment,
                .init("at", "what served at this time, who decided that, and what had happened until then"),
                .init("key", "with `at`: the targeting key of the caller whose version is asked for"),
                .init("context", "with `at`: more of that caller, as OFREP's evaluation context in JSON"),
                .init("limit", "1 to 10000, 1000 if left out"), .init("cursor", "next_cursor of the page before"),
            ]
        ) { call in
            let deployment = try call.deployment(api)
            let environment = call.query("environment")
            let at = try call.time("at")
            let caller = try call.caller()
            guard caller == nil || at != nil else {
                throw StewardError(.invalidInput, "say the time that is asked about", field: "at")
            }
            let page = try page(of: deployment, environment, until: at, call)
            return Reply.object { writer in
                if let at {
                    writer.member("at", at)
                    writer.array("served") { writer in
                        for served in deployment.served(at: at)
                        where environment == nil || served.environment == environment {
                            writer.object { $0.members(of: served, deployment, caller) }
                        }
                    }
                }
                writer.array("history") { writer in
                    for record in page.records { writer.object { $0.history(of: record) } }
                }
                writer.member("next_cursor", page.next)
            }
        }
    }

    /// Records, the newest first, and the cursor of those before them.
    private static func page(
        of deployment: GovernanceState.Deployment, _ environment: String?, until time: Timestamp?, _ call: Call
    ) throws -> (records: [Record], next: String?) {
        let limit = Int(try call.integer("limit", in: 1...10_000) ?? 1000)
        var position = time.map { deployment.history.count(until: $0) } ?? deployment.history.count
        if let cursor = call.query("cursor") {
            guard let given = Int(cursor, radix: 36), (0...position).contains(given) else {
                throw StewardError(.invalidInput, "take it from next_cursor of the page before", field: "cursor")
            }
            position = given
        }
        var records: [Record] = []
        while position > 0, records.count < limit {
            position -= 1
            let record = deployment.history[position]
            if let environment, let place = record.change.environment, place != environment { continue }
            records.append(record)
        }
        return (records, position > 0 ? String(position, radix: 36) : nil)
    }
}

extension Call {
    /// Whose version is asked for; `nil` where nobody's is.
    fileprivate func caller() throws -> RoutingContext? {
        guard let text = query("context") else { return query("key").map { RoutingContext(key: $0) } }
        guard let members = (try? JSONValue(parsing: Array(text.utf8)))?.members else {
            throw StewardError(.invalidInput, "must be a JSON object, as in OFREP", field: "context")
        }
        var context = RoutingContext(members)
        context.key = query("key") ?? context.key
        context.token = members.first { $0.name == "token" }?.value.string
        return context
    }
}

extension JSONWriter {
    fileprivate mutating func members(
        of served: Served, _ deployment: GovernanceState.Deployment, _ caller: RoutingContext?
    ) {
        history(of: served.record)
        member("since", served.record.time)
        member("until", served.until)
        member("frozen", served.isFrozen)
        member("disabled", served.isDisabled)
        if let caller { members(of: served, answering: caller, deployment.name) }
        array("versions") { writer in
            for name in served.change.plan.serving {
                writer.object { writer in
                    writer.member("version", name)
                    writer.member("digest", deployment.version(named: name)?.digest)
                }
            }
        }
        if let rollout = served.rollout {
            object("rollout") { writer in
                writer.member("id", rollout.id)
                writer.member("version", rollout.version)
                writer.member("stable", rollout.stableVersion)
                writer.member("phase", rollout.phase.rawValue)
                writer.member("step", rollout.step + 1)
                writer.member("steps", rollout.plan.steps.count)
                writer.member("policy", rollout.policy)
                writer.member("started_by", rollout.startedBy)
            }
        }
        if let experiment = served.experiment {
            object("experiment") { writer in
                writer.member("id", experiment.id)
                writer.member("name", experiment.design.name)
                writer.member("phase", experiment.phase.rawValue)
                writer.member("started_by", experiment.startedBy)
            }
        }
    }

    /// Which version answered a caller, as far as the route and what is told of the caller say.
    private mutating func members(of served: Served, answering caller: RoutingContext, _ deployment: String) {
        let route = CompiledRoute(deployment: deployment, plan: served.change.plan)
        let answer = served.isDisabled ? nil : route.evaluate(caller)
        member("key", caller.key)
        member("answered_by", answer?.version)
        member("answer_reason", served.isDisabled ? "DISABLED" : answer?.reason.rawValue)
        member("answer_rule", answer?.rule)
        member("answer_shadow", answer?.shadow)
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
            version = change.plan.mainVersion
            previous = version.flatMap(change.previous.predecessor)
            (reason, decision) = (change.reason, change.decision)
        case .frozen(_, _, let why, let numbers): (reason, decision) = (why, numbers)
        case .unfrozen(_, _, let why), .disabled(_, _, let why), .enabled(_, _, let why): reason = why
        case .policyDecided(_, _, let name, let numbers):
            (version, reason, decision) = (name, numbers.explanation, numbers)
        case .versionNoted(_, let name, _): version = name
        case .approvalRequested(let approval): (version, reason) = (approval.version, approval.reason)
        case .approvalAnswered(_, _, _, _, _, let why): reason = why
        case .experimentStarted(let experiment): reason = experiment.reason ?? "experiment \(experiment.design.name)"
        case .experimentMoved(let move):
            switch move.step {
            case .decide(let verdict): (version, reason) = (verdict.version, verdict.explanation)
            case .conclude(let name): (version, reason) = (name, move.reason)
            case .look, .reweigh, .close: break
            }
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
