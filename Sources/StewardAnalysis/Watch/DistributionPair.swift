import StewardModel
import StewardStatistics
import StewardStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The distributions on the two sides of a finding, in few enough bins to be drawn on top of each other.
package struct DistributionPair: Sendable {
    package struct Side: Sendable {
        package var version: String
        package var from: Timestamp
        /// Exclusive.
        package var until: Timestamp
        /// Events that had the signal.
        package var count: Int64 = 0
        /// The share of the events in each bin or category.
        package var shares: [Double] = []
        /// Of numbers, in the display unit, at ``DistributionPair/quantileShares``.
        package var quantiles: [Double] = []
        package var mean: Double?
    }

    package enum Axis: Sendable, Equatable {
        /// Ascending, one more than there are bins, in the display unit.
        case numbers(edges: [Double])
        case categories([String])
    }

    package static let quantileShares = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
    static let bins = 40
    private static let mostCategories = 20
    private static let ends = (0.001, 0.999)

    package var signal: Signal.Description
    package var axis: Axis
    package var reference: Side
    package var current: Side

    /// - Parameters:
    ///   - name: of a category by its number.
    /// - Returns: `nil` where neither side has an event with the signal.
    init?(
        _ signal: Signal.Description, reference: (Side, SignalCounts), current: (Side, SignalCounts),
        name: (Int32) -> String
    ) {
        self.signal = signal
        (self.reference, self.current) = (reference.0, current.0)
        let sides = [reference.1.values, current.1.values]
        var union = sides[0]
        union.merge(sides[1])
        guard !union.isEmpty else { return nil }
        if signal.kind == .categorical || signal.signal == .status {
            let kept = union.entries.sorted { ($1.count, $0.bin) < ($0.count, $1.bin) }
                .prefix(Self.mostCategories).map(\.bin)
            let hasOthers = union.entries.count > kept.count
            axis = .categories(kept.map(name) + (hasOthers ? ["(others)"] : []))
            let all = sides.map { side in
                let shares = kept.map { bin in
                    side.entries.first { $0.bin == bin }.map { Double($0.count) / Double(side.count) } ?? 0
                }
                return shares + (hasOthers ? [max(0, (side.isEmpty ? 0 : 1) - shares.reduce(0, +))] : [])
            }
            (self.reference.shares, self.current.shares) = (all[0], all[1])
        } else {
            let edges = Self.edges(union)
            axis = .numbers(edges: edges.map { Double($0) / signal.scale })
            (self.reference.shares, self.current.shares) = (Self.shares(sides[0], edges), Self.shares(sides[1], edges))
            self.reference.quantiles = Self.quantiles(sides[0], signal.scale)
            self.current.quantiles = Self.quantiles(sides[1], signal.scale)
            self.reference.mean = reference.1.mean.map { $0 / signal.scale }
            self.current.mean = current.1.mean.map { $0 / signal.scale }
        }
        self.reference.count = sides[0].count
        self.current.count = sides[1].count
    }

    /// Edges of equal width, or of equal ratio where positive values spread over orders of magnitude.
    private static func edges(_ union: LogLinearHistogram) -> [Int64] {
        let low = union.quantile(ends.0) ?? 0
        let high = max(union.quantile(ends.1) ?? 0, low + 1)
        let isWide = low > 0 && high / low > 20
        var edges: [Int64] = []
        for index in 0...bins {
            let share = Double(index) / Double(bins)
            let edge = isWide ? low * pow(high / low, share) : low + (high - low) * share
            let whole = Int64(min(max(edge.rounded(), -9e18), 9e18))
            if whole != edges.last { edges.append(whole) }
        }
        return edges.count > 1 ? edges : [edges[0], edges[0] + 1]
    }

    /// What lies outside the edges is counted in the outermost bins.
    private static func shares(_ side: LogLinearHistogram, _ edges: [Int64]) -> [Double] {
        var counts = [Int64](repeating: 0, count: edges.count - 1)
        for entry in side.entries {
            let middle = LogLinearHistogram.representative(ofBin: entry.bin)
            var (low, high) = (0, counts.count - 1)
            while low < high {
                let center = (low + high) / 2
                if middle >= Double(edges[center + 1]) { low = center + 1 } else { high = center }
            }
            counts[low] += entry.count
        }
        return counts.map { side.isEmpty ? 0 : Double($0) / Double(side.count) }
    }

    private static func quantiles(_ side: LogLinearHistogram, _ scale: Double) -> [Double] {
        quantileShares.compactMap { side.quantile($0).map { $0 / scale } }
    }
}

extension DistributionPair {
    /// How long before a change an anomaly is compared with, and how much of what came after is shown at most.
    private static let before = Duration.seconds(6 * 3600)
    private static let mostAfter = Duration.seconds(86_400)

    /// The distributions behind a detection, read from rollups.
    ///
    /// - Parameter until: when the finding was resolved, else now.
    package static func read(_ detection: Detection, until: Timestamp, store: Store) async throws -> DistributionPair? {
        let watched =
            detection.key.signal == Detection.embeddingSignal
            ? Signal.embeddingCell : WatchedMetric(rawValue: detection.key.signal)?.signal
        let descriptions = try await Signal.all + store.namedSignals()
        guard
            let description = descriptions.first(where: {
                $0.signal == watched || (watched == nil && $0.name == detection.key.signal)
            })
        else { return nil }
        let series = detection.key.series
        let end = max(min(until, detection.since + mostAfter), detection.since + .minutes(1))
        let current = SeriesWindow(series: series, from: detection.since, until: end)
        let from: SeriesWindow
        if let baseline = detection.baseline {
            let isLastWeek = baseline.kind == .sameHoursLastWeek
            from = SeriesWindow(
                series: baseline.series, from: isLastWeek ? detection.since - Baseline.week : baseline.from,
                until: isLastWeek ? end - Baseline.week : baseline.until)
        } else {
            from = SeriesWindow(series: series, from: detection.since - before, until: detection.since - .minutes(1))
        }
        let windows = [from, current]
        var cells = try await WindowReader(store: store).read(Set(windows))
        if let baseline = detection.baseline, baseline.kind == .sameHoursLastWeek {
            let points = try await store.rollups(minutes: from.minutes) { baseline.includes($0) }
            cells[from] = points.reduce(into: RollupCell()) { $0.add($1.cell) }
        }
        let names = try await store.categoryNames()
        let sides = windows.map { window in
            (
                Side(version: window.series.version, from: window.from, until: window.until),
                cells[window]?[description.signal] ?? SignalCounts()
            )
        }
        return DistributionPair(description, reference: sides[0], current: sides[1]) { bin in
            description.signal == .status ? (bin == 0 ? "ok" : "error") : names[bin] ?? "\(bin)"
        }
    }
}
