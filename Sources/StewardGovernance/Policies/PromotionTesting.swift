import StewardModel
import StewardPolicy
import StewardStatistics

extension PolicyTesting {
    /// What a promotion policy says of a made-up version: `promoted` or `refused`, and which gate it is that refuses.
    static func promotion(_ policy: PromotionPolicy, _ version: PromotionTestCase) -> (String, String) {
        let now = version.time ?? Timestamp(seconds: 0)
        var gates = policy.gates.map { judge($0, policy.name, version, now) }
        if !policy.windows.isEmpty {
            let isOpen = version.time.map { time in policy.windows.contains { $0.contains(time) } } ?? false
            gates.append(
                Gate(name: "change window", policy: policy.name, verdict: isOpen ? .pass : .fail, reason: "It is shut.")
            )
        }
        if let needed = policy.approvals {
            gates.append(
                Gate(
                    name: "approvals", policy: policy.name,
                    verdict: version.approvals >= needed.count ? .pass : .inconclusive,
                    reason: "\(version.approvals) of \(needed.count) people have agreed."))
        }
        let refusing = gates.filter { $0.verdict != .pass }
        return refusing.isEmpty
            ? ("promoted", "Every gate passes.")
            : ("refused", refusing.map { "\($0.name): \($0.reason)" }.joined(separator: " "))
    }

    private static func judge(
        _ gate: PromotionGate, _ policy: String, _ version: PromotionTestCase, _ now: Timestamp
    ) -> Gate {
        switch gate {
        case .metric(let metric, let environment, let window, let bound, let sample):
            let measured = version.metrics[metric.rawValue].map { Measurement(value: $0.value, sampleSize: $0.sample) }
            return .metric(
                metric, environment, window, bound, sample, policy,
                measured ?? Measurement(value: nil, sampleSize: 0))
        case .evaluation(let name, let bound, let age):
            let attached = version.evaluations[name].map { score in
                GovernanceState.AttachedEvaluation(
                    evaluation: .init(name: name, score: score, sampleSize: nil, reference: nil, sha256: nil),
                    time: now, actor: "test")
            }
            return .evaluation(name, bound, age, policy, attached, now: now)
        case .noFindings(let criticalOnly):
            let count = version.criticalFindings + (criticalOnly ? 0 : version.findings)
            return Gate(
                name: "findings", policy: policy, verdict: count == 0 ? .pass : .fail, reason: "\(count) are open.")
        case .card(let fields):
            let card = Dictionary(version.card.map { ($0, "filled in") }) { first, _ in first }
            return .card(fields, policy, card)
        case .supported:
            return .lifecycle("it", policy, deprecation(of: version, now), now: now)
        case .budget(let name, let most): return .budget(name, most, policy, percent: version.budgets[name])
        case .audit(let name, _):
            let passed = version.audits[name]
            return Gate(
                name: "bias audit \(name)", policy: policy,
                verdict: passed.map { $0 ? .pass : .fail } ?? .inconclusive,
                reason: passed == nil ? "There is no such audit of it." : "It failed.")
        }
    }

    private static func deprecation(
        of version: PromotionTestCase, _ now: Timestamp
    ) -> VersionNote.Deprecation? {
        guard version.isDeprecated || version.endOfLife != nil else { return nil }
        // One whose life has an end is deprecated from then on, unless it is already.
        let since = version.isDeprecated ? now : version.endOfLife ?? now
        return VersionNote.Deprecation(deprecated: since, endOfLife: version.endOfLife, successor: nil)
    }

    /// What a lifecycle policy says of a made-up version that serves.
    static func lifecycle(_ policy: LifecyclePolicy, _ version: PromotionTestCase) -> (String, String) {
        let now = version.time ?? Timestamp(seconds: 0)
        let severity = deprecation(of: version, now).flatMap { Lifecycle.severity($0, policy, now) }
        let end = version.endOfLife.map { "its life ends at \($0.rfc3339)" } ?? "its life has no end"
        return (severity?.rawValue ?? "supported", "\(end), and it is asked at \(now.rfc3339).")
    }
}
