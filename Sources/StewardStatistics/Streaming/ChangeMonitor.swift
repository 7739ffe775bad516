/// Finds lasting changes of a metric that has seasons and memory: seasonal profile, then standardised residual, then
/// prewhitening, then a calibrated ``CUSUM``.
///
/// The residual from the ``SeasonalProfile`` is freed of its first-order autocorrelation, scaled by its own robust
/// deviation and drawn in to ±4, so that the values the chart sees are near to what its limit was computed for. After
/// an alarm it is silent for 240 values; the mean of their second half becomes the norm.
///
/// - Assumption: of the seasonal profile; the residual's memory is about first order; its distribution does not change
///   its shape.
/// - Range: as ``SeasonalProfile``. It learns for two days and is silent meanwhile; during the first three weeks a
///   weekend that differs from weekdays is a change. `valuesPerFalseAlarm` is in values: 43,200 is one false alarm a
///   series in 30 days of minutes, of which a learned profile and heavy tails make up to two.
/// - When not to use: for single spikes (``AnomalyScorer``); for rates of rare events (``BernoulliCUSUM``); where an
///   alarm must never be false by more than α over all time (``RateEProcess``, ``ConfidenceSequence``).
/// - Reference: L. C. Alwan, H. V. Roberts, "Time-Series Modeling for Statistical Process Control", J. Business & Econ.
///   Statistics 6(1), 1988, for charts of residuals.
package struct ChangeMonitor: Sendable {
    package struct Change: Sendable, Equatable {
        /// Times of the value that raised the alarm and of the first behind the estimated change, in seconds.
        package var detectedAtSeconds: Double
        package var changedAtSeconds: Double
        /// In deviations from what the hour lets expect; values are counted from the end of the learning time.
        package var residuals: StreamChange
        /// What was expected when the alarm was raised, in the metric's unit.
        package var expected: SeasonalProfile.Expectation
    }

    private static let learningSeconds = 2 * 86_400.0
    private static let drawnIn = 4.0
    package static let holdValues = 240
    /// Autocorrelation and deviation rest on about a day of minutes.
    private static let leastGain = 1 / 1440.0

    private var profile = SeasonalProfile()
    private var chart: CUSUM
    private var firstSeconds: Double?
    private var latestSeconds = -Double.infinity
    private var risingSince = 0.0
    private var fallingSince = 0.0
    private var held = 0
    private var settled = RunningMoments()
    private var previous = 0.0
    private var learned = 0.0
    private var product = 0.0
    private var square = 0.0
    private var deviation = 0.0

    /// - Parameter reference: half the shift to find fastest, in deviations of the prewhitened residual.
    package init(reference: Double = 0.5, valuesPerFalseAlarm: Double = 43_200) {
        self.init(chart: CUSUM(reference: reference, valuesPerFalseAlarm: valuesPerFalseAlarm))
    }

    /// With a chart made before: many series share one limit.
    package init(chart: CUSUM) { self.chart = chart }

    /// What is expected at a time, in the metric's unit; `nil` while it learns.
    package func expectation(at seconds: Double) -> SeasonalProfile.Expectation? { profile.expectation(at: seconds) }

    /// Takes the next value; what is not finite, or not later than all before, changes nothing.
    package mutating func add(_ value: Double, at seconds: Double) -> Change? {
        guard value.isFinite, seconds.isFinite, seconds > latestSeconds else { return nil }
        latestSeconds = seconds
        let first = firstSeconds ?? seconds
        firstSeconds = first
        let expected = profile.expectation(at: seconds)
        profile.learn(value, at: seconds)
        guard let expected else { return nil }
        let residual = min(max(expected.standardised(value), -2 * Self.drawnIn), 2 * Self.drawnIn)
        let innovation = whitened(residual)
        guard seconds - first >= Self.learningSeconds else { return nil }
        let risingCount = chart.risingCount
        if held > 0 {
            hold(residual, expected)
            return nil
        }
        let change = chart.add(innovation, reporting: residual)
        if chart.risingCount == 1 { risingSince = seconds }
        if chart.fallingCount == 1 { fallingSince = seconds }
        guard let change else { return nil }
        held = Self.holdValues
        let since = change.after.count == risingCount + 1 ? risingSince : fallingSince
        return Change(
            detectedAtSeconds: seconds, changedAtSeconds: change.after.count == 1 ? seconds : since,
            residuals: change, expected: expected)
    }

    /// Waits until a disturbance has passed or settled, then takes what is left of it for the new norm.
    private mutating func hold(_ residual: Double, _ expected: SeasonalProfile.Expectation) {
        held -= 1
        if held < Self.holdValues / 2 { settled.add(residual * expected.deviation) }
        guard held == 0 else { return }
        profile.shift(by: settled.mean, at: latestSeconds)
        settled = RunningMoments()
    }

    /// The part of a residual that the one before it does not explain, in its own deviations.
    private mutating func whitened(_ residual: Double) -> Double {
        let memory = square > 0 ? min(max(product / square, 0), 0.98) : 0
        let innovation = residual - memory * previous
        learned += 1
        let gain = max(Self.leastGain, 1 / learned)
        product += gain * (residual * previous - product)
        square += gain * (residual * residual - square)
        let scale = deviation
        let bound = scale > 0 && learned > 30 ? 3 * scale : Double.infinity
        deviation += gain * (min(abs(innovation), bound) - deviation)
        previous = residual
        guard scale > 0 else { return min(max(innovation, -Self.drawnIn), Self.drawnIn) }
        let standardised = innovation / (scale * (Double.pi / 2).squareRoot())
        return min(max(standardised, -Self.drawnIn), Self.drawnIn)
    }
}
