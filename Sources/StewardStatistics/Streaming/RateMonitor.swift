#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds a rate of rare events that rose above what is usual at this hour, from a count of successes and trials at a
/// time: a cumulative sum of log-likelihood ratios, with a guaranteed bound on false alarms.
///
/// The usual rate is the upper end of what the past allows, the larger of the rate over about a week and the level of
/// this hour; the rate to be found is twice that, or two in a hundred more. Under every sequence of true rates at or
/// below the usual ones, the mean number of looks between false alarms is at least e^limit. After an alarm it waits
/// until the same evidence speaks for the usual rate again, or a day has passed: then the new rate is the norm.
///
/// - Assumption: trials are independent given the rate. Bursts of dependent failures count as what they are: failures.
/// - Range: counts from 0; constant memory and time. Silent until it has seen ``leastTrials`` trials in an hour or
///   more.
/// - When not to use: to find a rate that fell (count the other outcome); where the run length must be exact rather
///   than bounded below (``BernoulliCUSUM``).
/// - Reference: G. Lorden, "Procedures for Reacting to a Change in Distribution", Ann. Math. Stat. 42(6), 1971, for
///   the bound; ``BernoulliCUSUM`` for one trial at a time.
package struct RateMonitor: Sendable {
    package typealias Counts = BernoulliCUSUM.RateCounts

    package struct Alarm: Sendable, Equatable {
        /// Seconds of the first count held to lie behind the change.
        package var since: Double
        package var before: Counts
        /// From the change until now: it grows while the alarm lasts.
        package var after: Counts
        /// The highest rate that was usual when the alarm was raised.
        package var usualRate: Double
    }

    package static let leastTrials: Int64 = 500
    private static let learningSeconds = 3600.0
    private static let holdSeconds = 86_400.0
    /// Rates below are not told apart: a single failure of a service that never fails is no alarm.
    private static let leastRate = 0.002
    /// Evidence of 100 to 1 that the rate is the usual one again.
    private static let returnLimit = log(100.0)
    /// The past's counts fade with this gain a look: about a week of minutes.
    private static let fade = 1 - 1 / 10_080.0

    private let limit: Double
    private var profile = SeasonalProfile()
    private var pastSuccesses = 0.0
    private var pastTrials = 0.0
    private var firstSeconds: Double?
    private var sum = 0.0
    private var returning = 0.0
    private var raisedAt = 0.0
    private var all = Counts()
    private var candidate = Alarm(since: 0, before: Counts(), after: Counts(), usualRate: 0)
    /// What is wrong now.
    package private(set) var alarm: Alarm?

    /// - Parameter looksPerFalseAlarm: at least so many counts pass, on average, between two false alarms; above 1.
    package init(looksPerFalseAlarm: Double = 43_200) { limit = log(looksPerFalseAlarm) }

    /// The highest rate that is usual at a time; `nil` while it learns.
    package func usualRate(at seconds: Double) -> Double? {
        guard let firstSeconds, seconds - firstSeconds >= Self.learningSeconds,
            pastTrials >= Double(Self.leastTrials),
            let past = Wilson.interval(
                successes: Int64(pastSuccesses.rounded(.up)), trials: Int64(pastTrials.rounded(.up)), confidence: 0.8)
        else { return nil }
        let hour = profile.expectation(at: seconds)?.level ?? 0
        return min(max(past.upper, hour, Self.leastRate), 0.98)
    }

    /// Takes the counts of the next span, which ends at a time later than all before.
    package mutating func add(successes: Int64, trials: Int64, at seconds: Double) {
        guard trials > 0, (0...trials).contains(successes) else { return }
        firstSeconds = firstSeconds ?? seconds
        guard let usual = usualRate(at: seconds) else { return learn(successes, trials, seconds) }
        let changed = min(max(2 * usual, usual + 0.02), (1 + usual) / 2)
        let evidence =
            Double(successes) * log(changed / usual) + Double(trials - successes) * log((1 - changed) / (1 - usual))
        if var current = alarm {
            current.after.successes += successes
            current.after.trials += trials
            alarm = current
            returning = max(0, returning - evidence)
            if returning >= Self.returnLimit || seconds - raisedAt >= Self.holdSeconds { end(seconds) }
            return
        }
        sum += evidence
        if sum <= 0 {
            (sum, candidate.since) = (0, 0)
            candidate.after = Counts()
        } else {
            if candidate.after.trials == 0 { (candidate.since, candidate.before) = (seconds, all) }
            candidate.after.successes += successes
            candidate.after.trials += trials
        }
        all.successes += successes
        all.trials += trials
        if sum >= limit {
            candidate.usualRate = usual
            (alarm, raisedAt, returning) = (candidate, seconds, 0)
        } else if sum < limit / 2 {
            // What looks like a change is not learned as the norm before it is known to be none.
            learn(successes, trials, seconds)
        }
    }

    private mutating func learn(_ successes: Int64, _ trials: Int64, _ seconds: Double) {
        pastSuccesses = pastSuccesses * Self.fade + Double(successes)
        pastTrials = pastTrials * Self.fade + Double(trials)
        profile.learn(Double(successes) / Double(trials), at: seconds)
    }

    private mutating func end(_ seconds: Double) {
        if let alarm, returning < Self.returnLimit {
            // A day of it: the new rate is what is usual now, resting on that day alone.
            (pastSuccesses, pastTrials) = (Double(alarm.after.successes), Double(alarm.after.trials))
            profile = SeasonalProfile()
        }
        (alarm, sum, returning, all) = (nil, 0, 0, Counts())
        candidate.after = Counts()
    }
}
