/// The chart of an exponentially weighted mean of standardised values.
///
/// - Assumption: values are independent with mean 0 and deviation 1 while nothing changes, roughly normal (a small
///   smoothing makes the mean near normal where values are not).
/// - Range: finite values; `smoothing` 0.02…1, smaller for smaller shifts. The limit is set in the mean's deviations
///   at its age, so that the first values are judged like the later ones, and follows from the false-alarm rate that
///   is asked for, one in 43,200 values by default.
/// - When not to use: as ``CUSUM``, which finds the shift it is built for sooner; this one forgives a wrong guess of
///   that shift.
/// - Reference: S. W. Roberts, "Control Chart Tests Based on Geometric Moving Averages", Technometrics 1(3), 1959;
///   J. M. Lucas, M. S. Saccucci, Technometrics 32(1), 1990.
package struct EWMAChart: Sendable {
    private let smoothing: Double
    /// The mean at which it alarms, in the mean's standard deviations.
    package let limit: Double
    /// The weighted mean.
    package private(set) var mean = 0.0
    private var row = 0
    private var fade = 1.0
    private var all = RunningMoments()
    private var before = RunningMoments()
    private var after = RunningMoments()

    package init(smoothing: Double = 0.1, valuesPerFalseAlarm: Double = 43_200) {
        self.init(
            smoothing: smoothing,
            limit: AverageRunLength.ewmaLimit(smoothing: smoothing, values: valuesPerFalseAlarm))
    }

    /// With a limit that was computed before, since finding one takes milliseconds.
    package init(smoothing: Double, limit: Double) {
        self.smoothing = smoothing
        self.limit = limit
    }

    /// Takes the next value; begins anew after an alarm. The change is dated to where the mean last left 0.
    package mutating func add(_ value: Double) -> StreamChange? {
        guard value.isFinite else { return nil }
        defer { row += 1 }
        let wasAbove = mean > 0
        mean += smoothing * (value - mean)
        fade *= (1 - smoothing) * (1 - smoothing)
        if (mean > 0) != wasAbove { (before, after) = (all, RunningMoments()) }
        all.add(value)
        after.add(value)
        let deviation = (smoothing / (2 - smoothing) * (1 - fade)).squareRoot()
        guard abs(mean) > limit * deviation else { return nil }
        let change = StreamChange(
            detectedAt: row, changedAt: row + 1 - after.count, before: before, after: after)
        (mean, fade, all, before, after) = (0, 1, RunningMoments(), RunningMoments(), RunningMoments())
        return change
    }
}
