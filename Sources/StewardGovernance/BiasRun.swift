import StewardJSON
import StewardModel
import StewardStatistics

/// One bias audit as the log holds it: what was looked at, under which rules, and what came out. The report with every
/// count is stored beside the log by its digest, which makes both unchangeable.
package struct BiasRun: Sendable, Equatable {
    package enum Trigger: String, Sendable, CaseIterable { case demand, schedule, promotion }

    /// The group that came out worst by one rule for one attribute or intersection.
    package struct Measure: Sendable, Equatable {
        package var attribute: String
        package var measure: String
        package var group: String
        package var value: Double?
        package var lower: Double?
        package var upper: Double?
        package var bound: Double
        package var verdict: FairnessVerdict

        package init(
            attribute: String, measure: String, group: String, value: Double?, lower: Double?, upper: Double?,
            bound: Double, verdict: FairnessVerdict
        ) {
            self.attribute = attribute
            self.measure = measure
            self.group = group
            self.value = value
            self.lower = lower
            self.upper = upper
            self.bound = bound
            self.verdict = verdict
        }
    }

    /// A record holds this many; the report has all.
    package static let maximumMeasures = 64

    package var id: String
    package var deployment: String
    package var version: String
    package var policy: String
    package var policyDigest: String
    package var trigger: Trigger
    package var from: Timestamp
    package var until: Timestamp
    package var verdict: FairnessVerdict
    package var decisions: Int64
    package var sentence: String
    package var measures: [Measure]
    /// Of the report in canonical form.
    package var report: String
}

// MARK: - JSON

extension BiasRun {
    /// Without the deployment, which stands beside it.
    package var members: [JSONValue.Member] {
        [
            .init(name: "id", value: .string(id)), .init(name: "version", value: .string(version)),
            .init(name: "policy", value: .string(policy)),
            .init(name: "policy_digest", value: .string(policyDigest)),
            .init(name: "trigger", value: .string(trigger.rawValue)),
            .init(name: "from", value: .string(from.rfc3339)), .init(name: "until", value: .string(until.rfc3339)),
            .init(name: "verdict", value: .string(verdict.rawValue)),
            .init(name: "decisions", value: .integer(decisions)),
            .init(name: "sentence", value: .string(sentence)),
            .init(name: "measures", value: .array(measures.map(\.json))),
            .init(name: "report", value: .string(report)),
        ]
    }

    init(_ data: RecordFields, deployment: String) throws {
        guard let trigger = Trigger(rawValue: try data.string("trigger")) else { throw data.problem("trigger") }
        self.init(
            id: try data.string("id"), deployment: deployment, version: try data.string("version"),
            policy: try data.string("policy"), policyDigest: try data.string("policy_digest"), trigger: trigger,
            from: try data.time("from"), until: try data.time("until"), verdict: try Self.verdict(data),
            decisions: try data.integer("decisions"), sentence: try data.string("sentence"),
            measures: try data.objects("measures").map { try Measure($0) }, report: try data.string("report"))
    }

    fileprivate static func verdict(_ data: RecordFields) throws -> FairnessVerdict {
        guard let verdict = FairnessVerdict(rawValue: try data.string("verdict")) else { throw data.problem("verdict") }
        return verdict
    }
}

extension BiasRun.Measure {
    package var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null }
        return [
            "attribute": .string(attribute), "measure": .string(measure), "group": .string(group),
            "value": number(value), "lower": number(lower), "upper": number(upper), "bound": .number(bound),
            "verdict": .string(verdict.rawValue),
        ]
    }

    init(_ data: RecordFields) throws {
        guard let bound = data.optionalDouble("bound") else { throw data.problem("bound") }
        self.init(
            attribute: try data.string("attribute"), measure: try data.string("measure"),
            group: try data.string("group"), value: data.optionalDouble("value"), lower: data.optionalDouble("lower"),
            upper: data.optionalDouble("upper"), bound: bound, verdict: try BiasRun.verdict(data))
    }
}
