import StewardModel
import StewardPolicy
import StewardStatistics

/// What the declared rule says of an experiment.
package enum ExperimentRule {
    /// `nil` while it goes on. A sample ratio that is off leaves no room for a verdict; harm is not judged here.
    static func verdict(_ experiment: Experiment, _ readOut: ExperimentReadOut) -> ExperimentVerdict? {
        let (design, total) = (experiment.design, readOut.observations)
        guard !readOut.isSampleRatioMismatch, total >= design.minimumSample else { return nil }
        // With a plan, nothing but a look of its own may decide.
        if design.plan != nil, readOut.look == nil { return nil }
        let control = design.arms[0].version
        let better = readOut.comparisons.filter { $0.interval.map(design.isBetter) ?? false }
        let best = better.max { left, right in
            let (a, b) = (left.difference ?? 0, right.difference ?? 0)
            return design.better == .lower ? a > b : a < b
        }
        if let best, let interval = best.interval {
            return ExperimentVerdict(
                kind: .winner, version: best.version,
                explanation: "\(best.version) is better than \(control): \(design.primaryName) differs by "
                    + "\(short(best.difference)) (\(short(interval.lower)) to \(short(interval.upper))) over "
                    + "\(total) observations\(overrun(design, total)).", pValue: best.pValue)
        }
        let worse = readOut.comparisons.filter { $0.interval.map(design.isWorse) ?? false }
        if worse.count == readOut.comparisons.count, !worse.isEmpty {
            return ExperimentVerdict(
                kind: .winner, version: control,
                explanation: "\(control) is better than all others over \(total) observations"
                    + "\(overrun(design, total)).", pValue: worse.compactMap(\.pValue).max())
        }
        guard let plan = design.plan, total >= plan.maximumSample else { return nil }
        return ExperimentVerdict(
            kind: .noDifference, version: nil,
            explanation: "No difference in \(design.primaryName) was found in \(total) observations"
                + "\(overrun(design, total)).", pValue: readOut.comparisons.compactMap(\.pValue).min())
    }

    /// How much more than planned was there at the last look.
    private static func overrun(_ design: Experiment.Design, _ total: Int64) -> String {
        guard let most = design.plan?.maximumSample, total > most else { return "" }
        return ", \(total - most) beyond the declared \(most)"
    }

    static func sentence(_ experiment: Experiment, _ readOut: ExperimentReadOut) -> String {
        if let verdict = experiment.verdict ?? readOut.verdict { return verdict.explanation }
        if experiment.phase == .superseded {
            let who = experiment.ending.map { ending in
                (ending.actor.kind == .policy ? "The policy \(ending.actor.name)" : ending.actor.identity)
                    + " changed the route (audit record \(ending.record))"
            }
            return "\(who ?? "The route was changed") before the rule could speak, which ended it without a verdict."
        }
        if experiment.phase == .concluded { return "It was ended before the rule could speak." }
        if readOut.isSampleRatioMismatch {
            return "The arms did not get the shares they were meant to get; find out why before believing anything."
        }
        let (design, total) = (experiment.design, readOut.observations)
        if total < design.minimumSample {
            let settling = design.allocation == nil ? "" : " Minutes count once they are two minutes old."
            return "\(total) of \(design.minimumSample) observations before the rule may speak.\(settling)"
        }
        guard let plan = design.plan, let next = next(experiment, plan) else {
            return "No decision yet after \(total) observations."
        }
        let last = experiment.looks.last.map {
            "No decision at look \(experiment.looks.count), after \($0.observations) observations. "
        }
        return "\(last ?? "")\(total) observations; the next look is at \(next)."
    }

    /// The sample of the next look.
    package static func next(_ experiment: Experiment, _ plan: Experiment.Plan) -> Int64? {
        let last = experiment.looks.last?.observations ?? 0
        guard last < plan.maximumSample else { return nil }
        return max(plan.sample(at: plan.reached(last) + 1), experiment.design.minimumSample)
    }

    static func short(_ value: Double?) -> String { value.map(NumberText.short) ?? "unknown" }
}
