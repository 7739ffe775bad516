#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether a stream follows the distribution that another stream had at corresponding times (the same hour a week
/// before), asked as often as one likes: without a change, the chance that ``DriftProgress/pValue`` ever falls to a is
/// at most a, over all looks together, whatever the hours look like and however they differ.
///
/// Each span compares its events with those of the corresponding span alone. The differences of the answers' rates,
/// weighted by n m / (n + m) as by Mantel and Haenszel, have mean 0 and, by Hoeffding's lemma, a sub-Gaussian variance
/// of a quarter of the weights. A normal mixture turns their sum into an e-value; ``StartMixture`` makes one of all.
///
/// - Assumption: events are independent draws given the distribution of their span.
/// - Null: in every span both streams have one distribution, which may be another in every span.
/// - Range: any counts; a span in which a stream has no events says nothing. Constant memory.
/// - When not to use: against a fixed sample (``SequentialDrift`` needs half as many events); for rare answers, whose
///   variance the quarter overstates.
/// - Reference: W. Hoeffding, "Probability Inequalities for Sums of Bounded Random Variables", JASA 58(301), 1963;
///   N. Mantel, W. Haenszel, J. Nat. Cancer Inst. 22(4), 1959, for the weights; ``NormalMixture``.
package struct PairedDrift: Sendable {
    private struct Record: Sendable {
        var weight = 0.0
        var referenceTrials: Int64 = 0
        var currentTrials: Int64 = 0
        /// Weighted rates of the answers.
        var reference: [Double]
        var current: [Double]
        var referenceMoments = RunningMoments()
        var currentMoments = RunningMoments()
        /// Weighted as the rates are.
        var referenceFeature = SIMD2<Double>.zero
        var currentFeature = SIMD2<Double>.zero
    }

    /// Tightest where each side has some two thousand events, which is when a difference of 5 % begins to tell.
    private static let evidence = NormalMixture(optimalAt: 250, alpha: 0.01, sides: .two)

    package let questions: DriftQuestions
    private var mixture: StartMixture<Record>

    /// - Parameter questions: frozen from what was before all that is compared.
    /// - Returns: `nil` where they were made of nothing.
    package init?(_ questions: DriftQuestions) {
        guard questions.referenceCount > 0 else { return nil }
        self.questions = questions
        let none = questions.referenceSuccesses.map { _ in 0.0 }
        mixture = StartMixture(questions: none.count, fresh: Record(reference: none, current: none))
    }

    /// Takes the counts of two corresponding spans; spans come in order.
    ///
    /// - Parameter minute: when the span of the stream began.
    package mutating func add(_ counts: LogLinearHistogram, against earlier: LogLinearHistogram, minute: Int64) {
        guard !counts.isEmpty, !earlier.isEmpty else { return }
        let (n, m) = (Double(earlier.count), Double(counts.count))
        let weight = n * m / (n + m)
        let reference = questions.successes(earlier).map { weight * Double($0) / n }
        let current = questions.successes(counts).map { weight * Double($0) / m }
        let moments = (earlier.moments, counts.moments)
        let features = (questions.feature(earlier) * (weight / n), questions.feature(counts) * (weight / m))
        mixture.add(minute: minute) { record in
            record.weight += weight
            record.referenceTrials += earlier.count
            record.currentTrials += counts.count
            for question in current.indices {
                record.reference[question] += reference[question]
                record.current[question] += current[question]
            }
            record.referenceMoments.merge(moments.0)
            record.currentMoments.merge(moments.1)
            record.referenceFeature += features.0
            record.currentFeature += features.1
        } logEValue: { record, question in
            Self.evidence.logEValue(
                sum: record.current[question] - record.reference[question], variance: record.weight / 4)
        }
    }

    /// - Parameter level: the p-value that is to be reached, above 0.
    /// - Returns: `nil` before there was anything to compare.
    package func progress(level: Double) -> DriftProgress? {
        guard let best = mixture.strongest else { return nil }
        let record = best.record
        let shares = (record.reference.map { $0 / record.weight }, record.current.map { $0 / record.weight })
        var progress = DriftProgress(
            pValue: mixture.pValue, shareMoved: questions.shareMoved(shares.0, shares.1),
            tailRatio: questions.tailRatio(shares.0, shares.1), referenceCount: record.referenceTrials,
            currentCount: record.currentTrials, sinceMinute: best.minute, reference: record.referenceMoments,
            current: record.currentMoments, referenceFeature: record.referenceFeature / record.weight,
            currentFeature: record.currentFeature / record.weight)
        if progress.pValue > level {
            let distance = zip(shares.0, shares.1).map { abs($0 - $1) }.max() ?? 0
            let price = 0.5 * log(1 + record.weight / 4) + 1
            // The log e-value grows by twice the squared difference per unit of weight.
            let weight = (price - log(level) - mixture.logWeight(best)) / (2 * max(distance * distance, 1e-6))
            let factor = max(0, weight / record.weight - 1)
            progress.currentRowsNeeded = DriftProgress.rows(factor * Double(record.currentTrials))
            progress.referenceRowsNeeded = DriftProgress.rows(factor * Double(record.referenceTrials))
        }
        return progress
    }
}
