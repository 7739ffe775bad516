#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether a stream still follows the distribution of a fixed baseline, asked as often as one likes: without a change,
/// the chance that ``Standing/pValue`` ever falls to a is at most a, over all looks together.
///
/// The distribution is cut into a few questions with yes or no for an answer: "at most the baseline's 95 % quantile?",
/// "ended with `length`?". Each has a range of rates that the baseline allows (Clopper–Pearson, all of them true
/// together but for the chance ``baselineError``) and an e-value against that range. The mean of all e-values, over
/// the questions and over a few starts (the first, and one a day), is one e-process, however the questions depend on
/// each other; the starts keep a long quiet past from outweighing what changed today.
///
/// - Assumption: events are independent draws given the distribution; baseline and stream are no parts of each other.
/// - Null: every answer's rate lies within what the baseline allows.
/// - Range: any counts; memory of ``mostStarts`` counts a question. A small baseline allows wide ranges and so finds
///   little: that is said, not hidden (``Standing/referenceRowsNeeded``).
/// - When not to use: for one look at two samples of fixed size (``DriftRule`` sees smaller changes); against a
///   baseline of other hours than the stream's where hours differ (compare the same hours).
/// - Reference: J. Shin, A. Ramdas, A. Rinaldo, "E-detectors: a nonparametric framework for sequential change
///   detection", New England J. Statistics in Data Science 2(2), 2024, for sums over starts; V. Vovk, R. Wang,
///   "E-values: Calibration, combination and applications", Ann. Statist. 49(3), 2021, for means of e-values;
///   ``RateEProcess`` for one question.
package struct SequentialDrift: Sendable {
    /// Counts of one span in the order of the questions.
    private struct Start: Sendable {
        var number: Int
        var minute: Int64
        var trials: Int64 = 0
        var successes: [Int64]
        /// The largest weighted log e-value of its questions, and which question that is.
        var strongest = (log: -Double.infinity, question: 0)
    }

    /// The chance that the baseline's own noise makes its ranges miss.
    package static let baselineError = 0.01 / 24
    static let mostStarts = 8
    private static let startEveryMinutes: Int64 = 1440

    package let questions: DriftQuestions
    private let nullRates: [ClosedRange<Double>]
    private var starts: [Start] = []
    private var startCount = 0
    private var largestLogEValue = 0.0

    /// - Returns: `nil` where the baseline is empty.
    package init?(_ questions: DriftQuestions) {
        guard questions.referenceCount > 0 else { return nil }
        self.questions = questions
        let confidence = 1 - Self.baselineError / Double(questions.referenceSuccesses.count)
        nullRates = questions.referenceSuccesses.map {
            ClopperPearson.interval(successes: $0, trials: questions.referenceCount, confidence: confidence)
                .map { $0.lower...$0.upper } ?? 0...1
        }
    }

    /// Takes the counts of the next minute; minutes come in order.
    package mutating func add(_ counts: LogLinearHistogram, minute: Int64) {
        guard !counts.isEmpty else { return }
        if starts.last.map({ minute >= $0.minute + Self.startEveryMinutes }) ?? true {
            if starts.count == Self.mostStarts { starts.remove(at: 1) }
            starts.append(
                Start(number: startCount, minute: minute, successes: nullRates.map { _ in 0 }))
            startCount += 1
        }
        let successes = questions.successes(counts)
        // The mixture over questions and starts. A start to come holds its weight at 1; one that was let go counts
        // nothing.
        var terms = [-log(Double(startCount + 1))]
        terms.reserveCapacity(1 + starts.count * successes.count)
        for index in starts.indices {
            starts[index].trials += counts.count
            for question in successes.indices { starts[index].successes[question] += successes[question] }
            starts[index].strongest.log = -.infinity
            let weight = logWeight(starts[index])
            for question in successes.indices {
                let term =
                    weight
                    + RateEProcess.logEValue(
                        successes: starts[index].successes[question], trials: starts[index].trials,
                        nullRates: nullRates[question])
                terms.append(term)
                if term > starts[index].strongest.log { starts[index].strongest = (term, question) }
            }
        }
        let largest = terms.max() ?? 0
        largestLogEValue = max(largestLogEValue, largest + log(terms.reduce(0) { $0 + exp($1 - largest) }))
    }

    /// Weights 1 / ((k + 1)(k + 2)) of the starts add up to 1.
    private func logWeight(_ start: Start) -> Double {
        -log(Double((start.number + 1) * (start.number + 2) * nullRates.count))
    }
}

// MARK: - Where it stands

extension SequentialDrift {
    /// How stream and baseline compare now.
    package struct Standing: Sendable, Equatable {
        /// Holds over all looks; never below ``baselineError``.
        package var pValue: Double
        /// The share of events that moved: the largest difference of the distribution functions at the questions'
        /// edges, or the total variation distance of the categories.
        package var shareMoved: Double
        /// The share of the stream beyond the baseline's 95 % quantile over the baseline's; `nil` for categories.
        package var tailRatio: Double?
        package var referenceCount: Int64
        /// Events since ``sinceMinute``.
        package var currentCount: Int64
        /// The start for which the evidence is strongest.
        package var sinceMinute: Int64
        /// About how many events more are needed to tell a difference of this size from chance, at the level asked;
        /// 0 where there are enough.
        package var currentRowsNeeded: Int64
        package var referenceRowsNeeded: Int64
    }

    /// - Parameter level: the p-value that is to be reached, above ``baselineError``.
    /// - Returns: `nil` before the first event.
    package func standing(level: Double) -> Standing? {
        guard let best = starts.max(by: { $0.strongest.log < $1.strongest.log }) else { return nil }
        let moved = questions.shareMoved(best.successes, best.trials)
        var standing = Standing(
            pValue: min(1, Self.baselineError + exp(-largestLogEValue)), shareMoved: moved,
            tailRatio: questions.tailRatio(best.successes, best.trials), referenceCount: questions.referenceCount,
            currentCount: best.trials, sinceMinute: best.minute, currentRowsNeeded: 0, referenceRowsNeeded: 0)
        if standing.pValue > level { addNeeds(to: &standing, best, level) }
        return standing
    }

    /// The evidence grows by the divergence from the allowed range per event, and has to outgrow the mixture's price.
    private func addNeeds(to standing: inout Standing, _ start: Start, _ level: Double) {
        let question = start.strongest.question
        let share = Double(start.successes[question]) / Double(start.trials)
        let range = nullRates[question]
        let nearest = min(max(share, range.lowerBound), range.upperBound)
        let gain = Self.divergence(share, nearest)
        let target = -log(max(level - Self.baselineError, 1e-12)) - logWeight(start)
        if gain > 1e-9 {
            let price = 0.5 * log(Double(start.trials) + 1) + 1
            standing.currentRowsNeeded = max(1, Self.rows((target + price) / gain) - start.trials)
        } else {
            // The baseline allows what is seen: its range, which shrinks with its root, has to halve the distance.
            let center = Double(questions.referenceSuccesses[question]) / Double(questions.referenceCount)
            let distance = max(abs(share - center), 1e-3)
            let width = share < center ? center - range.lowerBound : range.upperBound - center
            let factor = max(1, 4 * width * width / (distance * distance))
            standing.referenceRowsNeeded = max(
                1, Self.rows(factor * Double(questions.referenceCount)) - questions.referenceCount)
        }
    }

    private static func rows(_ value: Double) -> Int64 { Int64(min(max(value.rounded(.up), 1), 1e12)) }

    /// Kullback–Leibler divergence of two chances, in nats.
    private static func divergence(_ p: Double, _ q: Double) -> Double {
        func term(_ p: Double, _ q: Double) -> Double { p == 0 ? 0 : q == 0 ? 50 : p * log(p / q) }
        return max(0, term(p, q) + term(1 - p, 1 - q))
    }
}
