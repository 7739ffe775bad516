import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics

extension BiasAudit {
    static let format: Int64 = 1

    /// The audit as it is kept for ever: every count it rests on, every number made of them, and the verdict.
    ///
    /// - Parameter policyDigest: of the policy's file.
    package func json(policyDigest: String, trigger: String) -> JSONValue {
        [
            "format": .integer(Self.format), "deployment": .string(subject.deployment),
            "version": .string(subject.version), "policy": .string(policy.name),
            "policy_digest": .string(policyDigest), "summary": .string(policy.summary), "trigger": .string(trigger),
            "window": ["from": .string(subject.from.rfc3339), "until": .string(subject.until.rfc3339)],
            "counted_since": countedSince.map { .string($0.rfc3339) } ?? .null, "verdict": .string(verdict.rawValue),
            "sentence": .string(sentence), "decisions": .integer(decisions), "declared": declared,
            "threshold": threshold.map { .number($0) } ?? .null,
            "threshold_is_exact": threshold == nil ? .null : .bool(isThresholdExact),
            "attributes": .array(audits.map(\.json)),
            "service": .array(service.map(\.json)), "service_rules": .array(serviceJudgements.map(\.json)),
            "local_law_144": policy.localLaw144 == nil ? .null : .array(localLaw144.map(\.json)),
        ]
    }

    /// What the policy says, as far as the numbers depend on it.
    private var declared: JSONValue {
        func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
        return [
            "environments": strings(policy.environments.map(\.pattern)),
            "favourable_outcomes": policy.favourableOutcomes.map(strings) ?? .null,
            "ground_truth": policy.truth.map {
                ["name": .string($0.name), "favourable": strings($0.favourable)]
            } ?? .null,
            "score": policy.score.map {
                ["name": .string($0.name), "threshold": $0.threshold.map { .number($0) } ?? .string("median")]
            } ?? .null,
            "unknown_values": strings(policy.unknownValues),
            "references": .object(
                policy.references.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }),
            "confidence": .number(policy.confidence),
            "window_seconds": .integer(policy.window.components.seconds),
            "schedule_seconds": policy.schedule.map { .integer($0.components.seconds) } ?? .null,
            "exclude_below_share": policy.localLaw144?.excludedBelowShare.map { .number($0) } ?? .null,
            "rules": .array(
                policy.rules.map { rule in
                    [
                        "measure": .string(rule.measure.rawValue), "bound": .number(rule.bound),
                        "margin": .number(rule.margin), "minimum_trials": .integer(rule.minimumTrials),
                        "minimum_successes": .integer(rule.minimumSuccesses),
                        "correction": .string(rule.correction.rawValue), "confidence": .number(rule.confidence),
                        "continuous": .bool(rule.isContinuous),
                    ]
                }),
            "service_rules": .array(
                policy.serviceRules.map {
                    [
                        "signal": .string($0.signal), "scale": .string($0.scale.rawValue), "bound": .number($0.bound),
                        "minimum": .integer($0.minimum), "confidence": .number($0.confidence),
                    ]
                }),
        ]
    }
}

extension ServiceJudgement {
    fileprivate var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null }
        return [
            "name": .string(attributes.joined(separator: " x ")), "measure": .string(rule.name),
            "bound": .number(rule.bound), "verdict": .string(verdict.rawValue), "sentence": .string(sentence),
            "reference": reference.map { .string(GroupTable.label($0)) } ?? .null,
            "groups": .array(
                entries.map { entry in
                    [
                        "group": .string(GroupTable.label(entry.group)), "n": .integer(entry.count),
                        "estimate": number(entry.estimate),
                        "interval": entry.interval.map { [number($0.lower), number($0.upper)] } ?? .null,
                        "p_value": number(entry.pValue), "adjusted_p_value": number(entry.adjustedPValue),
                        "verdict": .string(entry.verdict.rawValue),
                    ]
                }),
        ]
    }
}

extension ServiceQuality {
    fileprivate var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return [
            "name": .string(attributes.joined(separator: " x ")),
            "reference": reference.map { .string(GroupTable.label($0)) } ?? .null,
            "signals": .array(
                lines.map { line in
                    [
                        "signal": .string(line.name), "unit": .string(line.signal.displayUnit),
                        "groups": .array(
                            line.groups.map { group in
                                let interval = group.mean?.interval(confidence: confidence)
                                return [
                                    "group": .string(GroupTable.label(group.group)),
                                    "n": .integer(group.mean?.count ?? 0), "mean": number(group.mean?.mean),
                                    "interval": interval.map { [.number($0.lower), .number($0.upper)] } ?? .null,
                                    "p50": number(group.median), "p95": number(group.p95),
                                    "p_holm": number(group.adjustedPValue),
                                ]
                            }),
                    ]
                }),
        ]
    }
}
