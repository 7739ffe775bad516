import StewardModel
import StewardPolicy
import StewardStatistics

/// When to look, and what a look says.
enum ExperimentLooks {
    /// The next look of a plan, where it is due: the first time that its sample is there, or more than its sample, or
    /// all that was planned.
    ///
    /// - Parameter effects: of the arms but the control, in their order.
    static func due(
        _ experiment: Experiment, _ plan: Experiment.Plan, _ readOut: ExperimentReadOut,
        _ effects: [ExperimentEngine.Effects]
    ) -> ExperimentLook? {
        let (design, total) = (experiment.design, readOut.observations)
        let last = experiment.looks.last?.observations ?? 0
        guard experiment.phase == .running, last < plan.maximumSample, total >= design.minimumSample,
            plan.reached(total) > plan.reached(last), !readOut.isSampleRatioMismatch
        else { return nil }
        var test = GroupSequential(
            alpha: design.alphaPerArm / 2, spending: plan.spending, planned: Double(plan.maximumSample))
        for look in experiment.looks { _ = test.look(information: Double(look.observations)) }
        let before = test
        // A bound too far out to be reached is no look; the next one has more to spend.
        guard let look = test.look(information: Double(total)), look.bound.isFinite else { return nil }
        let found = zip(design.arms.dropFirst(), effects).compactMap { arm, effects -> ExperimentLook.Comparison? in
            guard let effect = effects.absolute else { return nil }
            let error = effect.variance.squareRoot()
            let statistic = effect.estimate / error
            return ExperimentLook.Comparison(
                version: arm.version, difference: effect.estimate,
                interval: ConfidenceInterval(
                    lower: effect.estimate - look.bound * error, upper: effect.estimate + look.bound * error),
                pValue: min(1, 2 * before.pValue(statistic: abs(statistic), information: Double(total))),
                statistic: statistic, relative: effects.relative?.estimate)
        }
        return ExperimentLook(
            observations: total, sampleRatioPValue: readOut.sampleRatioPValue, comparisons: found, bound: look.bound,
            spent: 2 * look.spent)
    }

    /// The next look to be kept of a confidence sequence, which holds at all others too: whenever the sample has
    /// doubled.
    static func due(
        _ experiment: Experiment, _ readOut: ExperimentReadOut, _ effects: [ExperimentEngine.Effects]
    ) -> ExperimentLook? {
        let least = experiment.looks.last.map { 2 * $0.observations } ?? experiment.design.minimumSample
        guard experiment.phase == .running, readOut.observations >= least else { return nil }
        let found = zip(readOut.comparisons, effects).compactMap { comparison, effects -> ExperimentLook.Comparison? in
            guard let effect = effects.absolute, let interval = comparison.interval, let pValue = comparison.pValue
            else { return nil }
            return ExperimentLook.Comparison(
                version: comparison.version, difference: effect.estimate, interval: interval, pValue: pValue,
                statistic: effect.estimate / effect.variance.squareRoot(), relative: effects.relative?.estimate)
        }
        return ExperimentLook(
            observations: readOut.observations, sampleRatioPValue: readOut.sampleRatioPValue, comparisons: found)
    }
}
