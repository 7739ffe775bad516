import StewardModel
import StewardPolicy
import StewardStatistics

/// A guardrail that an arm has broken: acted on at any time, whatever else the experiment may or may not say yet.
struct ExperimentHarm: Sendable, Equatable {
    var arm: Int
    var rule: Int
    /// What was held against each other.
    var value: Tally
    var control: Tally

    /// - Parameter counts: all-time counts of now.
    static func broken(_ experiment: Experiment, _ counts: [ArmCounts]) -> [ExperimentHarm] {
        let design = experiment.design
        let tests = max(1, design.guardrails.count * (design.arms.count - 1))
        let alpha = design.alpha / Double(tests)
        // Where weights change, arms are compared within the present span only; the errors of all spans add up to one.
        let span = Double(experiment.periods.count + 1)
        let spanAlpha = design.allocation == nil ? alpha : alpha / (span * (span + 1))
        let (whole, within) = (HarmTest(alpha: alpha), HarmTest(alpha: spanAlpha))
        let since = zip(counts, experiment.startCounts).map { $0.since($1) }
        let sinceWeights = zip(counts, experiment.weightsCounts).map { $0.since($1) }
        var found: [ExperimentHarm] = []
        for arm in design.arms.indices.dropFirst() {
            for (index, rule) in design.guardrails.enumerated() {
                let isAbsolute = if case .absolute = rule.limit { true } else { false }
                let counted = isAbsolute ? since : sinceWeights
                let (new, control) = (counted[arm].guardrails[index], counted[0].guardrails[index])
                guard rule.isHarmful(new, control, isAbsolute ? whole : within) else { continue }
                found.append(ExperimentHarm(arm: arm, rule: index, value: new, control: control))
            }
        }
        return found
    }

    static func verdict(_ experiment: Experiment, _ harm: ExperimentHarm) -> ExperimentVerdict {
        let (arms, rule) = (experiment.design.arms, experiment.design.guardrails[harm.rule])
        let limit: (value: String, allowed: String) =
            switch (rule.metric.shape, rule.limit) {
            case (.quantile, .absolute(let limit)):
                (
                    "the share of requests with \(rule.metric.rawValue) beyond \(NumberText.short(limit))",
                    ", where \(ExperimentRule.short(rule.metric.shape.shareBeyond)) is allowed"
                )
            case (_, .absolute(let limit)):
                (rule.metric.rawValue, ", where \(NumberText.short(limit)) is allowed")
            case (_, .stable):
                (
                    rule.metric.rawValue,
                    ", against \(ExperimentRule.short(harm.control.mean)) over \(harm.control.count) of "
                        + arms[0].version
                )
            }
        let version = arms[harm.arm].version
        return ExperimentVerdict(
            kind: .harm, version: version,
            explanation: "\(version) does harm: \(limit.value) is \(ExperimentRule.short(harm.value.mean)) over "
                + "\(harm.value.count) requests\(limit.allowed).")
    }
}
