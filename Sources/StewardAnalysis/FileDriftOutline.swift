import StewardStatistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is left of a column's numbers for people to look at: a picture of both distributions and their quantiles. The
/// numbers themselves are let go, or a report of many columns would hold both files.
package struct FileDriftOutline: Sendable {
    /// The shares of ``referenceQuantiles`` and ``currentQuantiles``.
    package static let shares = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]

    package let referenceQuantiles: [Double]
    package let currentQuantiles: [Double]
    package let referenceMean: Double
    package let currentMean: Double
    /// How many distinct values both files hold.
    package let distinctCount: Int
    package let axis: Axis
    /// The shares of each file's numbers in the bins of the axis.
    package let reference: [Double]
    package let current: [Double]

    package enum Axis: Sendable, Equatable {
        /// A bin for each of a few values.
        case values([Double])
        /// Bins of equal width; numbers beyond the ends are counted in the outermost ones.
        case linear(low: Double, high: Double)
        /// Bins of equal ratio, for positive numbers over orders of magnitude.
        case logarithmic(low: Double, high: Double)
    }

    private static let bins = 48
    private static let mostValues = 24
    /// What lies outside these quantiles of both files goes into the outermost bins.
    private static let ends = [0.002, 0.5, 0.998]

    init(_ sample: PooledSample) {
        referenceQuantiles = sample.quantiles(Self.shares, of: .reference)
        currentQuantiles = sample.quantiles(Self.shares, of: .current)
        referenceMean = sample.referenceMoments.mean
        currentMean = sample.currentMoments.mean
        distinctCount = sample.values.count
        axis = Self.axis(of: sample)
        let counts = AlignedCounts(sample, innerEdges: Self.innerEdges(axis))
        reference = counts.shares.map(\.reference)
        current = counts.shares.map(\.current)
    }

    private static func axis(of sample: PooledSample) -> Axis {
        if sample.values.count <= mostValues { return .values(sample.values) }
        let first = sample.quantiles(ends, of: .reference)
        let second = sample.quantiles(ends, of: .current)
        let (low, high) = (min(first[0], second[0]), max(first[2], second[2]))
        // All but a few numbers are equal: show those few.
        guard low < high else { return .linear(low: sample.values[0], high: sample.values[sample.values.count - 1]) }
        let middle = max(first[1], second[1])
        return low > 0 && high / middle > 8 && high / low > 50
            ? .logarithmic(low: low, high: high) : .linear(low: low, high: high)
    }

    private static func innerEdges(_ axis: Axis) -> [Double] {
        let shares = (1..<bins).map { Double($0) / Double(bins) }
        switch axis {
        case .values(let values): return values.dropLast()
        // Each end times its share first: their difference may be infinite.
        case .linear(let low, let high): return shares.map { low * (1 - $0) + high * $0 }
        case .logarithmic(let low, let high): return shares.map { low * pow(high / low, $0) }
        }
    }
}
