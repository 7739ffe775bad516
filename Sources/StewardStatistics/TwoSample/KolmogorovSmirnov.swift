/// The two-sample Kolmogorov–Smirnov test: the largest distance of two distribution functions.
///
/// - Assumption: independent draws. Ties are allowed and make it conservative.
/// - Null: both samples come from one distribution.
/// - Range: statistic 0…1; p-values 0…1.
/// - When not to use: alone, for tails, where it hardly looks; or as a size of change in large samples, where any
///   difference is significant.
/// - Reference: N. V. Smirnov, Annals of Mathematical Statistics 19(2), 1948, doi:10.1214/aoms/1177730256.
package struct KolmogorovSmirnov: Sendable, Equatable {
    /// D.
    package let statistic: Double
    /// The value at which the distance is largest.
    package let location: Double
    /// D · n · m, an integer.
    private let scaled: Int
    private let n: Int
    private let m: Int

    /// Beyond this many values on a side the exact p-value is not computed.
    package static let mostForExact = 10_000

    package init(_ sample: PooledSample) {
        (n, m) = (sample.referenceCount, sample.currentCount)
        var (largest, place) = (0, 0)
        for index in sample.values.indices {
            let ahead = sample.referenceThrough[index] * m - sample.currentThrough[index] * n
            if abs(ahead) > largest { (largest, place) = (abs(ahead), index) }
        }
        scaled = largest
        statistic = Double(largest) / (Double(n) * Double(m))
        location = sample.values[place]
    }

    /// From the distribution of one sample of the size n·m/(n + m), rounded to even: as scipy 1.17.1 `method="asymp"`.
    package var asymptoticPValue: Double {
        let size = (Double(n) * Double(m) / Double(n + m)).rounded(.toNearestOrEven)
        return KolmogorovDistribution.tail(statistic, count: max(1, Int(size)))
    }

    /// From the limit law; too large in small samples.
    package var limitPValue: Double {
        KolmogorovLimit.tail(statistic * (Double(n) * Double(m) / Double(n + m)).squareRoot())
    }

    /// The share of all orders of the pooled values with a distance at least as large; `nil` where a side has more than
    /// ``mostForExact`` values.
    ///
    /// - Assumption: no ties; with them it is an upper bound.
    /// - Reference: J. L. Hodges, "The Significance Probability of the Smirnov Two-Sample Test", Arkiv för Matematik
    ///   3(43), 1958, doi:10.1007/BF02589501.
    package var exactPValue: Double? {
        guard max(n, m) <= Self.mostForExact else { return nil }
        if scaled == 0 { return 1 }
        return n == m ? Self.reflected(n, steps: scaled / n) : Self.counted(n, m, scaled)
    }

    /// The exact p-value where there is one, else the asymptotic one.
    package var pValue: Double { exactPValue ?? asymptoticPValue }

    /// Equal sizes: paths that leave a band around the diagonal, by reflection at its two sides.
    private static func reflected(_ n: Int, steps: Int) -> Double {
        let all = SaddlePoint.binomial(Double(n), Double(n), p: 0.5, q: 0.5)
        var (sum, sign, apart) = (0.0, 2.0, steps)
        while apart <= n {
            let term = SaddlePoint.binomial(Double(n - apart), Double(n + apart), p: 0.5, q: 0.5) / all
            sum += sign * term
            if term < 1e-18 * sum { break }
            sign = -sign
            apart += steps
        }
        return min(1, max(0, sum))
    }

    /// Unequal sizes: the chance that a random lattice path from (0, 0) to (n, m) touches the outside of the band,
    /// a column at a time. The path comes to (i, j) from the left in i of i + j cases. Sums of positive terms only.
    private static func counted(_ first: Int, _ second: Int, _ scaled: Int) -> Double {
        let (n, m) = (max(first, second), min(first, second))
        let shares = (0...(n + m)).map { $0 == 0 ? 0 : 1 / Double($0) }
        /// Rows j of column i inside the band: |i·m − j·n| < scaled.
        func band(_ i: Int) -> ClosedRange<Int>? {
            let low = i * m - scaled < 0 ? 0 : (i * m - scaled) / n + 1
            let high = min(m, (i * m + scaled - 1) / n)
            return low <= high ? low...high : nil
        }
        // Rows above the band are still 1 from here; rows below it are not read again.
        var outside = [Double](repeating: 1, count: m + 1)
        for i in 0...n {
            guard let rows = band(i) else { return 1 }
            var below = rows.lowerBound == 0 ? 0 : 1.0
            for j in rows {
                let fromLeft = i == 0 ? 0 : outside[j] * Double(i)
                below = (fromLeft + below * Double(j)) * shares[i + j]
                outside[j] = below
            }
        }
        return min(1, outside[m])
    }
}
