#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether a stream still follows the distribution of a fixed baseline, asked as often as one likes: without a change,
/// the chance that ``DriftProgress/pValue`` ever falls to a is at most a, over all looks together.
///
/// The distribution is cut into a few questions with yes or no for an answer: "at most the baseline's 95 % quantile?",
/// "ended with `length`?". Each has a range of rates that the baseline allows (Clopper–Pearson, all of them true
/// together but for the chance ``baselineError``) and an e-value against that range; ``StartMixture`` makes them one.
///
/// - Assumption: events are independent draws given the distribution; baseline and stream are no parts of each other.
/// - Null: every answer's rate lies within what the baseline allows.
/// - Range: any counts; constant memory. A small baseline allows wide ranges and so finds little: that is said, not
///   hidden (``DriftProgress/referenceRowsNeeded``).
/// - When not to use: for one look at two samples of fixed size (``DriftRule`` sees smaller changes); against a
///   baseline of other hours than the stream's where hours differ (``PairedDrift`` compares the same hours).
/// - Reference: ``RateEProcess`` for one question, ``StartMixture`` for all.
package struct SequentialDrift: Sendable {
    private struct Record: Sendable {
        var trials: Int64 = 0
        /// In the order of the questions.
        var successes: [Int64]
        var moments = RunningMoments()
        var feature = SIMD2<Double>.zero
    }

    /// The chance that the baseline's own noise makes its ranges miss.
    package static let baselineError = 0.01 / 24

    package let questions: DriftQuestions
    private let nullRates: [ClosedRange<Double>]
    private var mixture: StartMixture<Record>

    /// - Returns: `nil` where the baseline is empty.
    package init?(_ questions: DriftQuestions) {
        guard questions.referenceCount > 0 else { return nil }
        self.questions = questions
        let confidence = 1 - Self.baselineError / Double(questions.referenceSuccesses.count)
        nullRates = questions.referenceSuccesses.map {
            ClopperPearson.interval(successes: $0, trials: questions.referenceCount, confidence: confidence)
                .map { $0.lower...$0.upper } ?? 0...1
        }
        mixture = StartMixture(questions: nullRates.count, fresh: Record(successes: nullRates.map { _ in 0 }))
    }

    /// Takes the counts of the next minute; minutes come in order.
    package mutating func add(_ counts: LogLinearHistogram, minute: Int64) {
        guard !counts.isEmpty else { return }
        let successes = questions.successes(counts)
        let (moments, feature) = (counts.moments, questions.feature(counts))
        let nullRates = nullRates
        mixture.add(minute: minute) { record in
            record.trials += counts.count
            for question in successes.indices { record.successes[question] += successes[question] }
            record.moments.merge(moments)
            record.feature += feature
        } logEValue: { record, question in
            RateEProcess.logEValue(
                successes: record.successes[question], trials: record.trials, nullRates: nullRates[question])
        }
    }

    /// - Parameter level: the p-value that is to be reached, above ``baselineError``.
    /// - Returns: `nil` before the first event.
    package func progress(level: Double) -> DriftProgress? {
        guard let best = mixture.strongest else { return nil }
        let record = best.record
        var progress = DriftProgress(
            pValue: min(1, Self.baselineError + mixture.pValue),
            shareMoved: questions.shareMoved(record.successes, record.trials),
            tailRatio: questions.tailRatio(record.successes, record.trials),
            referenceCount: questions.referenceCount, currentCount: record.trials, sinceMinute: best.minute,
            reference: questions.referenceMoments, current: record.moments,
            referenceFeature: questions.referenceFeature, currentFeature: record.feature / Double(record.trials))
        if progress.pValue > level { addNeeds(to: &progress, best, level) }
        return progress
    }

    /// The evidence grows by the divergence from the allowed range per event, and has to outgrow the mixture's price.
    private func addNeeds(
        to progress: inout DriftProgress, _ start: StartMixture<Record>.Start, _ level: Double
    ) {
        let question = start.strongest.question
        let share = Double(start.record.successes[question]) / Double(start.record.trials)
        let range = nullRates[question]
        let nearest = min(max(share, range.lowerBound), range.upperBound)
        let gain = Self.divergence(share, nearest)
        let target = -log(max(level - Self.baselineError, 1e-12)) - mixture.logWeight(start)
        if gain > 1e-9 {
            let price = 0.5 * log(Double(start.record.trials) + 1) + 1
            progress.currentRowsNeeded = max(1, DriftProgress.rows((target + price) / gain) - start.record.trials)
        } else {
            // The baseline allows what is seen: its range, which shrinks with its root, has to halve the distance.
            let center = Double(questions.referenceSuccesses[question]) / Double(questions.referenceCount)
            let distance = max(abs(share - center), 1e-3)
            let width = share < center ? center - range.lowerBound : range.upperBound - center
            let factor = max(1, 4 * width * width / (distance * distance))
            progress.referenceRowsNeeded = max(
                1, DriftProgress.rows(factor * Double(questions.referenceCount)) - questions.referenceCount)
        }
    }

    /// Kullback–Leibler divergence of two chances, in nats.
    private static func divergence(_ p: Double, _ q: Double) -> Double {
        func term(_ p: Double, _ q: Double) -> Double { p == 0 ? 0 : q == 0 ? 50 : p * log(p / q) }
        return max(0, term(p, q) + term(1 - p, 1 - q))
    }
}
