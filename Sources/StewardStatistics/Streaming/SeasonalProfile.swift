/// What a metric usually is at this hour of the day and of the week, and how far it usually strays, learned as it runs.
///
/// A level for each hour of the day, and from the fourth week one for each of the 168 hours of the week. Two hours are
/// joined by a line between their middles, or by a step at the full hour where that was seen to fit better. Levels and
/// deviations follow by exponential weights, with values further than three deviations drawn in to there, so that an
/// outage is not learned as the norm.
///
/// - Assumption: the season is the day or the week, in a fixed offset from UTC; values are roughly symmetric about
///   their level (take the logarithm of latencies, tokens and costs).
/// - Range: finite values at any times, ascending, in seconds; gaps and irregular steps do no harm. 14 kB a series.
///   There is no expectation during the first day.
/// - When not to use: for seasons of other lengths; for a metric with values only now and then, whose hours stay empty.
/// - Reference: P. J. Huber, "Robust Estimation of a Location Parameter", Ann. Math. Stat. 35(1), 1964, for drawing in;
///   J. W. Taylor, "Short-term electricity demand forecasting using double seasonal exponential smoothing", J. Oper.
///   Res. Soc. 54, 2003, for two seasons at once.
package struct SeasonalProfile: Sendable {
    package struct Expectation: Sendable, Equatable {
        package var level: Double
        /// The robust standard deviation about the level; 0 while all values were equal.
        package var deviation: Double

        /// How many deviations a value lies from the level. Where nothing ever strayed, any other value lies infinitely
        /// far.
        package func standardised(_ value: Double) -> Double {
            let distance = value - level
            // Below this the distance is rounding.
            if abs(distance) <= 1e-9 * abs(level) { return 0 }
            return deviation > 0 ? distance / deviation : distance < 0 ? -.infinity : .infinity
        }
    }

    private static let daySeconds = 86_400.0
    private static let weekSeconds = 7 * daySeconds
    private var day = PeriodicLevel(slots: 24, leastGain: 1 / 480)
    private var week = PeriodicLevel(slots: 168, leastGain: 1 / 240)
    private var firstSeconds: Double?

    package init() {}

    /// What to expect at a time, in seconds since the Unix epoch; `nil` during the first day and for hours that never
    /// had a value.
    package func expectation(at seconds: Double) -> Expectation? {
        guard let firstSeconds, seconds - firstSeconds >= Self.daySeconds else { return nil }
        let usual = (knowsWeek(seconds) ? week.estimate(seconds) : nil) ?? day.estimate(seconds)
        // E|x| = σ √(2/π) under the normal law.
        return usual.map { Expectation(level: $0.level, deviation: $0.spread * (Double.pi / 2).squareRoot()) }
    }

    /// Learns a value; what is not finite changes nothing.
    package mutating func learn(_ value: Double, at seconds: Double) {
        guard value.isFinite, seconds.isFinite else { return }
        let age = seconds - (firstSeconds ?? seconds)
        if firstSeconds == nil { firstSeconds = seconds }
        day.learn(value, at: seconds, isKnown: age >= Self.daySeconds)
        week.learn(value, at: seconds, isKnown: age >= Self.weekSeconds)
    }

    /// Moves all levels in use: what a lasting change found elsewhere means for all hours. While the days of the week
    /// are being learned, theirs stay as they were seen, since the change may be one of them.
    package mutating func shift(by difference: Double, at seconds: Double) {
        day.shift(by: difference)
        if knowsWeek(seconds) { week.shift(by: difference) }
    }

    private func knowsWeek(_ seconds: Double) -> Bool {
        firstSeconds.map { seconds - $0 >= 3 * Self.weekSeconds } ?? false
    }
}

/// Levels at equal steps of a period, joined by straight lines, or by steps where those fit better.
private struct PeriodicLevel: Sendable {
    struct Slot: Sendable {
        var level = 0.0
        /// The mean distance from the level.
        var spread = 0.0
        /// How many values the level and the spread rest on.
        var weight = 0.0
        var strayed = 0.0
        /// Mean distances of values between this slot's middle and the next one's, from a line and from a step.
        var joinedError = 0.0
        var steppedError = 0.0
        var compared = 0.0
    }

    /// In mean distances: about three standard deviations.
    private static let drawnIn = 4.0
    private static let fewest = 3.0
    private static let clearlyBetter = 0.8
    private static let slotSeconds = 3600.0
    /// A value counts at least this much in its slot, so that old ones fade.
    private let leastGain: Double
    private var slots: [Slot]

    init(slots: Int, leastGain: Double) {
        self.slots = Array(repeating: Slot(), count: slots)
        self.leastGain = leastGain
    }

    /// The slots whose middles lie about a time, and the share of the second.
    private func place(_ seconds: Double) -> (first: Int, second: Int, share: Double) {
        let position = seconds / Self.slotSeconds - 0.5
        let count = Double(slots.count)
        let wrapped = position - (position / count).rounded(.down) * count
        let first = min(max(0, Int(wrapped)), slots.count - 1)
        return (first, (first + 1) % slots.count, min(max(0, wrapped - Double(first)), 1))
    }

    /// Level and spread at a time; `nil` where too few values fell near it.
    func estimate(_ seconds: Double) -> Slot? {
        let (first, second, share) = place(seconds)
        let (one, other) = (slots[first], slots[second])
        if one.weight < Self.fewest { return other.weight < Self.fewest ? nil : other }
        if other.weight < Self.fewest { return one }
        if one.steppedError < Self.clearlyBetter * one.joinedError { return share < 0.5 ? one : other }
        var between = one
        between.level += share * (other.level - one.level)
        between.spread += share * (other.spread - one.spread)
        return between
    }

    /// Keeps account of what fits better between the middles of two slots: a line, or a step where they meet.
    private mutating func compare(_ value: Double, _ first: Int, _ second: Int, _ share: Double) {
        let (one, other) = (slots[first], slots[second])
        guard one.weight >= Self.fewest, other.weight >= Self.fewest else { return }
        let line = one.level + share * (other.level - one.level)
        let gain = max(1 / (one.compared + 1), leastGain)
        slots[first].compared += 1
        slots[first].joinedError += gain * (abs(value - line) - one.joinedError)
        slots[first].steppedError += gain * (abs(value - (share < 0.5 ? one : other).level) - one.steppedError)
    }

    /// Averages a value into the slot it falls in.
    ///
    /// - Parameter isKnown: whether the period was seen once, so that there is something for the value to stray from
    ///   and it is not let stray too far.
    mutating func learn(_ value: Double, at seconds: Double, isKnown: Bool) {
        let (first, second, share) = place(seconds)
        let index = share < 0.5 ? first : second
        if isKnown { compare(value, first, second, share) }
        var slot = slots[index]
        slot.weight += 1
        var drawn = value
        if isKnown, let expected = estimate(seconds)?.level {
            slot.strayed += 1
            let bound = slot.strayed > 20 && slot.spread > 0 ? Self.drawnIn * slot.spread : .infinity
            drawn = min(max(value, expected - bound), expected + bound)
            slot.spread += max(1 / slot.strayed, leastGain) * (abs(drawn - expected) - slot.spread)
        }
        slot.level += max(1 / slot.weight, leastGain) * (drawn - slot.level)
        slots[index] = slot
    }

    mutating func shift(by difference: Double) {
        for index in slots.indices where slots[index].weight > 0 { slots[index].level += difference }
    }
}
