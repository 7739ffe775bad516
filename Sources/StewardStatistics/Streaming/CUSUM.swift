/// Two-sided cumulative sums of standardised values: the quickest way to find a lasting shift of a known size.
///
/// - Assumption: values are independent with mean 0 and deviation 1 while nothing changes, roughly normal.
/// - Range: finite values. `reference` is half the shift that should be found fastest, in standard deviations; the
///   limit follows from the false-alarm rate that is asked for, one in 43,200 values (30 days of minutes) by default.
/// - When not to use: on raw values with a season or serial dependence, or for shares; see ``ChangeMonitor`` and
///   ``BernoulliCUSUM``. For changes of spread.
/// - Reference: E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954; G. Lorden, "Procedures for Reacting
///   to a Change in Distribution", Ann. Math. Stat. 42(6), 1971, for optimality; D. Siegmund, "Sequential Analysis",
///   1985.
package struct CUSUM: Sendable {
    private let reference: Double
    /// The sum at which it alarms, in standard deviations.
    package let limit: Double
    private var row = 0
    private var all = RunningMoments()
    /// How many values the rising and the falling sum rest on.
    package var risingCount: Int { rising.after.count }
    package var fallingCount: Int { falling.after.count }
    private var rising = Side()
    private var falling = Side()

    private struct Side {
        var sum = 0.0
        /// What lay before the sum last left 0, and what came since.
        var before = RunningMoments()
        var after = RunningMoments()

        mutating func take(_ value: Double, _ step: Double, _ all: RunningMoments) {
            sum += step
            if sum > 0 {
                after.add(value)
            } else {
                (sum, before, after) = (0, all, RunningMoments())
            }
        }
    }

    /// - Parameters:
    ///   - reference: above 0, to 3.
    ///   - valuesPerFalseAlarm: from 2.
    package init(reference: Double = 0.5, valuesPerFalseAlarm: Double = 43_200) {
        self.init(
            reference: reference,
            limit: AverageRunLength.cusumLimit(reference: reference, values: valuesPerFalseAlarm))
    }

    /// With a limit that was computed before, since finding one takes milliseconds.
    package init(reference: Double, limit: Double) {
        self.reference = reference
        self.limit = limit
    }

    /// Takes the next value; begins anew after an alarm. What is not finite changes nothing.
    package mutating func add(_ value: Double) -> StreamChange? { add(value, reporting: value) }

    /// As ``add(_:)``, with the number whose means are to be reported in place of `value`.
    package mutating func add(_ value: Double, reporting reported: Double) -> StreamChange? {
        guard value.isFinite, reported.isFinite else { return nil }
        defer { row += 1 }
        all.add(reported)
        rising.take(reported, value - reference, all)
        falling.take(reported, -value - reference, all)
        let side = rising.sum >= falling.sum ? rising : falling
        guard side.sum > limit else { return nil }
        (all, rising, falling) = (RunningMoments(), Side(), Side())
        return StreamChange(
            detectedAt: row, changedAt: row + 1 - side.after.count, before: side.before, after: side.after)
    }
}
