import StewardModel
import StewardStatistics
import StewardStore

extension Metric {
    /// The metric of the events that a cell counts.
    ///
    /// - Returns: in the unit that the metric's name says; the value is `nil` when no event had what it measures.
    package func measure(_ cell: RollupCell) -> Measurement {
        switch self {
        case .requests: Measurement(value: Double(cell.events), sampleSize: cell.events)
        case .errorRate: errorRate(cell)
        case .latencyMean: mean(cell[.latency], per: 1e6)
        case .latencyP50: quantile(0.50, cell[.latency])
        case .latencyP95: quantile(0.95, cell[.latency])
        case .latencyP99: quantile(0.99, cell[.latency])
        case .timeToFirstTokenP95: quantile(0.95, cell[.timeToFirstToken])
        case .costMean: mean(cell[.cost], per: 1e9)
        case .outputTokensMean: mean(cell[.outputTokens], per: 1)
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

/// Reads windows of rollups from the store, each minute once however many windows want it.
package struct WindowReader: Sendable {
    private let store: Store

    package init(store: Store) { self.store = store }

    /// The sum of each window's cells; an empty cell where there were no events.
    package func read(_ windows: Set<SeriesWindow>) async throws -> [SeriesWindow: RollupCell] {
        var result: [SeriesWindow: RollupCell] = [:]
        for window in windows {
            let points = try await store.rollups(minutes: window.minutes) { $0 == window.series }
            result[window] = points.reduce(into: RollupCell()) { $0.add($1.cell) }
        }
        return result
    }
}
