import StewardJSON
import StewardModel
import StewardPolicy

/// One thing that a promotion has to pass, with its numbers.
package struct Gate: Sendable, Equatable {
    package var name: String
    package var policy: String
    package var verdict: Verdict
    package var value: Double?
    package var threshold: Double?
    package var sampleSize: Int64?
    package var reason: String
    /// Of the policy: only `enforce` can hold up a promotion.
    package var mode = RollbackPolicy.Mode.enforce
    /// Whether the promotion brings its own verdict about, so that this one only says how things stand.
    package var isMadeAnew = false

    package var isBinding: Bool { mode == .enforce }
    package var refuses: Bool { isBinding && verdict != .pass }

    package var json: JSONValue {
        [
            "name": .string(name), "policy": .string(policy), "verdict": .string(verdict.rawValue),
            "value": value.map { .number($0) } ?? .null, "threshold": threshold.map { .number($0) } ?? .null,
            "sample_size": sampleSize.map { .integer($0) } ?? .null, "reason": .string(reason),
            "binding": .bool(isBinding), "mode": .string(mode.rawValue),
        ]
    }
}

// MARK: - Judging

extension Gate {
    static func metric(
        _ metric: Metric, _ environment: String, _ window: Duration, _ bound: PromotionGate.Bound, _ sample: Int64,
        _ policy: String, _ measured: Measurement
    ) -> Gate {
        var gate = Gate(
            name: "\(metric.rawValue) in \(environment)", policy: policy, verdict: .inconclusive,
            value: measured.value, threshold: bound.value, sampleSize: measured.sampleSize, reason: "")
        let span = DurationText.format(window)
        if measured.sampleSize < sample {
            gate.reason = "\(measured.sampleSize) of \(sample) events in the last \(span)."
        } else if let value = measured.value, value.isFinite {
            gate.verdict = bound.holds(value) ? .pass : .fail
            gate.reason = "\(NumberText.short(value)) over \(measured.sampleSize) events in the last \(span)."
        } else {
            gate.reason = "No event in the last \(span) has a value."
        }
        return gate
    }

    static func evaluation(
        _ name: String, _ bound: PromotionGate.Bound, _ maximumAge: Duration?, _ policy: String,
        _ attached: GovernanceState.AttachedEvaluation?, now: Timestamp
    ) -> Gate {
        var gate = Gate(
            name: "evaluation \(name)", policy: policy, verdict: .inconclusive, threshold: bound.value,
            reason: "No such result is attached.")
        guard let attached else { return gate }
        gate.value = attached.evaluation.score
        gate.sampleSize = attached.evaluation.sampleSize
        if let maximumAge, now >= attached.time + maximumAge {
            gate.reason = "The result of \(attached.time.rfc3339) is older than \(DurationText.format(maximumAge))."
        } else {
            gate.verdict = bound.holds(attached.evaluation.score) ? .pass : .fail
            gate.reason = "\(NumberText.short(attached.evaluation.score)), attached at \(attached.time.rfc3339)."
        }
        return gate
    }

    static func findings(_ open: [Finding], _ policy: String) -> Gate {
        let titles = open.map(\.title).sorted().joined(separator: " ")
        return Gate(
            name: "findings", policy: policy, verdict: open.isEmpty ? .pass : .fail, value: Double(open.count),
            threshold: 0, reason: open.isEmpty ? "No finding is open." : titles)
    }

    static func card(_ fields: [String], _ policy: String, _ card: [String: String]?) -> Gate {
        let missing = fields.filter { card?[$0]?.isEmpty ?? true }
        return Gate(
            name: "card", policy: policy, verdict: missing.isEmpty ? .pass : .fail,
            reason: missing.isEmpty ? "The card is complete." : "Missing: \(missing.joined(separator: ", ")).")
    }

    static func lifecycle(
        _ version: String, _ policy: String, _ deprecation: VersionNote.Deprecation?, now: Timestamp
    ) -> Gate {
        let isPast = deprecation.map { now >= $0.deprecated } ?? false
        let next = deprecation?.successor.map { " Use \($0)." } ?? ""
        return Gate(
            name: "lifecycle", policy: policy, verdict: isPast ? .fail : .pass,
            reason: isPast ? "\(version) is deprecated.\(next)" : "It is supported.")
    }

    /// - Parameter percent: the most that any member of the budget has spent; `nil` without such a budget.
    static func budget(_ name: String, _ most: Double, _ policy: String, percent: Int64?) -> Gate {
        guard let percent else {
            return Gate(
                name: "budget \(name)", policy: policy, verdict: .inconclusive, threshold: most,
                reason: "There is no such budget.")
        }
        return Gate(
            name: "budget \(name)", policy: policy, verdict: Double(percent) <= most ? .pass : .fail,
            value: Double(percent), threshold: most, reason: "\(percent) % of it is spent.")
    }

    static func audit(
        _ name: String, _ maximumAge: Duration?, _ policy: String, _ latest: RecordedBiasRun?, now: Timestamp
    ) -> Gate {
        var gate = Gate(
            name: "bias audit \(name)", policy: policy, verdict: .inconclusive, reason: "There is no such audit of it.")
        guard let latest else { return gate }
        let decisive = latest.run.measures.first { $0.verdict == latest.run.verdict }
        (gate.value, gate.threshold) = (decisive?.value, decisive?.bound)
        gate.sampleSize = latest.run.decisions
        if let maximumAge, now >= latest.time + maximumAge {
            gate.reason = "The audit of \(latest.time.rfc3339) is older than \(DurationText.format(maximumAge))."
        } else {
            gate.verdict = latest.run.verdict.gateVerdict
            gate.reason = latest.run.sentence
        }
        return gate
    }
}
