import StewardJSON
import StewardModel
import StewardPolicy

extension Rollout {
    /// What a record says of a start: all that cannot be found out later.
    var startMembers: [JSONValue.Member] {
        var members: [JSONValue.Member] = [
            .init(name: "id", value: .string(id)), .init(name: "version", value: .string(version)),
            .init(name: "attempt", value: .integer(attempt)),
            .init(name: "stable", value: .object(stable.members)),
            .init(name: "policy", value: .string(policy)),
            .init(name: "policy_digest", value: .string(policyDigest)),
            .init(name: "mode", value: .string(mode.rawValue)), .init(name: "plan", value: plan.json),
            .init(name: "thresholds", value: .array(thresholds.map { $0.map { .number($0) } ?? .null })),
            .init(name: "counts", value: startCounts.json),
            .init(name: "started_by", value: .string(startedBy)),
        ]
        if let reason { members.append(.init(name: "reason", value: .string(reason))) }
        return members
    }

    init(deployment: String, environment: String, _ data: RecordFields) throws {
        guard let mode = RollbackPolicy.Mode(rawValue: try data.string("mode")) else { throw data.problem("mode") }
        let counts = try RolloutCounts(try data.object("counts"))
        self.init(
            id: try data.string("id"), deployment: deployment, environment: environment,
            version: try data.string("version"), attempt: try data.integer("attempt"),
            stable: try RoutePlan(try data.object("stable")), policy: try data.string("policy"),
            policyDigest: try data.string("policy_digest"), mode: mode,
            plan: try RolloutPlan(try data.object("plan")), thresholds: try data.optionalDoubles("thresholds"),
            startCounts: counts, startedBy: try data.string("started_by"), stepEvents: counts.events,
            reason: data.optionalString("reason"))
        guard thresholds.count == plan.guards.count, counts.canary.count == plan.guards.count,
            counts.stable.count == plan.guards.count, !plan.steps.isEmpty
        else { throw data.problem("plan") }
    }
}

extension RolloutMove {
    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [
            .init(name: "id", value: .string(id)), .init(name: "version", value: .string(version)),
            .init(name: "step", value: .integer(Int64(step))),
        ]
        if let events { members.append(.init(name: "events", value: .integer(events))) }
        if let reason { members.append(.init(name: "reason", value: .string(reason))) }
        if let decision { members.append(.init(name: "decision", value: decision.json)) }
        if let answer {
            members += [
                .init(name: "hook", value: .string(answer.hook)),
                .init(name: "role", value: .string(answer.role.rawValue)),
                .init(name: "answer", value: .string(answer.verdict.rawValue)),
                .init(name: "reply", value: .string(answer.reply)),
            ]
        }
        return members
    }

    init(kind: Kind, deployment: String, environment: String, _ data: RecordFields) throws {
        self.init(
            kind: kind, id: try data.string("id"), deployment: deployment, environment: environment,
            version: try data.string("version"), step: Int(try data.integer("step")),
            events: data.optionalInteger("events"), reason: data.optionalString("reason"),
            decision: try data.optionalObject("decision").map(Decision.init))
        guard kind == .answer else { return }
        guard let role = WebhookPolicy.Role(rawValue: try data.string("role")),
            let verdict = HookAnswer.Verdict(rawValue: try data.string("answer"))
        else { throw data.problem("answer") }
        answer = HookAnswer(
            hook: try data.string("hook"), role: role, step: step, verdict: verdict, reply: try data.string("reply"))
    }
}

extension RolloutPlan {
    package var json: JSONValue {
        [
            "steps": .array(
                steps.map { step in
                    [
                        "weight": .integer(step.weight), "minimum_sample": .integer(step.minimumSample),
                        "minimum_time_seconds": .integer(step.minimumTime.components.seconds),
                        "approval": .bool(step.needsApproval),
                    ]
                }),
            "guards": .array(guards.map(\.json)), "alpha": .number(alpha),
            "on_no_data": .string(onNoData.rawValue), "on_failure": .string(onFailure.rawValue),
            "deadline_seconds": .integer(deadline.components.seconds), "on_deadline": .string(onDeadline.rawValue),
            "cool_down_seconds": .integer(coolDown.components.seconds),
        ]
    }

    init(_ data: RecordFields) throws {
        guard let alpha = data.optionalDouble("alpha"),
            let onNoData = RollbackPolicy.NoData(rawValue: try data.string("on_no_data")),
            let onFailure = OnFailure(rawValue: try data.string("on_failure")),
            let onDeadline = OnDeadline(rawValue: try data.string("on_deadline"))
        else { throw data.problem("plan") }
        self.init(
            steps: try data.objects("steps").map { step in
                RolloutStep(
                    weight: try step.integer("weight"), minimumSample: try step.integer("minimum_sample"),
                    minimumTime: .seconds(try step.integer("minimum_time_seconds")),
                    needsApproval: try step.bool("approval"))
            },
            guards: try data.objects("guards").map(RolloutGuard.init), alpha: alpha, onNoData: onNoData,
            onFailure: onFailure, deadline: .seconds(try data.integer("deadline_seconds")), onDeadline: onDeadline,
            coolDown: .seconds(try data.integer("cool_down_seconds")))
    }
}

extension RolloutGuard {
    /// `above`, or `below` where less is worse.
    private var direction: String { metric.isWorseBelow ? "below" : "above" }

    package var json: JSONValue {
        let held: JSONValue.Member =
            switch limit {
            case .absolute(let limit): .init(name: direction, value: .number(limit))
            case .stable(let ratio, let difference):
                .init(
                    name: direction + "_stable",
                    value: ["ratio": .number(ratio), "difference": .number(difference)])
            }
        return .object([.init(name: "metric", value: .string(metric.rawValue)), held])
    }

    init(_ data: RecordFields) throws {
        guard let metric = Metric(rawValue: try data.string("metric")) else { throw data.problem("metric") }
        self.init(metric: metric, limit: .absolute(0))
        if let stable = data.optionalObject(direction + "_stable") {
            guard let ratio = stable.optionalDouble("ratio"), let difference = stable.optionalDouble("difference")
            else { throw data.problem(direction + "_stable") }
            limit = .stable(ratio: ratio, difference: difference)
        } else {
            guard let limit = data.optionalDouble(direction) else { throw data.problem(direction) }
            self.limit = .absolute(limit)
        }
    }
}

extension RolloutCounts {
    var json: JSONValue {
        [
            "events": .integer(events), "canary": .array(canary.map(\.json)), "stable": .array(stable.map(\.json)),
        ]
    }

    init(_ data: RecordFields) throws {
        self.init(
            events: try data.integer("events"), canary: try data.objects("canary").map(Tally.init),
            stable: try data.objects("stable").map(Tally.init))
    }
}

extension Tally {
    var json: JSONValue { ["n": .integer(count), "sum": .number(sum), "squares": .number(squares)] }

    init(_ data: RecordFields) throws {
        guard let sum = data.optionalDouble("sum"), let squares = data.optionalDouble("squares") else {
            throw data.problem("sum")
        }
        self.init(count: try data.integer("n"), sum: sum, squares: squares)
    }
}
