#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The squared maximum mean discrepancy of two sets of vectors under a Gaussian kernel, exp(−‖x − y‖² / 2s²).
///
/// - Assumption: independent draws.
/// - Null: both sets come from one distribution.
/// - Range: biased 0…2; unbiased about 0 without a change, also below it.
/// - When not to use: beyond a few thousand vectors: cost and memory grow with the square of their number. There the
///   sums of ``RandomFourierFeatures`` do.
/// - Reference: A. Gretton et al., "A Kernel Two-Sample Test", JMLR 13, 2012, 723–773.
package struct MaximumMeanDiscrepancy: Sendable {
    /// s²: half the median of all pairwise squared distances of the pooled vectors.
    package let squaredBandwidth: Double
    /// With every vector's pair with itself.
    package let biased: Double
    /// Without.
    package let unbiased: Double
    private let n: Int
    private let m: Int
    /// Kernel values of all pairs, row by row.
    private let kernel: [Double]

    /// The most vectors of both sets together.
    package static let mostVectors = 4000

    /// - Parameters: vectors of one dimension each, all the same.
    /// - Returns: `nil` with fewer than two vectors a side, more than ``mostVectors``, unequal dimensions, numbers that
    ///   are not finite, or where half of all pairs are equal, which leaves no bandwidth.
    package init?(reference: [[Double]], current: [[Double]]) {
        let vectors = reference + current
        let count = vectors.count
        guard reference.count > 1, current.count > 1, count <= Self.mostVectors, let dimension = vectors.first?.count,
            vectors.allSatisfy({ $0.count == dimension && $0.allSatisfy(\.isFinite) })
        else { return nil }
        var distances: [Double] = []
        distances.reserveCapacity(count * (count - 1) / 2)
        for i in 0..<count {
            for j in (i + 1)..<count {
                distances.append(zip(vectors[i], vectors[j]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
            }
        }
        let sorted = SortedSample(distances)
        let middle = sorted.count / 2
        let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        guard median > 0, median.isFinite else { return nil }
        var kernel = [Double](repeating: 1, count: count * count)
        var next = 0
        for i in 0..<count {
            for j in (i + 1)..<count {
                // 2 s² is the median.
                let value = exp(-distances[next] / median)
                kernel[i * count + j] = value
                kernel[j * count + i] = value
                next += 1
            }
        }
        (n, m) = (reference.count, current.count)
        squaredBandwidth = median / 2
        self.kernel = kernel
        let sums = Self.sums(kernel, Array(0..<count), n)
        let (a, b) = (Double(n), Double(m))
        biased = max(0, (sums.first + a) / (a * a) + (sums.second + b) / (b * b) - 2 * sums.between / (a * b))
        unbiased = Self.unbiased(sums, n, m)
    }

    /// The share of splits of the pool with an unbiased statistic at least as large, by `permutations` random splits;
    /// the split at hand counts as one, so it is never 0.
    package func pValue(permutations: Int = 2000, using random: inout some RandomNumberGenerator) -> Double {
        var order = Array(0..<(n + m))
        var reached = 1
        for _ in 0..<permutations {
            order.shuffle(using: &random)
            // Sums in another order differ in the last digits; a tie must count as one.
            let permuted = Self.unbiased(Self.sums(kernel, order, n), n, m)
            if permuted >= unbiased - 1e-12 { reached += 1 }
        }
        return Double(reached) / Double(permutations + 1)
    }

    /// Kernel sums over pairs of different vectors within the first n of an order, within the others, and between.
    private static func sums(
        _ kernel: [Double], _ order: [Int], _ n: Int
    ) -> (first: Double, second: Double, between: Double) {
        let count = order.count
        var (first, second, between) = (0.0, 0.0, 0.0)
        for i in 0..<count {
            let row = order[i] * count
            var (left, right) = (0.0, 0.0)
            for j in 0..<min(i, n) { left += kernel[row + order[j]] }
            if i < n {
                first += left
            } else {
                for j in n..<i { right += kernel[row + order[j]] }
                between += left
                second += right
            }
        }
        return (2 * first, 2 * second, between)
    }

    private static func unbiased(_ sums: (first: Double, second: Double, between: Double), _ n: Int, _ m: Int) -> Double
    {
        let (a, b) = (Double(n), Double(m))
        return sums.first / (a * (a - 1)) + sums.second / (b * (b - 1)) - 2 * sums.between / (a * b)
    }
}
