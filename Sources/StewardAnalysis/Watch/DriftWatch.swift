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

    func isLarge(_ progress: DriftProgress, isOpen: Bool) -> Bool {
        let scale = isOpen ? Self.hysteresis : 1
        let ratio = 1 + (leastTailRatio - 1) * scale
        return progress.shareMoved >= leastShareMoved * scale
            || (progress.tailRatio.map { $0 >= ratio || $0 <= 1 / ratio } ?? false)
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
    package var progress: DriftProgress?
    package var baseline: Baseline
    /// What it means, and how much more evidence is needed where there is too little.
    package var explanation: String
}

/// Compares all signals of one version with its baseline, every minute, with one promise for all of it. O(1) a minute.
struct DriftWatch: Sendable {
    /// Signals of one version at most; those beyond, by name, are left out.
    static let mostSignals = 32
    /// Last week's hours are compared in spans of so many minutes, within which they may be taken as alike.
    static let spanMinutes: Int64 = 15

    private struct Watched {
        var description: Signal.Description
        var baselineCount: Int64
        /// Against a span of the past, or against last week's hours.
        var sequential: SequentialDrift?
        var paired: PairedDrift?
        var isOpen = false
    }

    /// What was in the span that goes on, on both sides.
    private struct Span: Sendable {
        var minute: Int64
        var current = RollupCell()
        var earlier = RollupCell()
    }

    let baseline: Baseline
    let series: SeriesKey
    /// Minutes before are no part of the comparison.
    let fromMinute: Int64
    let rule: LiveDriftRule
    private var signals: [Watched]
    /// How many signals share the promise: those of which the baseline has enough.
    let family: Int
    private var span: Span?

    /// - Parameters:
    ///   - cell: all of the baseline's span.
    ///   - descriptions: all signals there are; those that the baseline has are compared.
    init(
        _ series: SeriesKey, baseline: Baseline, cell: RollupCell, from minute: Int64,
        descriptions: [Signal.Description], rule: LiveDriftRule
    ) {
        self.baseline = baseline
        self.series = series
        self.rule = rule
        fromMinute = minute
        let frequency = ProjectedDiscrepancy.frequency(Signal.embeddingProjections.compactMap { cell[$0]?.values })
        signals = descriptions.compactMap { description in
            guard let counts = cell[description.signal], counts.count > 0 else { return nil }
            let questions =
                description.kind == .numeric && description.signal != .status
                ? DriftQuestions(
                    numbers: counts.values, frequency: description.signal.isOfEmbedding ? frequency : nil)
                : DriftQuestions(categories: counts.values)
            let isPaired = baseline.kind == .sameHoursLastWeek
            return Watched(
                description: description, baselineCount: counts.count,
                sequential: isPaired ? nil : SequentialDrift(questions),
                paired: isPaired ? PairedDrift(questions) : nil)
        }
        if signals.count > Self.mostSignals { signals.removeLast(signals.count - Self.mostSignals) }
        family = max(1, signals.count { $0.baselineCount >= rule.leastEvents })
    }

    /// Whether the baseline had anything to compare with.
    var isEmpty: Bool { signals.isEmpty }
    var descriptions: [Signal.Description] { signals.map(\.description) }

    /// - Parameter earlier: what the whole service did a week before, where that is the baseline.
    mutating func add(_ cell: RollupCell, earlier: RollupCell?, minute: Int64) {
        guard minute >= fromMinute else { return }
        guard baseline.kind == .sameHoursLastWeek else {
            for index in signals.indices {
                if let counts = cell[signals[index].description.signal] {
                    signals[index].sequential?.add(counts.values, minute: minute)
                }
            }
            return
        }
        let start = minute - minute % Self.spanMinutes
        if let done = span, done.minute != start { compare(done) }
        var open = span.flatMap { $0.minute == start ? $0 : nil } ?? Span(minute: start)
        open.current.add(cell)
        if let earlier { open.earlier.add(earlier) }
        span = open
    }

    private mutating func compare(_ span: Span) {
        for index in signals.indices {
            let signal = signals[index].description.signal
            if let counts = span.current[signal], let earlier = span.earlier[signal] {
                signals[index].paired?.add(counts.values, against: earlier.values, minute: span.minute)
            }
        }
    }

    /// How each signal stands; settles what is stated.
    mutating func judge() -> [DriftStanding] {
        let standings = signals.map { signal in
            let level = rule.alpha / Double(family)
            return signal.sequential?.progress(level: level) ?? signal.paired?.progress(level: level)
        }
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
        _ watched: Watched, _ progress: DriftProgress?, _ pValue: Double?
    ) -> DriftStanding {
        var result = DriftStanding(
            series: series, signal: watched.description.name, verdict: .insufficientEvidence, pValue: pValue,
            progress: progress, baseline: baseline, explanation: "")
        let (current, least) = (progress?.currentCount ?? 0, rule.leastEvents)
        // Of last week's hours, those that were compared count.
        let reference =
            baseline.kind == .sameHoursLastWeek ? progress?.referenceCount ?? 0 : watched.baselineCount
        if reference < least || current < least {
            let needs = [
                Self.needs(least - reference, "the baseline"), Self.needs(least - current, series.version),
            ]
            result.explanation = "too few to judge: " + needs.compactMap { $0 }.joined(separator: ", ")
            return result
        }
        guard let progress, let pValue else { return result }
        let moved = "\(Wording.share(progress.shareMoved)) of the events moved"
        if !rule.isLarge(progress, isOpen: watched.isOpen) {
            result.verdict = .noDrift
            result.explanation = "\(moved), below the \(Wording.share(rule.leastShareMoved)) that count as drift"
        } else if pValue <= rule.alpha {
            result.verdict = .drift
            result.explanation = "\(moved), p ≤ \(Wording.number(pValue)) at every look, Holm over \(family) signals"
        } else {
            let needs = [
                Self.needs(progress.referenceRowsNeeded, "the baseline"),
                Self.needs(progress.currentRowsNeeded, series.version),
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
}
