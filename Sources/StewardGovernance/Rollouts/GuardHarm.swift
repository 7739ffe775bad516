import StewardModel
import StewardPolicy
import StewardStatistics

extension RolloutGuard {
    /// Whether the new version does harm by this guard: above what is allowed, or below it where less is worse.
    ///
    /// - Parameters:
    ///   - new: of a quantile, how many requests lie beyond the threshold.
    ///   - stable: what it is compared with; not looked at for an absolute limit.
    func isHarmful(_ new: Tally, _ stable: Tally, _ test: HarmTest) -> Bool {
        let sign: (Tally) -> ArmMoments = { ArmMoments(metric.isWorseBelow ? $0.negated : $0) }
        switch (metric.shape, limit) {
        case (.count, _): return false
        case (.quantile, _):
            return test.isAbove(hits: new.sum, trials: Double(new.count), limit: metric.shape.shareBeyond ?? 1)
        case (.rate, .absolute(let limit)):
            return test.isAbove(hits: new.sum, trials: Double(new.count), limit: limit)
        case (.rate, .stable(let ratio, let difference)):
            return test.isAbove(
                hits: new.sum, trials: Double(new.count), stableHits: stable.sum,
                stableTrials: Double(stable.count), ratio: ratio, margin: difference)
        case (.mean, .absolute(let limit)): return test.isAbove(sign(new), limit: metric.isWorseBelow ? -limit : limit)
        case (.mean, .stable(let ratio, let difference)):
            return test.isAbove(sign(new), stable: sign(stable), ratio: ratio, margin: difference)
        }
    }

    /// What the value is held against, as it stands now; `nil` where the stable version has nothing to compare with.
    func bound(_ stable: Tally) -> Double? {
        if let share = metric.shape.shareBeyond { return share }
        switch limit {
        case .absolute(let limit): return limit
        case .stable(let ratio, let difference):
            return stable.mean.map { $0 * ratio + (metric.isWorseBelow ? -difference : difference) }
        }
    }
}

extension Metric.Shape {
    /// What share of the requests may be above a quantile, as people write it: of 0.95 it is 0.05, and no bit more.
    var shareBeyond: Double? {
        if case .quantile(let q) = self { (1e6 - q * 1e6).rounded() / 1e6 } else { nil }
    }
}
