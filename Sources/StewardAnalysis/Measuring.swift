import StewardModel
import StewardStatistics
import StewardStore
import Synchronization

/// The signals that named scores are counted in, by their names as metrics; one that nobody has sent yet has none.
package typealias ScoreSignals = [String: Signal]

extension Store {
    /// What ``Metric/measure(_:_:)`` needs for these metrics; nothing is read where none is a score.
    package func scores(_ metrics: some Sequence<Metric>) async throws -> ScoreSignals {
        guard metrics.contains(where: { if case .score = $0 { true } else { false } }) else { return [:] }
        let numbers = try await namedSignals().filter { $0.kind == .numeric }
        return Dictionary(numbers.map { ($0.name, $0.signal) }) { first, _ in first }
    }
}

extension Metric {
    /// The metric of the events that a cell counts.
    ///
    /// - Parameter scores: the signals that named scores are counted in.
    /// - Returns: in the unit that the metric's name says; the value is `nil` when no event had what it measures.
    package func measure(_ cell: RollupCell, _ scores: ScoreSignals = [:]) -> Measurement {
        switch self {
        case .requests: Measurement(value: Double(cell.events), sampleSize: cell.events)
        case .errorRate: errorRate(cell)
        case .refusalRate: mean(cell[.refusal], per: 1)
        case .latencyMean: mean(cell[.latency], per: 1e6)
        case .latencyP50: quantile(0.50, cell[.latency])
        case .latencyP95: quantile(0.95, cell[.latency])
        case .latencyP99: quantile(0.99, cell[.latency])
        case .timeToFirstTokenP95: quantile(0.95, cell[.timeToFirstToken])
        case .costMean: mean(cell[.cost], per: 1e9)
        case .outputTokensMean: mean(cell[.outputTokens], per: 1)
        case .score: mean(scores[rawValue].flatMap { cell[$0] }, per: Signal.namedScale)
        }
    }

    private func errorRate(_ cell: RollupCell) -> Measurement {
        let events = cell.events
        return Measurement(value: events > 0 ? Double(cell.errors) / Double(events) : nil, sampleSize: events)
    }

    private func mean(_ counts: SignalCounts?, per unit: Double) -> Measurement {
        Measurement(value: counts?.mean.map { $0 / unit }, sampleSize: counts?.count ?? 0)
    }

    private func quantile(_ q: Double, _ counts: SignalCounts?) -> Measurement {
        Measurement(value: counts?.values.quantile(q).map { $0 / 1e6 }, sampleSize: counts?.count ?? 0)
    }
}

/// A span of one series: the minutes that the two times fall in, and all between.
package struct SeriesWindow: Sendable, Hashable {
    package var series: SeriesKey
    package var from: Timestamp
    package var until: Timestamp

    package init(series: SeriesKey, from: Timestamp, until: Timestamp) {
        self.series = series
        self.from = from
        self.until = until
    }

    package var minutes: Range<Int64> { from.minute..<max(until.minute, from.minute) + 1 }
}

/// Reads windows of rollups from the store. One that is asked again keeps up with windows that slide.
package final class WindowReader: Sendable {
    package let store: Store
    /// Taken out while a look is under way; another one at the same time starts from nothing.
    private let sums = Mutex(SlidingSums())

    package init(store: Store) { self.store = store }

    /// The sum of each window's cells; an empty cell where there were no events.
    package func read(_ windows: Set<SeriesWindow>) async throws -> [SeriesWindow: RollupCell] {
        var sums = sums.withLock { sums in
            defer { sums = SlidingSums() }
            return sums
        }
        let wanted = Set(windows.map { RollupWindow(series: $0.series, minutes: $0.minutes) })
        let cells = try await store.read(wanted, &sums)
        self.sums.withLock { [sums] in $0 = sums }
        return windows.reduce(into: [:]) { result, window in
            result[window] = cells[RollupWindow(series: window.series, minutes: window.minutes)]
        }
    }
}
