#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Random features whose mean over a set of vectors carries its distribution: the discrepancy under a Gaussian kernel
/// from sums that add up over minutes and machines.
///
/// - Assumption: vectors of one dimension; a bandwidth that was fixed beforehand, from the baseline.
/// - Range: the error of the squared discrepancy is of the order 1/√features.
/// - When not to use: to compare sums made with different seeds, features or bandwidths.
/// - Reference: A. Rahimi, B. Recht, "Random Features for Large-Scale Kernel Machines", NIPS 20, 2007.
package struct RandomFourierFeatures: Sendable {
    package let dimension: Int
    package let features: Int
    /// A frequency vector for each feature, one after the other.
    private let frequencies: [Double]

    /// The sums of one set of vectors. Two of the same features add.
    package struct Sums: Sendable, Equatable {
        package private(set) var count = 0
        /// Cosines, then sines.
        package private(set) var values: [Double]

        fileprivate init(features: Int) { values = [Double](repeating: 0, count: 2 * features) }

        fileprivate mutating func add(_ phase: Double, at feature: Int) {
            values[feature] += cos(phase)
            values[values.count / 2 + feature] += sin(phase)
        }

        fileprivate mutating func countOne() { count += 1 }

        package mutating func merge(_ other: Self) {
            count += other.count
            for index in values.indices { values[index] += other.values[index] }
        }
    }

    /// - Returns: `nil` without dimensions, features or a positive bandwidth.
    package init?(
        dimension: Int, features: Int = 256, squaredBandwidth: Double, using random: inout some RandomNumberGenerator
    ) {
        guard dimension > 0, features > 0, squaredBandwidth > 0, squaredBandwidth.isFinite else { return nil }
        self.dimension = dimension
        self.features = features
        let scale = 1 / squaredBandwidth.squareRoot()
        frequencies = (0..<(dimension * features)).map { _ in
            StandardNormal.quantile(Double.random(in: 0x1p-53..<1, using: &random)) * scale
        }
    }

    package var empty: Sums { Sums(features: features) }

    /// Adds one vector to sums; false, and no change, where it has another dimension or a number that is not finite.
    package func add(_ vector: [Double], to sums: inout Sums) -> Bool {
        guard vector.count == dimension, vector.allSatisfy(\.isFinite) else { return false }
        for feature in 0..<features {
            var phase = 0.0
            for index in 0..<dimension { phase += frequencies[feature * dimension + index] * vector[index] }
            sums.add(phase, at: feature)
        }
        sums.countOne()
        return true
    }

    /// The squared discrepancy, biased: without a change its mean is about (1 − mean kernel) · (1/n + 1/m), not 0.
    ///
    /// - Returns: `nil` where a side has no vectors.
    package func squaredDiscrepancy(_ reference: Sums, _ current: Sums) -> Double? {
        guard reference.count > 0, current.count > 0 else { return nil }
        let (n, m) = (Double(reference.count), Double(current.count))
        return zip(reference.values, current.values).reduce(0) {
            let difference = $1.0 / n - $1.1 / m
            return $0 + difference * difference
        } / Double(features)
    }
}
