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
        if startSegments != SegmentCounts() { members.append(.init(name: "segments", value: startSegments.json)) }
        if let reason { members.append(.init(name: "reason", value: .string(reason))) }
        return members
    }

    init(deployment: String, environment: String, _ data: RecordFields) throws {
        self.init(
            id: try data.string("id"), deployment: deployment, environment: environment,
            design: try Design(try data.object("design")), stable: try RoutePlan(try data.object("stable")),
            startCounts: try data.objects("counts").map(ArmCounts.init),
            startSegments: try data.optionalObject("segments").map(SegmentCounts.init) ?? SegmentCounts(),
            startedBy: try data.string("started_by"), reason: data.optionalString("reason"))
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

extension ExperimentEvidence {
    var json: JSONValue {
        var members: [JSONValue.Member] = [.init(name: "counts", value: .array(counts.map(\.json)))]
        if let period { members.append(.init(name: "period", value: period.json)) }
        if segments != SegmentCounts() { members.append(.init(name: "segments", value: segments.json)) }
        return .object(members)
    }

    init(_ data: RecordFields) throws {
        self.init(
            counts: try data.objects("counts").map(ArmCounts.init),
            period: try data.optionalObject("period").map(ExperimentPeriod.init),
            segments: try data.optionalObject("segments").map(SegmentCounts.init) ?? SegmentCounts())
    }
}

extension SegmentCounts {
    var json: JSONValue {
        [
            "groups": .array(
                tallies.sorted { ($0.key.attribute, $0.key.value) < ($1.key.attribute, $1.key.value) }.map {
                    [
                        "attribute": .string($0.key.attribute), "value": .string($0.key.value),
                        "tallies": .array($0.value.map(\.json)),
                    ]
                }),
            "history": .array(
                history.sorted { $0.key < $1.key }.map { ["value": .string($0.key), "mean": .number($0.value)] }),
        ]
    }

    init(_ data: RecordFields) throws {
        for entry in try data.objects("groups") {
            let group = Group(attribute: try entry.string("attribute"), value: try entry.string("value"))
            tallies[group] = try entry.objects("tallies").map(Tally.init)
        }
        for entry in try data.objects("history") {
            guard let mean = entry.optionalDouble("mean") else { throw entry.problem("mean") }
            history[try entry.string("value")] = mean
        }
    }
}

extension ExperimentMove {
    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [.init(name: "id", value: .string(id))]
        if let reason { members.append(.init(name: "reason", value: .string(reason))) }
        switch step {
        case .look(let look): members.append(.init(name: "look", value: look.json))
        case .reweigh(let change): members.append(.init(name: "reweighing", value: change.json))
        case .decide(let verdict): members.append(.init(name: "verdict", value: verdict.json))
        case .conclude(let version):
            if let version { members.append(.init(name: "version", value: .string(version))) }
        case .close(let evidence): members.append(.init(name: "evidence", value: evidence.json))
        }
        return members
    }

    /// - Returns: `nil` for an action that is none of an experiment.
    init?(action: String, deployment: String, environment: String, _ data: RecordFields) throws {
        let step: Step
        switch action {
        case "experiment.look": step = .look(try ExperimentLook(try data.object("look")))
        case "experiment.reweigh": step = .reweigh(try Reweighing(try data.object("reweighing")))
        case "experiment.decide": step = .decide(try ExperimentVerdict(try data.object("verdict")))
        case "experiment.conclude": step = .conclude(version: data.optionalString("version"))
        case "experiment.close": step = .close(try ExperimentEvidence(try data.object("evidence")))
        default: return nil
        }
        self.init(
            step: step, id: try data.string("id"), deployment: deployment, environment: environment,
            reason: data.optionalString("reason"))
    }
}

extension ExperimentVerdict {
    init(_ data: RecordFields) throws {
        guard let kind = Kind(rawValue: try data.string("kind")) else { throw data.problem("kind") }
        self.init(
            kind: kind, version: data.optionalString("version"), explanation: try data.string("explanation"),
            pValue: data.optionalDouble("p_value"))
    }
}
