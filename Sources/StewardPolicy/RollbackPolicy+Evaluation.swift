import StewardModel

extension RollbackPolicy {
    /// Holds a measurement against the rule.
    ///
    /// - `current` is the version under judgement over ``window``; `previous` is the version that served before, over
    ///   the same window or the last one in which it served; `nil` when there is none.
    /// - No event at all gives what ``onNoData`` says. Below ``minimumSample``, without a value, or without a baseline
    ///   for a relative rule, the verdict is inconclusive, never a pass.
    /// - A value on the threshold passes: the rule is broken strictly above or below it.
    /// - Relative thresholds are products and sums, never quotients. So against a baseline of 0, a ratio says what a
    ///   difference of 0 says: any value above 0 is above it. Nothing can be below a baseline of 0, so that is
    ///   inconclusive.
    package func evaluate(current: Measurement, previous: Measurement?) -> PolicyVerdict {
        let previous = needsPrevious ? previous : nil
        var result = PolicyVerdict(
            verdict: .inconclusive, value: finite(current.value), sampleSize: current.sampleSize,
            comparison: comparison, threshold: nil, baselineValue: finite(previous?.value),
            baselineSampleSize: previous?.sampleSize, reason: "")
        if case .absolute(let limit) = limit { result.threshold = limit }
        let span = DurationText.format(window)

        if current.sampleSize <= 0 {
            result.verdict = onNoData.verdict
            result.value = nil
            result.reason = "No events in the last \(span); on_no_data is \(onNoData.rawValue)."
            return result
        }
        if current.sampleSize < minimumSample {
            result.reason =
                "Only \(events(current.sampleSize)) in the last \(span); the policy needs \(minimumSample)."
            return result
        }
        guard let value = result.value else {
            result.reason =
                "None of \(events(current.sampleSize)) in the last \(span) has a value of \(metric.rawValue)."
            return result
        }
        if let missing = missingBaseline(result) {
            result.reason = missing
            return result
        }
        // A threshold beyond all numbers would let everything pass.
        guard let threshold = threshold(baseline: result.baselineValue), threshold.isFinite else {
            result.reason = "The previous version's \(metric.rawValue) is too large to compare with."
            return result
        }
        result.threshold = threshold
        let broken = comparison == .above ? value > threshold : value < threshold
        result.verdict = broken ? .fail : .pass
        result.reason = sentence(value: value, threshold: threshold, broken: broken, result: result)
        return result
    }

    /// Why a relative rule has nothing to compare with; `nil` when it has, or needs nothing.
    private func missingBaseline(_ result: PolicyVerdict) -> String? {
        guard needsPrevious else { return nil }
        guard let size = result.baselineSampleSize else { return "No version served before, so there is no baseline." }
        if size < minimumSample {
            return "Only \(events(size)) of the previous version; the policy needs \(minimumSample)."
        }
        guard let baseline = result.baselineValue else {
            return "None of \(events(size)) of the previous version has a value of \(metric.rawValue)."
        }
        if comparison == .below, baseline <= 0 {
            return
                "The previous version's \(metric.rawValue) is \(NumberText.short(baseline)); nothing can be below it."
        }
        return nil
    }

    private func threshold(baseline: Double?) -> Double? {
        let sign: Double = comparison == .above ? 1 : -1
        return switch limit {
        case .absolute(let value): value
        case .previousRatio(let ratio): baseline.map { $0 * ratio }
        case .previousDifference(let difference): baseline.map { $0 + sign * difference }
        }
    }

    private func sentence(value: Double, threshold: Double, broken: Bool, result: PolicyVerdict) -> String {
        let measured =
            "\(metric.rawValue) is \(NumberText.short(value, besides: threshold)) over "
            + "\(events(result.sampleSize)) in the last \(DurationText.format(window))"
        let held =
            "\(broken ? "" : "not ")\(comparison) the threshold \(NumberText.short(threshold, besides: value))"
        guard let baseline = result.baselineValue, let size = result.baselineSampleSize else {
            return "\(measured), \(held)."
        }
        return "\(measured), \(held) (previous version: \(NumberText.short(baseline)) over \(events(size)))."
    }

    private func events(_ count: Int64) -> String { NumberText.events(count) }

    private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
