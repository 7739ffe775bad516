/// What a span of days ahead will sum to, from complete days behind: a mean for each day of the week, and an interval
/// for the sum of new days, which has their own spread and that of the means.
///
/// - Assumption: days of one weekday are exchangeable and independent around their mean. Trends and holidays are not
///   modelled, so the interval is too narrow where traffic grows.
/// - Range: at least ``minimumDays`` days; with fewer than 14 all weekdays share one mean.
/// - When not to use: for spend that one batch a month makes.
/// - Reference: prediction interval of a cell-means model, Montgomery and Runger, Applied Statistics, chapter 13.
package struct SpendForecast: Sendable, Equatable {
    package static let minimumDays = 7

    package var mean: Double
    package var lower: Double
    package var upper: Double
    /// Days the forecast rests on.
    package var days: Int

    /// - Parameters:
    ///   - history: one value a complete day, oldest first, the last right before the days ahead; finite.
    ///   - ahead: how many days; 0 gives 0.
    ///   - confidence: between 0 and 1.
    /// - Returns: `nil` with too little history, or with values that are not finite.
    package init?(history: [Double], ahead: Int, confidence: Double = 0.95) {
        guard history.count >= Self.minimumDays, ahead >= 0, confidence > 0, confidence < 1,
            history.allSatisfy(\.isFinite)
        else { return nil }
        days = history.count
        let period = history.count >= 14 ? 7 : 1
        var sums = [Double](repeating: 0, count: period)
        var counts = [Double](repeating: 0, count: period)
        // Aligned at the end: the first day ahead has the phase of `history.count`.
        for (index, value) in history.enumerated() {
            sums[index % period] += value
            counts[index % period] += 1
        }
        let means = zip(sums, counts).map { $0 / $1 }
        let residual = history.enumerated().reduce(0.0) { sum, day in
            let difference = day.element - means[day.offset % period]
            return sum + difference * difference
        }
        let freedom = Double(history.count - period)
        let variance = residual / freedom
        var uses = [Double](repeating: 0, count: period)
        for day in 0..<ahead { uses[(history.count + day) % period] += 1 }
        mean = zip(uses, means).reduce(0) { $0 + $1.0 * $1.1 }
        let spread = zip(uses, counts).reduce(Double(ahead)) { $0 + $1.0 * $1.0 / $1.1 }
        let half = Self.quantile(confidence, freedom) * (variance * spread).squareRoot()
        lower = max(0, mean - half)
        upper = mean + half
    }

    /// The two-sided quantile of Student's t: the point beyond which `1 − confidence` lies on both sides.
    private static func quantile(_ confidence: Double, _ freedom: Double) -> Double {
        var (low, high) = (0.0, 1e6)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if StudentT.bothTails(middle, degreesOfFreedom: freedom) > 1 - confidence {
                low = middle
            } else {
                high = middle
            }
        }
        return (low + high) / 2
    }
}
