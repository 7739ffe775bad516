import StewardModel
import StewardStatistics
import StewardStore

/// All that is watched of one version.
struct SeriesWatch: Sendable {
    private var values: [ValueWatch] = WatchedMetric.allCases.filter { $0.method == .value }.map(ValueWatch.init)
    private var rates: [RateWatch] = WatchedMetric.allCases.filter { $0.method == .rate }.map(RateWatch.init)
    var drift: DriftWatch?
    private(set) var standings: [DriftStanding] = []
    private(set) var lastMinute: Int64 = 0

    /// Takes a minute; `nil` is a minute in which nothing served the environment.
    ///
    /// - Parameter earlier: what the whole environment did a week before.
    /// - Returns: what ended, by metric.
    mutating func add(
        _ cell: RollupCell?, earlier: RollupCell?, minute: Int64
    ) -> [(metric: WatchedMetric, reason: String)] {
        // What was before its first event says nothing about it.
        if cell == nil, lastMinute == 0 { return [] }
        var ended: [(WatchedMetric, String)] = []
        lastMinute = minute
        for index in values.indices {
            if let reason = values[index].add(cell?[values[index].metric.signal], minute: minute) {
                ended.append((values[index].metric, reason))
            }
        }
        guard let cell else { return ended }
        for index in rates.indices {
            let metric = rates[index].metric
            guard let counts = cell[metric.signal] else { continue }
            if let reason = rates[index].add(successes: counts.sum, trials: counts.count, minute: minute) {
                ended.append((metric, reason))
            }
        }
        drift?.add(cell, earlier: earlier, minute: minute)
        return ended
    }

    mutating func judge() { standings = drift?.judge() ?? [] }

    func detections(_ series: SeriesKey) -> [Detection] {
        values.compactMap { $0.detection(series) } + rates.compactMap { $0.detection(series) }
            + (drift?.detections(standings) ?? [])
    }

    func monitors(_ series: SeriesKey) -> [MonitorState] {
        values.map { watch in
            MonitorState(
                series: series, metric: watch.metric,
                condition: watch.isAlarmed ? .alarm : watch.isLearning(minute: lastMinute) ? .learning : .usual)
        }
            + rates.map { watch in
                MonitorState(
                    series: series, metric: watch.metric,
                    condition: watch.isAlarmed ? .alarm : watch.isLearning(minute: lastMinute) ? .learning : .usual)
            }
    }
}

/// What one anomaly monitor says now.
package struct MonitorState: Sendable, Equatable {
    package enum Condition: String, Sendable, CaseIterable { case learning, usual, alarm }
    package var series: SeriesKey
    package var metric: WatchedMetric
    package var condition: Condition
}

/// What is to be watched, decided by those who know routes and baselines.
package struct WatchSubject: Sendable, Equatable {
    package var series: SeriesKey
    package var baseline: Baseline?
    /// Where the comparison with the baseline begins.
    package var from: Timestamp

    package init(series: SeriesKey, baseline: Baseline? = nil, from: Timestamp = Timestamp(seconds: 0)) {
        self.series = series
        self.baseline = baseline
        self.from = from
    }
}

/// Watches every version's rollups as they come, a minute at a time, in memory and time per version that do not depend
/// on its traffic. A value: the same minutes give the same state, which is how it is rebuilt after a restart.
package struct Watchtower: Sendable {
    /// Versions watched at most; further ones are counted in ``dropped``.
    package static let mostSeries = 20_000
    /// A version that serves no longer is remembered so long, should it be gone back to.
    private static let keptMinutes: Int64 = 7 * 1440
    package static let weekMinutes: Int64 = 7 * 1440

    /// An environment of a deployment.
    package struct Place: Sendable, Hashable {
        package var deployment: String
        package var environment: String

        package init(_ series: SeriesKey) { (deployment, environment) = (series.deployment, series.environment) }
    }

    package let rule: LiveDriftRule
    private var watches: [SeriesKey: SeriesWatch] = [:]
    private var subjects: [SeriesKey: WatchSubject] = [:]
    package private(set) var resolutions: [Detection.Key: String] = [:]
    package private(set) var dropped: Int64 = 0
    package private(set) var hasEvents = false

    package init(rule: LiveDriftRule = LiveDriftRule()) { self.rule = rule }

    /// The series that had events lately or are to be watched.
    package var known: Set<SeriesKey> { Set(watches.keys) }

    package func isWatched(_ series: SeriesKey) -> Bool { subjects[series] != nil }

    /// Says what is to be watched from now on.
    ///
    /// - Returns: the subjects whose baseline must be given to ``compare(_:with:earlier:descriptions:)`` first.
    package mutating func watch(_ wanted: [WatchSubject]) -> [WatchSubject] {
        subjects = Dictionary(wanted.map { ($0.series, $0) }) { first, _ in first }
        var missing: [WatchSubject] = []
        for (series, subject) in subjects {
            guard makeRoom(for: series) else { continue }
            guard let baseline = subject.baseline else {
                watches[series]?.drift = nil
                continue
            }
            let drift = watches[series]?.drift
            // A service may be younger than the week it is compared with: its first signals are looked for again.
            if drift?.baseline != baseline || (baseline.kind == .sameHoursLastWeek && drift?.isEmpty == true) {
                missing.append(subject)
            }
        }
        return missing
    }

    /// The environments that are compared with their last week.
    package var comparedWithLastWeek: Set<Place> {
        Set(subjects.values.filter { $0.baseline?.kind == .sameHoursLastWeek }.map { Place($0.series) })
    }

    /// - Parameters:
    ///   - earlier: the minutes of the series that were taken in before the comparison was asked for.
    ///   - weekBefore: what the environment did a week before each of them, by the minute of that time, where the
    ///     baseline is last week.
    package mutating func compare(
        _ subject: WatchSubject, with cell: RollupCell, earlier: [RollupPoint], weekBefore: [Int64: RollupCell] = [:],
        descriptions: [Signal.Description]
    ) {
        guard let baseline = subject.baseline else { return }
        var drift = DriftWatch(
            subject.series, baseline: baseline, cell: cell, from: subject.from.minute, descriptions: descriptions,
            rule: rule)
        for point in earlier {
            drift.add(point.cell, earlier: weekBefore[point.minute - Self.weekMinutes], minute: point.minute)
        }
        watches[subject.series]?.drift = drift
    }

    /// Takes all cells of one minute.
    ///
    /// - Parameter weekBefore: what the environments of ``comparedWithLastWeek`` did a week before.
    ///
    /// A version without a cell had no traffic if nothing else served its environment either; else it was not its turn.
    package mutating func take(
        minute: Int64, _ cells: [SeriesKey: RollupCell], weekBefore: [Place: RollupCell] = [:]
    ) {
        if !cells.isEmpty { hasEvents = true }
        var served: Set<Place> = []
        for series in cells.keys {
            served.insert(Place(series))
            if !makeRoom(for: series) { dropped += 1 }
        }
        for series in watches.keys {
            let cell = cells[series]
            guard cell != nil || !served.contains(Place(series)) else { continue }
            let ended = watches[series]?.add(cell, earlier: weekBefore[Place(series)], minute: minute) ?? []
            for (metric, reason) in ended {
                resolutions[.init(kind: .anomaly, series: series, signal: metric.rawValue)] = reason
            }
        }
    }

    private mutating func makeRoom(for series: SeriesKey) -> Bool {
        if watches[series] != nil { return true }
        guard watches.count < Self.mostSeries else { return false }
        watches[series] = SeriesWatch()
        return true
    }

    /// Judges what was taken in, and forgets versions that nobody asks for any more.
    package mutating func report(minute: Int64) -> WatchReport {
        for series in watches.keys {
            if subjects[series] == nil, (watches[series]?.lastMinute ?? 0) + Self.keptMinutes < minute {
                watches[series] = nil
            } else {
                watches[series]?.judge()
            }
        }
        var report = WatchReport(minute: minute)
        for (series, watch) in watches.sorted(by: { $0.key.isBefore($1.key) }) where subjects[series] != nil {
            report.detections += watch.detections(series)
            report.standings += watch.standings
            report.monitors += watch.monitors(series)
        }
        report.watched = Set(subjects.keys)
        report.resolutions = resolutions
        // An embedding's signals are stated as one, which no single one of them ends.
        let ofEmbedding = Set(Signal.all.filter { $0.signal.isOfEmbedding }.map(\.name))
        for standing in report.standings where standing.verdict != .drift && !ofEmbedding.contains(standing.signal) {
            let key = Detection.Key(kind: .drift, series: standing.series, signal: standing.signal)
            report.resolutions[key] = standing.explanation
        }
        resolutions = [:]
        return report
    }
}

/// All that the watchtower says at one minute.
package struct WatchReport: Sendable {
    package var minute: Int64
    package var detections: [Detection] = []
    package var resolutions: [Detection.Key: String] = [:]
    package var standings: [DriftStanding] = []
    package var monitors: [MonitorState] = []
    package var watched: Set<SeriesKey> = []

    package init(minute: Int64) { self.minute = minute }
}

extension SeriesKey {
    fileprivate func isBefore(_ other: SeriesKey) -> Bool {
        (deployment, environment, version) < (other.deployment, other.environment, other.version)
    }
}
