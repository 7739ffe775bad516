import StewardModel
import StewardPolicy
import StewardStatistics

/// Made-up requests to the two versions of a simulated rollout, and what a guard would count of them.
struct SimulatedTraffic {
    /// What one guard sees of one version: a share of bad requests, or values around a mean.
    private enum Source {
        case share(Double)
        case mean(Double)
    }

    private let sources: [(canary: Source, stable: Source)]
    /// Equally likely values with a mean of 1, for guards on means: most requests are cheap and fast, a few are not.
    private let levels: [Double]
    private var generator: SplitMix64
    private var tables: [Key: AliasTable] = [:]

    private struct Key: Hashable {
        var trials: Int64
        var rate: Double
    }

    private static let levelBits = 10

    /// - Parameter harmed: the metric that the new version is worse in; it is as good in all others.
    init(_ scenario: RolloutSimulation.Scenario, harmed: Metric, _ guards: [RolloutGuard]) {
        sources = guards.map { rule in
            let canary = rule.metric == harmed ? scenario.canaryRate : scenario.stableRate
            switch rule.metric.shape {
            case .mean: return (.mean(canary), .mean(scenario.stableRate))
            // By definition this share of the stable version's requests is beyond its own quantile.
            case .quantile(let q): return (.share(rule.metric == harmed ? scenario.canaryRate : 1 - q), .share(1 - q))
            case .rate, .count: return (.share(canary), .share(scenario.stableRate))
            }
        }
        levels = LogNormal.levels(spread: scenario.spread, count: 1 << Self.levelBits)
        generator = SplitMix64(seed: scenario.seed)
    }

    /// About as many as expected: the whole part, and one more with the chance of the rest.
    mutating func count(_ expected: Double) -> Int64 {
        let whole = expected.rounded(.down)
        return Int64(whole) + (generator.unit() < expected - whole ? 1 : 0)
    }

    /// What a guard counts of so many requests to each version.
    mutating func measure(_ index: Int, canary: Int64, stable: Int64) -> (canary: Tally, stable: Tally) {
        let source = sources[index]
        return (tally(source.canary, canary), tally(source.stable, stable))
    }

    private mutating func tally(_ source: Source, _ requests: Int64) -> Tally {
        switch source {
        case .share(let rate): return Tally(hits: hits(requests, rate), trials: requests)
        case .mean(let mean):
            var tally = Tally(count: requests)
            for _ in 0..<requests {
                let value = mean * levels[Int(generator.next() >> UInt64(64 - Self.levelBits))]
                tally.sum += value
                tally.squares += value * value
            }
            return tally
        }
    }

    private mutating func hits(_ trials: Int64, _ rate: Double) -> Int64 {
        if trials == 0 || rate <= 0 { return 0 }
        let key = Key(trials: trials, rate: rate)
        if let table = tables[key] { return Int64(table.draw(&generator)) }
        let table = AliasTable(binomial: Int(trials), rate: rate)
        tables[key] = table
        return Int64(table.draw(&generator))
    }
}
