#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A cumulative sum of successes and failures: finds a rate that rose from one value toward another.
///
/// - Assumption: trials are independent, with the chance `usualRate` while nothing changes.
/// - Range: 0 < usualRate < changedRate < 1. The limit follows from the false-alarm rate that is asked for, in trials.
///   To make the run length exact, the step of a failure is rounded to a whole fraction of that of a success, which
///   moves the rate it is optimal for by little.
/// - When not to use: where the usual rate is a guess: the run length depends on it steeply. To find a rate that fell,
///   count the other outcome.
/// - Reference: M. R. Reynolds, Z. G. Stoumbos, "A CUSUM Chart for Monitoring a Proportion When Inspecting
///   Continuously", Journal of Quality Technology 31(1), 1999.
package struct BernoulliCUSUM: Sendable {
    /// Failures that undo one success.
    private let failuresPerSuccess: Int
    private let limit: Int
    private var sum = 0
    private var trials = 0
    private var all = RateCounts()
    private var before = RateCounts()
    private var after = RateCounts()

    package struct RateCounts: Sendable, Equatable {
        package var successes: Int64 = 0
        package var trials: Int64 = 0
    }

    package struct Change: Sendable, Equatable {
        /// 0-based numbers of the trial that raised the alarm and of the first behind the estimated change.
        package var detectedAt: Int
        package var changedAt: Int
        package var before: RateCounts
        package var after: RateCounts
    }

    /// - Returns: `nil` where the rates are out of range or in the wrong order.
    package init?(usualRate: Double, changedRate: Double, trialsPerFalseAlarm: Double) {
        guard usualRate > 0, changedRate > usualRate, changedRate < 1, trialsPerFalseAlarm >= 2 else { return nil }
        let failure = -log((1 - changedRate) / (1 - usualRate))
        let success = log(changedRate / usualRate)
        failuresPerSuccess = max(1, Int((success / failure).rounded()))
        var (low, high) = (1, failuresPerSuccess)
        while Self.runLength(rate: usualRate, step: failuresPerSuccess, limit: high) < trialsPerFalseAlarm,
            high < 1 << 20
        {
            (low, high) = (high, high * 2)
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            let length = Self.runLength(rate: usualRate, step: failuresPerSuccess, limit: middle)
            if length < trialsPerFalseAlarm { low = middle } else { high = middle }
        }
        limit = high
    }

    /// Takes the outcome of the next trial; begins anew after an alarm.
    package mutating func add(_ success: Bool) -> Change? {
        defer { trials += 1 }
        all.count(success)
        sum += success ? failuresPerSuccess : -1
        if sum <= 0 {
            (sum, before, after) = (0, all, RateCounts())
            return nil
        }
        after.count(success)
        guard sum >= limit else { return nil }
        let change = Change(
            detectedAt: trials, changedAt: trials + 1 - Int(after.trials), before: before, after: after)
        (sum, all, before, after) = (0, RateCounts(), RateCounts(), RateCounts())
        return change
    }

    /// The average number of trials until the sum, begun at 0, reaches `limit`: exact.
    ///
    /// From state i a success leads to i + step, a failure to i − 1. Downward from the limit each state's run length is
    /// a linear function of that of the state below, which leaves one equation at 0. Slopes come close to 1, so their
    /// distance from 1 is carried instead: all terms stay positive and no digits cancel.
    package static func runLength(rate: Double, step: Int, limit: Int) -> Double {
        var constants = Array(repeating: 0.0, count: max(1, limit))
        var complements = constants
        for state in constants.indices.reversed() {
            // The run length after a success: chained down to this state, or 0 where the alarm is raised.
            var (constant, complement) = (0.0, 1.0)
            if state + step < limit {
                complement = 0
                for above in (state + 1...state + step).reversed() {
                    constant += (1 - complement) * constants[above]
                    complement += (1 - complement) * complements[above]
                }
            }
            // At 0 a failure stays at 0.
            let own = state == 0 ? rate * complement : 1 - rate + rate * complement
            constants[state] = (1 + rate * constant) / own
            complements[state] = state == 0 ? 1 : rate * complement / own
        }
        return constants[0]
    }
}

extension BernoulliCUSUM.RateCounts {
    fileprivate mutating func count(_ success: Bool) {
        successes += success ? 1 : 0
        trials += 1
    }

    /// The rate with its Wilson interval; `nil` without trials.
    package func interval(confidence: Double = 0.95) -> ConfidenceInterval? {
        Wilson.interval(successes: successes, trials: trials, confidence: confidence)
    }
}
