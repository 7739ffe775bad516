#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is believed of an arm's mean after its observations.
package struct ArmBelief: Sendable, Equatable {
    package var mean: Double
    package var deviation: Double
    /// Whether the mean is that of outcomes of 0 or 1.
    package var isRate: Bool

    package init(mean: Double, deviation: Double, isRate: Bool) {
        self.mean = mean
        self.deviation = deviation
        self.isRate = isRate
    }

    /// From an arm's observations in spans in which all arms had constant shares, each weighted by what all arms
    /// observed in it, so that no arm is believed better for having been asked in better times. Rates begin as likely
    /// anywhere from 0 to 1.
    ///
    /// - Parameter periods: of the arm, with the weight of the span, above 0.
    /// - Returns: `nil` where a span has too few observations to say anything.
    package init?(periods: [(moments: ArmMoments, weight: Double)], isRate: Bool) {
        let total = periods.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var (mean, variance) = (0.0, 0.0)
        for (moments, weight) in periods {
            let share = weight / total
            if isRate {
                let rate = (moments.mean * moments.count + 1) / (moments.count + 2)
                mean += share * rate
                variance += share * share * rate * (1 - rate) / (moments.count + 3)
            } else {
                guard moments.count > 1 else { return nil }
                mean += share * moments.mean
                variance += share * share * moments.variance / moments.count
            }
        }
        guard mean.isFinite, variance.isFinite else { return nil }
        self.init(mean: mean, deviation: variance.squareRoot(), isRate: isRate)
    }

    fileprivate func draw(_ generator: inout some RandomNumberGenerator) -> Double {
        let variance = deviation * deviation
        guard isRate, mean > 0, mean < 1, variance > 0, variance < mean * (1 - mean) else {
            return mean + deviation * ThompsonSampling.normal(&generator)
        }
        // The beta distribution of this mean and variance: exactly the posterior where there is one span.
        let size = mean * (1 - mean) / variance - 1
        let hits = ThompsonSampling.gamma(mean * size, &generator)
        return hits / (hits + ThompsonSampling.gamma((1 - mean) * size, &generator))
    }
}

/// Shares of the traffic by the chance that each arm is the best.
///
/// - Assumption: observations of an arm are independent with the same mean in each span, up to a change that all arms
///   share.
/// - Range: two or more arms; the floor is below 1 / arms.
/// - When not to use: to say which arm is better; weights that follow the outcome lengthen the way to a verdict.
/// - Reference: W. R. Thompson, Biometrika 25, 1933; S. L. Scott, "A modern Bayesian look at the multi-armed bandit",
///   Applied Stochastic Models in Business and Industry 26(6), 2010 (shares by the chance of being best); G. Marsaglia,
///   W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000.
package enum ThompsonSampling {
    /// The chance of each arm of being the best, from `draws` draws.
    package static func chances(
        _ beliefs: [ArmBelief], lowerIsBetter: Bool, draws: Int, _ generator: inout some RandomNumberGenerator
    ) -> [Double] {
        var wins = [Int](repeating: 0, count: beliefs.count)
        for _ in 0..<draws {
            var best: (index: Int, value: Double)?
            for (index, belief) in beliefs.enumerated() {
                let value = lowerIsBetter ? -belief.draw(&generator) : belief.draw(&generator)
                if best.map({ value > $0.value }) ?? true { best = (index, value) }
            }
            if let best { wins[best.index] += 1 }
        }
        return wins.map { Double($0) / Double(max(draws, 1)) }
    }

    /// Whole weights of the sum `total`, none of them below the floor: what it leaves is shared by the chances, by
    /// largest remainder.
    ///
    /// - Parameters:
    ///   - chances: at least 0; what they add up to does not matter.
    ///   - floor: of the total, for each arm; at least 0, and below 1 / arms.
    package static func weights(_ chances: [Double], floor: Double, total: Int64) -> [Int64] {
        let least = Int64((floor * Double(total)).rounded(.up))
        let free = total - least * Int64(chances.count)
        let sum = chances.reduce(0, +)
        guard free > 0, sum > 0 else { return chances.map { _ in total / Int64(max(chances.count, 1)) } }
        let shares = chances.map { $0 / sum * Double(free) }
        var weights = shares.map { least + Int64($0.rounded(.down)) }
        let order = shares.indices.sorted {
            (shares[$0] - shares[$0].rounded(.down), $1) > (shares[$1] - shares[$1].rounded(.down), $0)
        }
        for index in order.prefix(Int(total - weights.reduce(0, +))) { weights[index] += 1 }
        return weights
    }

    private static func unit(_ generator: inout some RandomNumberGenerator) -> Double {
        (Double(generator.next() >> 11) + 0.5) * 0x1p-53
    }

    fileprivate static func normal(_ generator: inout some RandomNumberGenerator) -> Double {
        StandardNormal.quantile(unit(&generator))
    }

    /// Of the given shape, above 0, and scale 1.
    fileprivate static func gamma(_ shape: Double, _ generator: inout some RandomNumberGenerator) -> Double {
        if shape < 1 { return gamma(shape + 1, &generator) * pow(unit(&generator), 1 / shape) }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal(&generator)
            let v = 1 + c * x
            guard v > 0 else { continue }
            let cube = v * v * v
            if log(unit(&generator)) < 0.5 * x * x + d * (1 - cube + log(cube)) { return d * cube }
        }
    }
}
