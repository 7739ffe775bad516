/// The Page–Hinkley test: alarms when values have strayed from their running mean, in sum, by more than a threshold.
///
/// - Assumption: independent values with a constant mean before the change.
/// - Range: finite values. `tolerance` and `threshold` are in the unit of the values: 0.005 and 50 are customary for
///   values near 0…1, and mean nothing for milliseconds.
/// - When not to use: where a false-alarm rate must be stated; use ``CUSUM``, whose limit is calibrated. Raw on values
///   with a unit, a trend or a season.
/// - Reference: E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954; D. V. Hinkley, "Inference about the
///   change-point from cumulative sum tests", Biometrika 58(3), 1971.
package struct PageHinkley: Sendable {
    private let tolerance: Double
    private let threshold: Double
    private let fading: Double
    private let shortestRun: Int

    private var all = RunningMoments()
    private var row = 0
    private var rising = Side()
    private var falling = Side()

    /// A cumulative sum and its extreme, with what lies on either side of that extreme.
    private struct Side {
        var sum = 0.0
        var extreme = 0.0
        var before = RunningMoments()
        var after = RunningMoments()

        mutating func take(_ value: Double, _ sum: Double, _ all: RunningMoments) {
            self.sum = sum
            after.add(value)
            if sum < extreme { (extreme, before, after) = (sum, all, RunningMoments()) }
        }
    }

    /// - Parameters:
    ///   - fading: by how much the sums shrink with each value.
    ///   - shortestRun: values before the first alarm, and between alarms.
    package init(tolerance: Double = 0.005, threshold: Double = 50, fading: Double = 0.9999, shortestRun: Int = 30) {
        self.tolerance = tolerance
        self.threshold = threshold
        self.fading = fading
        self.shortestRun = shortestRun
    }

    /// Takes the next value; begins anew after an alarm.
    package mutating func add(_ value: Double) -> StreamChange? {
        guard value.isFinite else { return nil }
        defer { row += 1 }
        all.add(value)
        let deviation = value - all.mean
        rising.take(value, fading * rising.sum + deviation - tolerance, all)
        // The falling side is the rising one of the negated values.
        falling.take(value, fading * falling.sum - deviation - tolerance, all)
        guard all.count >= shortestRun else { return nil }
        let side = rising.sum - rising.extreme >= falling.sum - falling.extreme ? rising : falling
        guard side.sum - side.extreme > threshold else { return nil }
        (all, rising, falling) = (RunningMoments(), Side(), Side())
        return StreamChange(
            detectedAt: row, changedAt: row + 1 - side.after.count, before: side.before, after: side.after)
    }
}
