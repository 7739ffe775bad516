import StewardModel
import StewardStatistics
import StewardStore
import Synchronization

/// Keeps a ``Watchtower`` fed from the store: all of the past first, then each minute as it settles.
package actor LiveWatch {
    /// How long after its end a minute is taken for complete; what comes later counts in rollups, not in monitors.
    package static let settling = Duration.seconds(15)
    /// How much of the past is read at a start: enough for the hours of the week to be known.
    package static let memory = Duration.seconds(28 * 86_400)
    /// Cells held in memory at a time while the past is read.
    private static let cellsAtATime = 100_000
    private static let fewestSeries = 1000

    package nonisolated let rule: LiveDriftRule
    private let store: Store
    private var tower: Watchtower
    private var nextMinute: Int64?
    private let latest = Mutex<WatchReport?>(nil)

    package init(store: Store, rule: LiveDriftRule = LiveDriftRule()) {
        self.store = store
        self.rule = rule
        tower = Watchtower(rule: rule)
    }

    /// What was said last; `nil` until the past has been read.
    package nonisolated var report: WatchReport? { latest.withLock { $0 } }

    /// Takes in every minute that has settled since the last time.
    ///
    /// - Parameter plan: what to watch, given the series that had events lately.
    /// - Returns: `nil` when no minute has settled.
    package func tick(now: Timestamp, plan: @Sendable (Set<SeriesKey>) -> [WatchSubject]) async throws -> WatchReport? {
        let settled = (now - Self.settling).minute
        let start = nextMinute ?? (now - Self.memory).minute
        guard start < settled else { return nil }
        try await compare(tower.watch(plan(tower.known)), before: start)
        let step = Int64(max(1, Self.cellsAtATime / max(Self.fewestSeries, tower.known.count)))
        var next = start
        while next < settled {
            let end = min(settled, next + step)
            try await take(next..<end)
            next = end
        }
        nextMinute = settled
        // Versions that were first seen just now may have a baseline, too.
        try await compare(tower.watch(plan(tower.known)), before: settled)
        let report = tower.report(minute: settled - 1)
        latest.withLock { $0 = report }
        return report
    }

    private func take(_ minutes: Range<Int64>) async throws {
        let points = try await store.rollups(minutes: minutes) { _ in true }
        var lastWeek = try await weekBefore(minutes, tower.comparedWithLastWeek)
        var index = 0
        // Nothing is watched before the first event: years without any are not gone through.
        guard let first = tower.hasEvents ? minutes.lowerBound : points.first?.minute else { return }
        for minute in first..<minutes.upperBound {
            var cells: [SeriesKey: RollupCell] = [:]
            while index < points.count, points[index].minute == minute {
                cells[points[index].key] = points[index].cell
                index += 1
            }
            tower.take(
                minute: minute, cells,
                weekBefore: lastWeek.removeValue(forKey: minute - Watchtower.weekMinutes) ?? [:])
        }
    }

    /// Reads the baselines that are not known yet, and what came since they hold.
    private func compare(_ subjects: [WatchSubject], before minute: Int64) async throws {
        guard !subjects.isEmpty else { return }
        let descriptions = try await Signal.all + store.namedSignals()
        for subject in subjects {
            guard let baseline = subject.baseline else { continue }
            let window = SeriesWindow(series: baseline.series, from: baseline.from, until: baseline.until)
            let points = try await store.rollups(minutes: window.minutes) { baseline.includes($0) }
            let cell = points.reduce(into: RollupCell()) { $0.add($1.cell) }
            let start = subject.from.minute
            let minutes = start..<max(start, minute)
            let earlier = try await store.rollups(minutes: minutes) { $0 == subject.series }
            let place = Watchtower.Place(subject.series)
            let lastWeek = try await weekBefore(minutes, baseline.kind == .sameHoursLastWeek ? [place] : [])
            tower.compare(
                subject, with: cell, earlier: earlier, weekBefore: lastWeek.compactMapValues { $0[place] },
                descriptions: descriptions)
        }
    }

    /// What whole environments did a week before some minutes, by the minute of that time.
    private func weekBefore(
        _ minutes: Range<Int64>, _ places: Set<Watchtower.Place>
    ) async throws -> [Int64: [Watchtower.Place: RollupCell]] {
        guard !places.isEmpty else { return [:] }
        let shifted = minutes.lowerBound - Watchtower.weekMinutes..<minutes.upperBound - Watchtower.weekMinutes
        let points = try await store.rollups(minutes: shifted) { places.contains(Watchtower.Place($0)) }
        return points.reduce(into: [:]) { cells, point in
            cells[point.minute, default: [:]][Watchtower.Place(point.key), default: RollupCell()].add(point.cell)
        }
    }
}

extension Baseline {
    /// Whether the events of a series are part of it.
    func includes(_ key: SeriesKey) -> Bool {
        series.version == Self.everyVersion
            ? key.deployment == series.deployment && key.environment == series.environment : key == series
    }
}
