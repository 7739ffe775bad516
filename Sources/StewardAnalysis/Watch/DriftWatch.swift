import StewardModel
import StewardStatistics
import StewardStore

/// When a difference between a version and its baseline is a finding, however often it is looked at.
package struct LiveDriftRule: Sendable, Equatable {
    /// The chance that an unchanged version is ever stated to drift, all its signals and all looks together.
    package var alpha = 0.01
    /// The least share of events that must have moved.
    package var leastShareMoved = 0.05
    /// The least ratio, in either direction, of the shares beyond the baseline's 95 % quantile.
    package var leastTailRatio = 1.5
    /// The least number of events with the signal, on each side.
    package var leastEvents: Int64 = 200

    package init() {}

    /// What is stated stays stated until the effect is below this part of what was declared.
    static let hysteresis = 0.8

    func isLarge(_ standing: SequentialDrift.Standing, isOpen: Bool) -> Bool {
        let scale = isOpen ? Self.hysteresis : 1
        let ratio = 1 + (leastTailRatio - 1) * scale
        return standing.shareMoved >= leastShareMoved * scale
            || (standing.tailRatio.map { $0 >= ratio || $0 <= 1 / ratio } ?? false)
    }
}

/// How one signal of a version compares with the baseline now.
package struct DriftStanding: Sendable, Equatable {
    package var series: SeriesKey
    package var signal: String
    package var verdict: DriftRule.Verdict
    /// Corrected for the signals of the version; `nil` where it was not tested.
    package var pValue: Double?
    /// `nil` where one side has no event with the signal.
    package var standing: SequentialDrift.Standing?
    package var baseline: Baseline
    /// What it means, and how much more evidence is needed where there is too little.
    package var explanation: String
}

/// Compares all signals of one version with its baseline, every minute, with one promise for all of it. O(1) a minute.
struct DriftWatch: Sendable {
    /// Signals of one version at most; those beyond, by name, are left out.
    static let mostSignals = 32

    private struct Watched {
        var description: Signal.Description
        var baselineCount: Int64
        var sequential: SequentialDrift?
        var isOpen = false
    }

    let baseline: Baseline
    let series: SeriesKey
    /// Minutes before are no part of the comparison.
    let fromMinute: Int64
    private let rule: LiveDriftRule
    private var signals: [Watched]
    /// How many signals share the promise: those of which the baseline has enough.
    private let family: Int

    /// - Parameter descriptions: all signals there are; those that the baseline has are compared.
    init(
        _ series: SeriesKey, baseline: Baseline, cell: RollupCell, from minute: Int64,
        descriptions: [Signal.Description], rule: LiveDriftRule
    ) {
        self.baseline = baseline
        self.series = series
        self.rule = rule
        fromMinute = minute
        signals = descriptions.compactMap { description in
            guard let counts = cell[description.signal], counts.count > 0 else { return nil }
            let questions =
                description.kind == .numeric && description.signal != .status
                ? DriftQuestions(numbers: counts.values) : DriftQuestions(categories: counts.values)
            return Watched(
                description: description, baselineCount: counts.count, sequential: SequentialDrift(questions))
        }
        if signals.count > Self.mostSignals { signals.removeLast(signals.count - Self.mostSignals) }
        family = max(1, signals.count { $0.baselineCount >= rule.leastEvents })
    }

    mutating func add(_ cell: RollupCell, minute: Int64) {
        guard minute >= fromMinute else { return }
        for index in signals.indices {
            if let counts = cell[signals[index].description.signal] {
                signals[index].sequential?.add(counts.values, minute: minute)
            }
        }
    }

    /// How each signal stands; settles what is stated.
    mutating func judge() -> [DriftStanding] {
        let standings = signals.map { $0.sequential?.standing(level: rule.alpha / Double(family)) }
        let tested = signals.indices.filter { signals[$0].baselineCount >= rule.leastEvents }
        let adjusted = Multiplicity.holm.adjusted(tested.map { standings[$0]?.pValue ?? 1 })
        var pValues = [Double?](repeating: nil, count: signals.count)
        for (place, index) in tested.enumerated() { pValues[index] = adjusted[place] }
        return signals.indices.map { index in
            let standing = verdict(signals[index], standings[index], pValues[index])
            signals[index].isOpen = standing.verdict == .drift
            return standing
        }
    }

    private func verdict(
        _ watched: Watched, _ standing: SequentialDrift.Standing?, _ pValue: Double?
    ) -> DriftStanding {
        var result = DriftStanding(
            series: series, signal: watched.description.name, verdict: .insufficientEvidence, pValue: pValue,
            standing: standing, baseline: baseline, explanation: "")
        let (current, least) = (standing?.currentCount ?? 0, rule.leastEvents)
        if watched.baselineCount < least || current < least {
            let needs = [
                Self.needs(least - watched.baselineCount, "the baseline"), Self.needs(least - current, series.version),
            ]
            result.explanation = "too few to judge: " + needs.compactMap { $0 }.joined(separator: ", ")
            return result
        }
        guard let standing, let pValue else { return result }
        let moved = "\(Wording.share(standing.shareMoved)) of the events moved"
        if !rule.isLarge(standing, isOpen: watched.isOpen) {
            result.verdict = .noDrift
            result.explanation = "\(moved), below the \(Wording.share(rule.leastShareMoved)) that count as drift"
        } else if pValue <= rule.alpha {
            result.verdict = .drift
            result.explanation = "\(moved), p ≤ \(Wording.number(pValue)) at every look, Holm over \(family) signals"
        } else {
            let needs = [
                Self.needs(standing.referenceRowsNeeded, "the baseline"),
                Self.needs(standing.currentRowsNeeded, series.version),
            ]
            result.explanation =
                "\(moved), which may be chance: " + needs.compactMap { $0 }.joined(separator: ", ")
                + " would tell, if it stays so"
        }
        return result
    }

    private static func needs(_ count: Int64, _ side: String) -> String? {
        count > 0 ? "about \(Wording.count(count, "more event")) of \(side)" : nil
    }

    /// The detection of a standing that is drift.
    func detection(_ standing: DriftStanding) -> Detection? {
        guard standing.verdict == .drift, let numbers = standing.standing, let pValue = standing.pValue else {
            return nil
        }
        let since = Timestamp(minute: numbers.sinceMinute)
        var effect = "\(Wording.share(numbers.shareMoved)) of the events moved"
        if let ratio = numbers.tailRatio, numbers.shareMoved < rule.leastShareMoved {
            effect += ", \(Wording.number(ratio)) times as many lie beyond the baseline's 95 % quantile"
        }
        let title =
            "\(standing.signal) of \(series.version) differs from \(baseline.label): \(effect) "
            + "(\(Wording.share(rule.leastShareMoved)) count as drift); "
            + "p ≤ \(Wording.number(pValue)); \(Wording.count(numbers.currentCount, "event")) since "
            + "\(Wording.clock(since)) UTC against \(Wording.count(numbers.referenceCount, "event"))"
        var detection = Detection(
            key: .init(kind: .drift, series: series, signal: standing.signal), severity: .warning, title: title,
            since: since, method: "e-process over quantiles and categories",
            guarantee: "error at most \(Wording.number(rule.alpha)) for all looks and, by Holm, all \(family) signals",
            sampleSize: numbers.currentCount)
        detection.pValue = pValue
        detection.effect = numbers.shareMoved
        detection.leastEffect = rule.leastShareMoved
        detection.referenceCount = numbers.referenceCount
        detection.baseline = baseline
        return detection
    }
}
