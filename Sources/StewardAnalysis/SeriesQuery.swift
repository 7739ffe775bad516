import StewardModel
import StewardStatistics
import StewardStore

/// A signal over time, cut into steps: what charts show.
package struct SeriesQuery: Sendable {
    package enum Aggregate: String, Sendable, CaseIterable { case count, rate, mean, p50, p95, p99 }

    package var deployment: String
    package var environment: String?
    package var version: String?
    package var signal: Signal.Description
    package var since: Timestamp
    package var until: Timestamp
    /// A whole number of minutes, at least 1.
    package var stepMinutes: Int64
    package var aggregates: [Aggregate]

    /// Points of one series at most.
    package static let maximumPoints: Int64 = 2000

    package init(
        deployment: String, environment: String? = nil, version: String? = nil, signal: Signal.Description,
        since: Timestamp, until: Timestamp, stepMinutes: Int64, aggregates: [Aggregate]
    ) {
        self.deployment = deployment
        self.environment = environment
        self.version = version
        self.signal = signal
        self.since = since
        self.until = until
        self.stepMinutes = stepMinutes
        self.aggregates = aggregates
    }

    package struct Point: Sendable {
        package var time: Timestamp
        package var counts: SignalCounts
        /// Events of the step, whether or not they had the signal.
        package var events: Int64
    }

    package struct Line: Sendable {
        package var environment: String
        package var version: String
        /// Oldest first; steps without events are left out.
        package var points: [Point]
    }

    package func run(_ store: Store) async throws -> [Line] {
        let (deployment, environment, version) = (deployment, environment, version)
        let points = try await store.rollups(minutes: since.minute..<until.minute + 1) { key in
            key.deployment == deployment && (environment ?? key.environment) == key.environment
                && (version ?? key.version) == key.version
        }
        var steps: [SeriesKey: [Int64: RollupCell]] = [:]
        for point in points {
            let step = floorDivide(point.minute, stepMinutes) * stepMinutes
            steps[point.key, default: [:]][step, default: RollupCell()].add(point.cell)
        }
        return steps.sorted { ($0.key.environment, $0.key.version) < ($1.key.environment, $1.key.version) }
            .map { key, cells in
                Line(
                    environment: key.environment, version: key.version,
                    points: cells.sorted { $0.key < $1.key }.map { minute, cell in
                        Point(
                            time: Timestamp(minute: minute), counts: cell[signal.signal] ?? SignalCounts(),
                            events: cell.events)
                    })
            }
    }

    /// One aggregate of a point in the signal's display unit; `nil` when there is nothing to aggregate.
    package func value(of aggregate: Aggregate, at point: Point) -> Double? {
        switch aggregate {
        case .count: Double(point.counts.count)
        case .rate: Double(point.counts.count) / Double(stepMinutes * 60)
        case .mean: point.counts.mean.map { $0 / signal.scale }
        case .p50: point.counts.values.quantile(0.50).map { $0 / signal.scale }
        case .p95: point.counts.values.quantile(0.95).map { $0 / signal.scale }
        case .p99: point.counts.values.quantile(0.99).map { $0 / signal.scale }
        }
    }
}
