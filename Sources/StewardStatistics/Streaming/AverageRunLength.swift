#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Average run lengths of control charts over independent standard normal values: how many values pass, on average,
/// between two false alarms. Limits are found from them, so that an alarm rate can be asked for.
///
/// - Assumption: values are independent and standard normal while nothing changes. Estimated means and deviations,
///   heavy tails and serial dependence all shorten the true run length.
/// - Range: run lengths from 2 to 10⁹; reference values and smoothing as said below. The integral equations are solved
///   on 64 Gauss–Legendre nodes, with a relative error below 10⁻⁴.
/// - When not to use: for counts and shares; see ``BernoulliCUSUM``.
/// - Reference: E. S. Page, Biometrika 41, 1954, and D. Brook, D. A. Evans, Biometrika 59(3), 1972, for CUSUM;
///   S. V. Crowder, Technometrics 29(4), 1987, and J. M. Lucas, M. S. Saccucci, Technometrics 32(1), 1990, for EWMA.
package enum AverageRunLength {
    /// Of the two-sided CUSUM with the given reference value k and limit h, both in standard deviations.
    ///
    /// - Parameters:
    ///   - reference: above 0, to 3.
    ///   - shift: the true mean of the values; 0 gives the mean time between false alarms.
    package static func cusum(reference: Double, limit: Double, shift: Double = 0) -> Double {
        let rising = oneSidedCUSUM(reference: reference - shift, limit: limit)
        let falling = oneSidedCUSUM(reference: reference + shift, limit: limit)
        // J. O. Kemp's rule for two sides that never alarm together.
        return 1 / (1 / rising + 1 / falling)
    }

    /// The limit h of the two-sided CUSUM with one false alarm in `values` values on average.
    package static func cusumLimit(reference: Double, values: Double) -> Double {
        bisect(0.05, 60, values) { cusum(reference: reference, limit: $0) }
    }

    /// Of the EWMA chart with the given smoothing λ that alarms beyond `limit` of its own asymptotic deviations.
    ///
    /// - Parameter smoothing: 0.02…1.
    package static func ewma(smoothing: Double, limit: Double, shift: Double = 0) -> Double {
        let bound = limit * (smoothing / (2 - smoothing)).squareRoot()
        let nodes = GaussLegendre.nodes.map { $0 * bound }
        let lengths = solve(nodes: nodes, weights: GaussLegendre.weights.map { $0 * bound / smoothing }) { from, to in
            density((to - (1 - smoothing) * from) / smoothing - shift)
        }
        var length = 1.0
        for index in nodes.indices {
            let weight = GaussLegendre.weights[index] * bound / smoothing
            length += weight * lengths[index] * density(nodes[index] / smoothing - shift)
        }
        return length
    }

    /// The limit L of the EWMA chart with one false alarm in `values` values on average.
    package static func ewmaLimit(smoothing: Double, values: Double) -> Double {
        bisect(0.1, 7, values) { ewma(smoothing: smoothing, limit: $0) }
    }

    // MARK: - Integral equations

    /// L(0) of L(s) = 1 + L(0) Φ(k − s) + ∫₀ʰ L(y) φ(y + k − s) dy: the sum sticks at 0 or lands inside.
    private static func oneSidedCUSUM(reference k: Double, limit h: Double) -> Double {
        let nodes = GaussLegendre.nodes.map { ($0 + 1) * h / 2 }
        let weights = GaussLegendre.weights.map { $0 * h / 2 }
        // 0 is a node of its own: the atom of the sum's distribution.
        let lengths = solve(nodes: nodes + [0], weights: weights + [1]) { from, to in
            to == 0 ? erfc((from - k) / 2.0.squareRoot()) / 2 : density(to + k - from)
        }
        return lengths[nodes.count]
    }

    private static func density(_ z: Double) -> Double { exp(-z * z / 2) / (2 * Double.pi).squareRoot() }

    /// Solves L(i) = 1 + Σⱼ weight(j) kernel(i, j) L(j) by elimination with row exchanges.
    private static func solve(
        nodes: [Double], weights: [Double], kernel: (Double, Double) -> Double
    ) -> [Double] {
        let size = nodes.count
        var matrix = nodes.map { from in
            nodes.indices.map { -weights[$0] * kernel(from, nodes[$0]) } + [1.0]
        }
        for index in 0..<size { matrix[index][index] += 1 }
        for column in 0..<size {
            let pivot = (column..<size).max { abs(matrix[$0][column]) < abs(matrix[$1][column]) } ?? column
            matrix.swapAt(pivot, column)
            let pivotRow = matrix[column]
            for row in column + 1..<max(size, column + 1) {
                let factor = matrix[row][column] / pivotRow[column]
                guard factor != 0 else { continue }
                for index in column...size { matrix[row][index] -= factor * pivotRow[index] }
            }
        }
        var solution = Array(repeating: 0.0, count: size)
        for row in (0..<size).reversed() {
            var value = matrix[row][size]
            for index in row + 1..<max(size, row + 1) { value -= matrix[row][index] * solution[index] }
            solution[row] = value / matrix[row][row]
        }
        return solution
    }

    /// Run lengths grow about exponentially with the limit, hence the comparison of logarithms needs few steps.
    private static func bisect(_ low: Double, _ high: Double, _ target: Double, _ length: (Double) -> Double) -> Double
    {
        var (low, high) = (low, high)
        while high - low > 1e-7 * high {
            let middle = (low + high) / 2
            let value = length(middle)
            // Beyond what doubles resolve the system turns singular: far above any target.
            if value > 0, value < target { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
