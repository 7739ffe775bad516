import StewardModel

extension RollbackPolicy {
    /// Holds a measurement against the rule.
    ///
    /// - `current` is the version under judgement over ``window``; `previous` is the reference: the version that served
    ///   before, over the last window in which it did, or the version's own past; `nil` when there is none.
    /// - No event at all gives what ``onNoData`` says. Below ``minimumSample``, without a value, or without a baseline
    ///   for a relative rule, the verdict is inconclusive, never a pass.
    /// - A value on the threshold passes: the rule is broken strictly above or below it.
    /// - Relative thresholds are products and sums, never quotients. So against a baseline of 0, a ratio says what a
    ///   difference of 0 says: any value above 0 is above it. Nothing can be below a baseline of 0, so that is
    ///   inconclusive.
    package func evaluate(current: Measurement, previous: Measurement?) -> PolicyVerdict {
        let previous = needsReference ? previous : nil
        var result = PolicyVerdict(
            verdict: .inconclusive, value: finite(current.value), sampleSize: current.sampleSize,
            comparison: comparison, threshold: nil, baselineValue: finite(previous?.value),
            baselineSampleSize: previous?.sampleSize, reason: "")
        if case .absolute(let limit) = limit { result.threshold = limit }
        let span = DurationText.format(window)

        if current.sampleSize <= 0 {
            result.verdict = onNoData.verdict
            result.value = nil
            result.reason = "\(nothing(span)); on_no_data is \(onNoData.rawValue)."
            return result
        }
        if current.sampleSize < minimumSample {
            result.reason =
                "Only \(events(current.sampleSize)) in the last \(span); the policy needs \(minimumSample)."
            return result
        }
        guard let value = result.value else {
            result.reason =
                subject.metric == nil
                ? "\(subject.name) is inconclusive."
                : "None of \(events(current.sampleSize)) in the last \(span) has a value of \(subject.name)."
            return result
        }
        if let missing = missingBaseline(result) {
            result.reason = missing
            return result
        }
        // A threshold beyond all numbers would let everything pass.
        guard let threshold = threshold(baseline: result.baselineValue), threshold.isFinite else {
            result.reason = "What \(subject.name) is compared with is too large."
            return result
        }
        result.threshold = threshold
        let broken =
            switch comparison {
            case .above: value > threshold
            case .atLeast: value >= threshold
            case .below: value < threshold
            }
        result.verdict = broken ? .fail : .pass
        result.reason = sentence(value: value, threshold: threshold, broken: broken, result: result)
        return result
    }

    /// Why a relative rule has nothing to compare with; `nil` when it has, or needs nothing.
    private func missingBaseline(_ result: PolicyVerdict) -> String? {
        guard needsReference else { return nil }
        guard let size = result.baselineSampleSize else { return "No version served before, so there is no baseline." }
        let whom = reference == .previous ? "of the previous version" : "before the window"
        if size < minimumSample { return "Only \(events(size)) \(whom); the policy needs \(minimumSample)." }
        guard let baseline = result.baselineValue else {
            return "None of \(events(size)) \(whom) has a value of \(subject.name)."
        }
        if comparison == .below, baseline <= 0 {
            let whose = reference == .previous ? "The previous version's" : "Its own earlier"
            return "\(whose) \(subject.name) is \(NumberText.short(baseline)); nothing can be below it."
        }
        return nil
    }

    /// Why there is no value at all.
    private func nothing(_ span: String) -> String {
        switch subject {
        case .metric, .burnRate, .findings: "No events in the last \(span)"
        case .audit(let policy): "There is no audit of it by \(policy)"
        case .budget(let budget): "There is no budget \(budget)"
        }
    }

    private func threshold(baseline: Double?) -> Double? {
        let sign: Double = comparison == .below ? -1 : 1
        return switch limit {
        case .absolute(let value): value
        case .ratio(let ratio): baseline.map { $0 * ratio }
        case .difference(let difference): baseline.map { $0 + sign * difference }
        }
    }

    private func sentence(value: Double, threshold: Double, broken: Bool, result: PolicyVerdict) -> String {
        let held =
            "\(broken ? "" : "not ")\(comparison == .atLeast ? "at least" : comparison.rawValue) "
            + "the threshold \(NumberText.short(threshold, besides: value))"
        let number = NumberText.short(value, besides: threshold)
        let sample = events(result.sampleSize)
        switch subject {
        case .metric, .burnRate: break
        case .findings: return "\(number) \(subject.name) are open, \(held)."
        case .audit(let policy): return "The latest audit by \(policy) \(broken ? "failed" : "passed"), over \(sample)."
        case .budget(let budget): return "\(number) % of the budget \(budget) is spent, \(held) %."
        }
        let measured = "\(subject.name) is \(number) over \(sample) in the last \(DurationText.format(window))"
        guard let baseline = result.baselineValue, let size = result.baselineSampleSize else {
            return "\(measured), \(held)."
        }
        let whose = reference == .previous ? "previous version" : "itself before"
        return "\(measured), \(held) (\(whose): \(NumberText.short(baseline)) over \(events(size)))."
    }

    private func events(_ count: Int64) -> String { NumberText.events(count) }

    private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
