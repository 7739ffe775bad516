import StewardModel
import StewardStatistics
import StewardStore

/// Watches one metric that has a level (latency, tokens, cost, traffic) for lasting changes. O(1) a minute.
struct ValueWatch: Sendable {
    /// One alarm in 43,200 values (30 days of minutes) for all monitors of a version together, so each gets a share.
    private static let chart = CUSUM(
        reference: 0.5,
        limit: AverageRunLength.cusumLimit(
            reference: 0.5, values: 43_200 * Double(WatchedMetric.allCases.count)))
    static let guarantee =
        "one false alarm per version in 30 days of minutes, shared by \(WatchedMetric.allCases.count) monitors"
    /// Minutes with fewer events are put together until there are so many, or ``longestPool`` have passed.
    private static let leastEvents: Int64 = 20
    private static let fewestEvents: Int64 = 5
    private static let longestPool: Int64 = 15
    /// The residual's exponential mean has to come back to here, in deviations.
    private static let calm = 0.75
    private static let leastValuesOfAlarm = 10
    private static let remembered = 64
    private static let drawnIn = 8.0

    private struct Alarm {
        var change: ChangeMonitor.Change
        var since: Timestamp
        /// On the metric's scale, of the values from then until the alarm.
        var after: RunningMoments
        var events: Int64
        var values = 0
        var residual: Double
    }

    private struct Value {
        var minute: Int64
        var events: Int64
        var scaled: Double
        /// In deviations from what was expected.
        var residual: Double
    }

    let metric: WatchedMetric
    private var monitor = ChangeMonitor(chart: Self.chart)
    private var pending = SignalCounts()
    private var pendingSince: Int64?
    private var alarm: Alarm?
    /// The latest values, to say when a change began and what it rests on.
    private var recent: [Value] = []

    init(_ metric: WatchedMetric) { self.metric = metric }

    /// Takes a minute's counts; a minute without traffic is `nil`, which only traffic itself learns from.
    ///
    /// - Returns: why an alarm ended, if one did.
    mutating func add(_ counts: SignalCounts?, minute: Int64) -> String? {
        if metric == .requests { return take(Double(counts?.count ?? 0), minute, events: counts?.count ?? 0) }
        if let counts { pending.add(counts) }
        let since = pendingSince ?? minute
        pendingSince = since
        let isOld = minute - since >= Self.longestPool - 1
        guard pending.count >= Self.leastEvents || isOld else { return nil }
        defer { (pending, pendingSince) = (SignalCounts(), nil) }
        guard pending.count >= Self.fewestEvents, let value = metric.measure(pending) else { return nil }
        return take(value, minute, events: pending.count)
    }

    private mutating func take(_ value: Double, _ minute: Int64, events: Int64) -> String? {
        let seconds = Double(minute * 60)
        let scaled = metric.scaled(value)
        let expected = monitor.expectation(at: seconds)
        let residual = min(max(expected?.standardised(scaled) ?? 0, -Self.drawnIn), Self.drawnIn)
        if recent.count == Self.remembered { recent.removeFirst() }
        recent.append(Value(minute: minute, events: events, scaled: scaled, residual: residual))
        let change = monitor.add(scaled, at: seconds)
        guard var current = alarm else {
            if let change { alarm = begun(change) }
            return nil
        }
        if expected != nil {
            current.values = change == nil ? current.values + 1 : 0
            current.residual += 0.1 * (residual - current.residual)
        }
        alarm = current
        guard current.values >= Self.leastValuesOfAlarm, abs(current.residual) < Self.calm else { return nil }
        alarm = nil
        return current.values >= ChangeMonitor.holdValues
            ? "\(metric.name) has settled: what it is now is its norm."
            : "\(metric.name) is back within what is expected, \(metric.text(value))."
    }

    /// Dates a change to where the recent residuals divide best into none before and some after (the maximum of the
    /// likelihood for normal residuals), since the chart's own sum may have left zero earlier by chance.
    private func begun(_ change: ChangeMonitor.Change) -> Alarm {
        var (sum, count, best, first) = (0.0, 0.0, -1.0, recent.count - 1)
        for index in recent.indices.reversed() {
            sum += recent[index].residual
            count += 1
            if sum * sum / count > best { (best, first) = (sum * sum / count, index) }
        }
        var after = RunningMoments()
        for value in recent[first...] { after.add(value.scaled) }
        return Alarm(
            change: change, since: Timestamp(minute: recent[first].minute), after: after,
            events: recent[first...].reduce(0) { $0 + $1.events }, residual: recent.last?.residual ?? 0)
    }

    /// Whether it still learns what is usual.
    func isLearning(minute: Int64) -> Bool { monitor.expectation(at: Double(minute * 60)) == nil }

    var isAlarmed: Bool { alarm != nil }

    func detection(_ series: SeriesKey) -> Detection? {
        guard let alarm else { return nil }
        let expected = alarm.change.expected
        func value(_ deviations: Double) -> Double { metric.unscaled(expected.level + deviations * expected.deviation) }
        func estimate(_ moments: RunningMoments, _ value: (Double) -> Double) -> Detection.Estimate {
            let interval = moments.interval()
            return Detection.Estimate(
                value: value(moments.mean), lower: value(interval?.lower ?? moments.mean),
                upper: value(interval?.upper ?? moments.mean))
        }
        let (after, lower, upper) = (estimate(alarm.after, metric.unscaled), value(-2), value(2))
        let (since, events) = (alarm.since, alarm.events)
        let title =
            "\(metric.name) of \(series.version) \(metric.text(after.value)), expected \(metric.text(lower, upper)) "
            + "at this hour; since \(Wording.clock(since)) UTC; \(Wording.count(events, "request"))"
        var detection = Detection(
            key: .init(kind: .anomaly, series: series, signal: metric.rawValue),
            severity: severity(after.value, usual: value(0)), title: title, since: since,
            method: "cusum of seasonal residuals", guarantee: Self.guarantee, sampleSize: events)
        let before = alarm.change.residuals.before
        detection.before = before.count > 0 ? estimate(before, value) : nil
        detection.after = after
        (detection.expectedLower, detection.expectedUpper) = (lower, upper)
        return detection
    }

    /// Critical: it hurts, and by a factor of two (traffic: to a fifth). Info: it became better.
    private func severity(_ value: Double, usual: Double) -> Severity {
        switch metric.worse {
        case .up: value >= 2 * usual ? .critical : value < usual ? .info : .warning
        case .down: value <= usual / 5 ? .critical : .warning
        case nil: .warning
        }
    }
}

/// Watches the rate of an event that should be rare.
struct RateWatch: Sendable {
    static let guarantee = ValueWatch.guarantee + " at most"

    let metric: WatchedMetric
    private var monitor = RateMonitor(looksPerFalseAlarm: 43_200 * Double(WatchedMetric.allCases.count))

    init(_ metric: WatchedMetric) { self.metric = metric }

    /// - Returns: why an alarm ended, if one did.
    mutating func add(successes: Int64, trials: Int64, minute: Int64) -> String? {
        let wasAlarmed = monitor.alarm != nil
        monitor.add(successes: successes, trials: trials, at: Double(minute * 60))
        return wasAlarmed && monitor.alarm == nil
            ? "\(metric.name) is back at what is usual, or has been the same for a day." : nil
    }

    func isLearning(minute: Int64) -> Bool { monitor.usualRate(at: Double(minute * 60)) == nil }

    var isAlarmed: Bool { monitor.alarm != nil }

    func detection(_ series: SeriesKey) -> Detection? {
        guard let alarm = monitor.alarm else { return nil }
        let since = Timestamp(seconds: Int64(alarm.since))
        func estimate(_ counts: RateMonitor.Counts) -> Detection.Estimate? {
            counts.interval().map {
                Detection.Estimate(
                    value: Double(counts.successes) / Double(counts.trials), lower: $0.lower, upper: $0.upper)
            }
        }
        guard let after = estimate(alarm.after) else { return nil }
        let title =
            "\(metric.name) of \(series.version) \(metric.text(after.value)) "
            + "(\(metric.text(after.lower, after.upper))), usually at most \(metric.text(alarm.usualRate)); "
            + "since \(Wording.clock(since)) UTC; \(Wording.count(alarm.after.trials, "request"))"
        let isCritical = after.value >= 0.05 && after.value >= 5 * alarm.usualRate
        var detection = Detection(
            key: .init(kind: .anomaly, series: series, signal: metric.rawValue),
            severity: isCritical ? .critical : .warning, title: title, since: since,
            method: "cusum of log-likelihood ratios", guarantee: Self.guarantee, sampleSize: alarm.after.trials)
        detection.before = estimate(alarm.before)
        detection.after = after
        (detection.expectedLower, detection.expectedUpper) = (0, alarm.usualRate)
        return detection
    }
}
