/// Count, mean and sum of squared deviations of a stream, in constant memory and without cancellation.
///
/// - Assumption: none for the moments; ``interval(confidence:)`` takes values as independent and their mean as normal.
/// - Range: finite values. Merging two gives what one would hold that saw both.
/// - When not to use: ``interval(confidence:)`` below about 20 values of a skewed distribution, or under strong serial
///   dependence: it is then too short.
/// - Reference: T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for Computing the Sample Variance", The American
///   Statistician 37(3), 1983.
package struct RunningMoments: Sendable, Equatable {
    package private(set) var count = 0
    package private(set) var mean = 0.0
    private var squares = 0.0

    package init() {}

    /// - Parameter squares: the sum of squared deviations from `mean`.
    package init(count: Int, mean: Double, squares: Double) {
        self.count = count
        self.mean = mean
        self.squares = squares
    }

    package mutating func add(_ value: Double) {
        count += 1
        let deviation = value - mean
        mean += deviation / Double(count)
        squares += deviation * (value - mean)
    }

    package mutating func merge(_ other: Self) {
        guard other.count > 0 else { return }
        let total = Double(count + other.count)
        let deviation = other.mean - mean
        squares += other.squares + deviation * deviation * Double(count) * Double(other.count) / total
        mean += deviation * Double(other.count) / total
        count += other.count
    }

    /// The unbiased variance; `nil` below two values.
    package var variance: Double? { count < 2 ? nil : max(0, squares / Double(count - 1)) }

    /// The interval of the mean by the normal law; `nil` below two values.
    package func interval(confidence: Double = 0.95) -> ConfidenceInterval? {
        guard let variance, confidence > 0, confidence < 1 else { return nil }
        let halfWidth = -StandardNormal.quantile((1 - confidence) / 2) * (variance / Double(count)).squareRoot()
        return ConfidenceInterval(lower: mean - halfWidth, upper: mean + halfWidth)
    }
}

/// What a detector says when it finds a change.
package struct StreamChange: Sendable, Equatable {
    /// 0-based number of the value at which the alarm was raised.
    package var detectedAt: Int
    /// 0-based number of the first value that is held to lie behind the change: an estimate.
    package var changedAt: Int
    /// The values before the change, since the detector began or last alarmed.
    package var before: RunningMoments
    /// The values from the change up to the alarm. Their mean is drawn away from `before`, since it raised the alarm.
    package var after: RunningMoments
}
