#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether a new version does harm: one-sided, and valid however often it is asked while the counts grow.
///
/// - Assumption: requests are independent given the version that served them, and are attributed to it when they are
///   routed.
/// - Range: any counts. The chance of ever calling a version harmful that is within its margin is at most `alpha`:
///   exactly for rates, from ``leastForMeans`` values on for means.
/// - When not to use: to show that a version is better.
/// - Reference: ``RateMixture`` and ``NormalMixture``; the error is shared between the bound of the stable version and
///   the evidence of the new one (Bonferroni).
package struct HarmTest: Sendable {
    private let alpha: Double
    private let rates: RateMixture

    /// Fewer values than this are no ground for a statement about a mean.
    package static let leastForMeans = 100.0
    /// Where the bounds are tightest: a canary should be judged within some hundred requests.
    private static let tunedFor = 400.0

    /// - Parameter alpha: above 0 and below ½.
    package init(alpha: Double) {
        self.alpha = alpha
        rates = RateMixture(optimalAt: Self.tunedFor, alpha: alpha / 2, sides: .one)
    }

    /// Whether the rate of the new version is above `limit`.
    package func isAbove(hits: Double, trials: Double, limit: Double) -> Bool {
        guard trials > 0, limit < 1, hits > limit * trials else { return false }
        guard limit > 0 else { return hits > 0 }
        return rates.logEValue(hits: hits, trials: trials, rate: limit) >= -log(alpha)
    }

    /// Whether the rate of the new version is above `ratio` times the stable one's plus `margin`.
    package func isAbove(
        hits: Double, trials: Double, stableHits: Double, stableTrials: Double, ratio: Double, margin: Double
    ) -> Bool {
        guard trials > 0, stableTrials > 0 else { return false }
        // The bound of the stable version costs the most to find, so what cannot fail anyway is settled before.
        let likely = stableHits / stableTrials * ratio + margin
        guard hits > likely * trials else { return false }
        let upper = rates.upperBound(hits: stableHits, trials: stableTrials, alpha: alpha / 2)
        let limit = upper * ratio + margin
        guard limit < 1, hits > limit * trials else { return false }
        return rates.logEValue(hits: hits, trials: trials, rate: limit) >= -log(alpha / 2)
    }

    /// Whether the mean of the new version is above `ratio` times the stable one's plus `margin`.
    package func isAbove(_ new: ArmMoments, stable: ArmMoments, ratio: Double, margin: Double) -> Bool {
        guard new.count >= Self.leastForMeans, stable.count >= Self.leastForMeans,
            let effect = MeanEffect(control: stable, treatment: new, ratio: ratio, margin: margin)
        else { return false }
        return effect.estimate > 0 && effect.pValueAbove(alpha: alpha, optimalAt: 2 * Self.tunedFor) <= alpha
    }

    /// Whether the mean of the new version is above `limit`.
    package func isAbove(_ new: ArmMoments, limit: Double) -> Bool {
        guard new.count >= Self.leastForMeans, let effect = MeanEffect(of: new, beyond: limit) else { return false }
        return effect.estimate > 0 && effect.pValueAbove(alpha: alpha, optimalAt: Self.tunedFor) <= alpha
    }
}
