#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Evidence about a rate from counts of hits and trials, exact at every sample size, however often one looks.
///
/// - Assumption: trials are independent given the rate, or the terms lie within 0…1 and have the same conditional mean.
/// - Range: rates strictly between 0 and 1; any number of trials.
/// - When not to use: for values without bounds; ``NormalMixture`` is for those.
/// - Reference: S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic
///   confidence sequences", Annals of Statistics 49(2), 2021, propositions 7 and 8 (beta-binomial mixture).
package struct RateMixture: Sendable {
    private let sides: Sides
    private let trials: Double
    private let alpha: Double

    /// - Parameters:
    ///   - trials: where the bounds are to be tightest, above 0; any choice made beforehand is valid.
    ///   - alpha: the error for which it is tuned; above 0 and below 1, or below ½ for one side.
    package init(optimalAt trials: Double, alpha: Double, sides: Sides) {
        self.sides = sides
        self.trials = trials
        self.alpha = alpha
    }

    /// The natural logarithm of the evidence against `rate` (one side: for a rate above it).
    package func logEValue(hits: Double, trials: Double, rate: Double) -> Double {
        let misses = trials - hits
        let variance = rate * (1 - rate)
        let level = -2 * log(sides == .two ? alpha : 2 * alpha)
        let weight = max(variance * self.trials / (level + log(1 + level)) - variance, 1e-3 * variance)
        // The mixture's prior counts of misses and hits, whose mean is the rate under judgement.
        let (priorMisses, priorHits) = (weight / rate, weight / (1 - rate))
        return logBeta(priorMisses + misses, priorHits + hits, 1 - rate) - logBeta(priorMisses, priorHits, 1 - rate)
            - term(hits, rate) - term(misses, 1 - rate)
    }

    /// ln of the beta function; of its part below `limit` for one side.
    private func logBeta(_ a: Double, _ b: Double, _ limit: Double) -> Double {
        let whole = LogGamma.value(a) + LogGamma.value(b) - LogGamma.value(a + b)
        return sides == .two ? whole : whole + log(IncompleteBeta.lowerTail(limit, a, b))
    }

    private func term(_ count: Double, _ chance: Double) -> Double { count == 0 ? 0 : count * log(chance) }
}

extension RateMixture {
    /// The rates that are not refuted at the error `alpha`: with ``Sides/two`` all of them, at all times together.
    package func interval(hits: Double, trials: Double, alpha: Double) -> ConfidenceInterval {
        ConfidenceInterval(
            lower: lowerBound(hits: hits, trials: trials, alpha: alpha),
            upper: upperBound(hits: hits, trials: trials, alpha: alpha))
    }

    /// Below this, all rates are refuted; 0 without trials.
    package func lowerBound(hits: Double, trials: Double, alpha: Double) -> Double {
        guard trials > 0, hits > 0 else { return 0 }
        let needed = -log(alpha)
        return Bisection.root(below: hits / trials, above: 0) { rate in
            rate <= 0 ? 1 : rate >= 1 ? -1 : logEValue(hits: hits, trials: trials, rate: rate) - needed
        }
    }

    /// Above this, all rates are refuted; 1 without trials. For one side that is the bound of the misses, mirrored.
    package func upperBound(hits: Double, trials: Double, alpha: Double) -> Double {
        guard trials > 0, hits < trials else { return 1 }
        if sides == .one { return 1 - lowerBound(hits: trials - hits, trials: trials, alpha: alpha) }
        let needed = -log(alpha)
        return Bisection.root(below: hits / trials, above: 1) { rate in
            rate >= 1 ? 1 : rate <= 0 ? -1 : logEValue(hits: hits, trials: trials, rate: rate) - needed
        }
    }
}
