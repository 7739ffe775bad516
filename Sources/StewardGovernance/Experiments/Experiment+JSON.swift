import StewardJSON
import StewardModel
import StewardPolicy

extension Experiment {
    var startMembers: [JSONValue.Member] {
        var members: [JSONValue.Member] = [
            .init(name: "id", value: .string(id)), .init(name: "design", value: design.json),
            .init(name: "stable", value: .object(stable.members)),
            .init(name: "counts", value: .array(startCounts.map(\.json))),
            .init(name: "started_by", value: .string(startedBy)),
        ]
        if let reason { members.append(.init(name: "reason", value: .string(reason))) }
        return members
    }

    init(deployment: String, environment: String, _ data: RecordFields) throws {
        self.init(
            id: try data.string("id"), deployment: deployment, environment: environment,
            design: try Design(try data.object("design")), stable: try RoutePlan(try data.object("stable")),
            startCounts: try data.objects("counts").map(ArmCounts.init), startedBy: try data.string("started_by"),
            reason: data.optionalString("reason"))
    }
}

extension Experiment.Design {
    package var json: JSONValue {
        [
            "name": .string(name),
            "arms": .array(arms.map { ["version": .string($0.version), "weight": .integer($0.weight)] }),
            "unit": unit.map { .string($0.text) } ?? .null, "requests_per_unit": .number(requestsPerUnit),
            "primary": .string(primary.rawValue),
            "threshold": threshold.map { .number($0) } ?? .null, "better": .string(better.rawValue),
            "guardrails": .array(guardrails.map(\.json)), "alpha": .number(alpha),
            "minimum_sample": .integer(minimumSample),
            "maximum_sample": maximumSample.map { .integer($0) } ?? .null,
        ]
    }

    init(_ data: RecordFields) throws {
        guard let primary = Metric(rawValue: try data.string("primary")),
            let better = Experiment.Better(rawValue: try data.string("better")),
            let alpha = data.optionalDouble("alpha"), let perUnit = data.optionalDouble("requests_per_unit")
        else { throw data.problem("design") }
        self.init(
            name: try data.string("name"),
            arms: try data.objects("arms").map {
                Experiment.Arm(version: try $0.string("version"), weight: try $0.integer("weight"))
            },
            unit: data.optionalString("unit").flatMap(RouteAttribute.init), requestsPerUnit: perUnit,
            primary: primary, threshold: data.optionalDouble("threshold"), better: better,
            guardrails: try data.objects("guardrails").map(RolloutGuard.init),
            alpha: alpha, minimumSample: try data.integer("minimum_sample"),
            maximumSample: data.optionalInteger("maximum_sample"))
    }
}

extension ArmCounts {
    var json: JSONValue {
        [
            "events": .integer(events), "primary": primary.json, "guardrails": .array(guardrails.map(\.json)),
        ]
    }

    init(_ data: RecordFields) throws {
        self.init(
            events: try data.integer("events"), primary: try Tally(try data.object("primary")),
            guardrails: try data.objects("guardrails").map(Tally.init))
    }
}

extension ExperimentMove {
    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [.init(name: "id", value: .string(id))]
        if let reason { members.append(.init(name: "reason", value: .string(reason))) }
        if let verdict { members.append(.init(name: "verdict", value: verdict.json)) }
        return members
    }

    init(kind: Kind, deployment: String, environment: String, _ data: RecordFields) throws {
        self.init(
            kind: kind, id: try data.string("id"), deployment: deployment, environment: environment,
            verdict: try data.optionalObject("verdict").map { fields in
                guard let kind = ExperimentVerdict.Kind(rawValue: try fields.string("kind")) else {
                    throw fields.problem("kind")
                }
                return ExperimentVerdict(
                    kind: kind, version: fields.optionalString("version"),
                    explanation: try fields.string("explanation"), pValue: fields.optionalDouble("p_value"))
            }, reason: data.optionalString("reason"))
    }
}
