import StewardModel
import StewardStatistics
import StewardStore

extension Metric {
    /// The additive counts of the metric, in its unit; for a quantile the share of events beyond `threshold`.
    ///
    /// - Parameter scores: the signals that named scores are counted in.
    package func tally(_ cell: RollupCell, beyond threshold: Double?, _ scores: ScoreSignals) -> Tally {
        switch self {
        case .errorRate: Tally(hits: cell.errors, trials: cell.events)
        // Each is counted as 0 or 1.
        case .refusalRate: Tally(hits: cell[.refusal]?.sum ?? 0, trials: cell[.refusal]?.count ?? 0)
        case .requests: Tally(count: cell.events, sum: Double(cell.events), squares: Double(cell.events))
        case .latencyMean: sums(cell[.latency], per: 1e6)
        case .costMean: sums(cell[.cost], per: 1e9)
        case .outputTokensMean: sums(cell[.outputTokens], per: 1)
        case .score: sums(scores[rawValue].flatMap { cell[$0] }, per: Signal.namedScale)
        case .latencyP50, .latencyP95, .latencyP99: beyond(threshold, cell[.latency])
        case .timeToFirstTokenP95: beyond(threshold, cell[.timeToFirstToken])
        }
    }

    /// Squares come from the middle of each bin, which is off by at most 1/128 of the value.
    private func sums(_ counts: SignalCounts?, per unit: Double) -> Tally {
        guard let counts else { return Tally() }
        let squares = counts.values.entries.reduce(0.0) { sum, entry in
            let value = LogLinearHistogram.representative(ofBin: entry.bin) / unit
            return sum + Double(entry.count) * value * value
        }
        return Tally(count: counts.count, sum: Double(counts.sum) / unit, squares: squares)
    }

    private func beyond(_ threshold: Double?, _ counts: SignalCounts?) -> Tally {
        guard let threshold, let limit = Int64(exactly: (threshold * 1e6).rounded()), let counts else {
            return Tally()
        }
        let within = counts.values.cumulativeCount(through: limit)
        return Tally(hits: counts.count - within, trials: counts.count)
    }
}
