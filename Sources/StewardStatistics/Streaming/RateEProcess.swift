#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Evidence that a rate lies outside a range, which may be watched for ever: under any rate inside the range the chance
/// that the evidence ever reaches 1/α is at most α.
///
/// The e-value is the likelihood of the trials under a Beta(½, ½) mixture of rates, over their likelihood under the
/// best rate within the range.
///
/// - Assumption: trials are independent given the rate. With the range taken from a baseline's interval at confidence
///   1 − α/2 and an alarm at 2/α, "current and baseline have the same rate" is refused wrongly at most with chance α.
/// - Range: rates within 0…1; any number of trials at a time. Two counts of memory.
/// - When not to use: to find a change quickly after a long time without one: the evidence of the old rate must first
///   be outweighed. Restart at every release or day and share α out, or use ``BernoulliCUSUM``.
/// - Reference: H. Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm", Ann. Math. Stat. 41(5),
///   1970; J. Ville, 1939, for the inequality; A. Ramdas et al., "Game-Theoretic Statistics and Safe Anytime-Valid
///   Inference", Statistical Science 38(4), 2023.
package struct RateEProcess: Sendable {
    private let nullRates: ClosedRange<Double>
    package private(set) var successes: Int64 = 0
    package private(set) var trials: Int64 = 0
    private var largestLogEValue = 0.0

    /// - Parameter nullRates: the rates that are no finding; `nil` comes back where it reaches beyond 0…1.
    package init?(nullRates: ClosedRange<Double>) {
        guard nullRates.lowerBound >= 0, nullRates.upperBound <= 1 else { return nil }
        self.nullRates = nullRates
    }

    /// Takes the outcomes of the next trials; returns `false`, and does nothing, unless 0 ≤ successes ≤ trials.
    @discardableResult
    package mutating func add(successes added: Int64, trials addedTrials: Int64) -> Bool {
        guard addedTrials >= 0, (0...addedTrials).contains(added) else { return false }
        successes += added
        trials += addedTrials
        largestLogEValue = max(largestLogEValue, logEValue)
        return true
    }

    /// The natural logarithm of the e-value now.
    package var logEValue: Double {
        Self.logEValue(successes: successes, trials: trials, nullRates: nullRates)
    }

    /// The natural logarithm of the e-value of so many successes in so many trials.
    ///
    /// - Parameter nullRates: within 0…1.
    package static func logEValue(successes: Int64, trials: Int64, nullRates: ClosedRange<Double>) -> Double {
        let (hits, misses) = (Double(successes), Double(trials - successes))
        let mixture =
            LogGamma.value(hits + 0.5) + LogGamma.value(misses + 0.5) - LogGamma.value(hits + misses + 1)
            - log(Double.pi)
        let share = trials == 0 ? nullRates.lowerBound : hits / (hits + misses)
        let rate = min(max(share, nullRates.lowerBound), nullRates.upperBound)
        return mixture - term(hits, rate) - term(misses, 1 - rate)
    }

    /// A p-value that holds at every moment: one over the largest e-value so far, at most 1.
    package var pValue: Double { min(1, exp(-largestLogEValue)) }

    /// n ln p, where no trials weigh nothing whatever the chance.
    private static func term(_ count: Double, _ chance: Double) -> Double { count == 0 ? 0 : count * log(chance) }
}
