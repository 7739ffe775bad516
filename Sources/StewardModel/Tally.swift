/// Additive counts of one metric, enough for every test of it: how many, their sum, and the sum of their squares. For a
/// rate the sum is the number of hits.
package struct Tally: Sendable, Equatable {
    package var count: Int64
    package var sum: Double
    package var squares: Double

    package init(count: Int64 = 0, sum: Double = 0, squares: Double = 0) {
        self.count = count
        self.sum = sum
        self.squares = squares
    }

    package init(hits: Int64, trials: Int64) {
        self.init(count: trials, sum: Double(hits), squares: Double(hits))
    }

    /// What was added since `earlier`; nothing, where that cannot have come before.
    package func since(_ earlier: Tally) -> Tally {
        guard count >= earlier.count else { return Tally() }
        return Tally(
            count: count - earlier.count, sum: sum - earlier.sum, squares: max(0, squares - earlier.squares))
    }

    package static func + (left: Tally, right: Tally) -> Tally {
        Tally(count: left.count + right.count, sum: left.sum + right.sum, squares: left.squares + right.squares)
    }

    /// Of the same values with the other sign.
    package var negated: Tally { Tally(count: count, sum: -sum, squares: squares) }

    package var isFinite: Bool { sum.isFinite && squares.isFinite }

    /// `nil` where nothing was counted, or nothing that is a number.
    package var mean: Double? {
        guard count > 0 else { return nil }
        let mean = sum / Double(count)
        return mean.isFinite ? mean : nil
    }
}

extension Metric {
    /// How a metric comes about, which decides how two versions are compared by it.
    package enum Shape: Sendable, Equatable {
        /// A share of events.
        case rate
        case mean
        /// The value below which this share of the events lies.
        case quantile(Double)
        /// The number of events, which says nothing about how they went.
        case count
    }

    package var shape: Shape {
        switch self {
        case .errorRate, .refusalRate: .rate
        case .latencyMean, .costMean, .outputTokensMean, .score: .mean
        case .latencyP50: .quantile(0.50)
        case .latencyP95, .timeToFirstTokenP95: .quantile(0.95)
        case .latencyP99: .quantile(0.99)
        case .requests: .count
        }
    }
}
