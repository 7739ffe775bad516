import Foundation
import Testing

@testable import StewardStatistics

/// Live drift: quiet however often one looks, sharp enough to be worth having, and honest where it cannot tell.
/// STEWARD_FULL_SIMULATIONS=1 runs 200 series for 30 days of minutes.
@Suite struct SequentialDriftTests {
    private static let isFull = ProcessInfo.processInfo.environment["STEWARD_FULL_SIMULATIONS"] != nil

    private static func lognormal(_ stream: inout SimulatedStream, _ count: Int, factor: Double = 1)
        -> LogLinearHistogram
    {
        var histogram = LogLinearHistogram()
        for _ in 0..<count { histogram.add(Int64(exp(6.5 + stream.normal()) * factor)) }
        return histogram
    }

    private static func categories(_ stream: inout SimulatedStream, _ count: Int, _ weights: [Double])
        -> LogLinearHistogram
    {
        var histogram = LogLinearHistogram()
        for _ in 0..<count {
            var (place, index) = (stream.uniform() * weights.reduce(0, +), 0)
            while index < weights.count - 1, place >= weights[index] {
                place -= weights[index]
                index += 1
            }
            histogram.add(bin: Int32(index), count: 1)
        }
        return histogram
    }

    /// Looked at every minute, at most one series in a hundred may ever be stated at α = 0.01; the baseline is as
    /// small as the rule allows, which is when its own noise matters most.
    @Test(arguments: [200, 5000]) func keepsItsPromiseUnderEndlessLooking(baseline: Int) throws {
        let (series, minutes) = Self.isFull ? (200, 30 * 1440) : (24, 1500)
        var alarmed: [UInt64] = []
        for seed in 0..<UInt64(series) {
            var stream = SimulatedStream(seed: seed)
            let isNumeric = seed % 2 == 0
            let weights = [0.7, 0.15, 0.1, 0.03, 0.02]
            let questions =
                isNumeric
                ? DriftQuestions(numbers: Self.lognormal(&stream, baseline))
                : DriftQuestions(categories: Self.categories(&stream, baseline, weights))
            var drift = try #require(SequentialDrift(questions))
            for minute in 0..<minutes {
                drift.add(
                    isNumeric ? Self.lognormal(&stream, 5) : Self.categories(&stream, 5, weights),
                    minute: Int64(minute))
                if minute % 10 == 0 || Self.isFull, let progress = drift.progress(level: 0.01),
                    progress.pValue <= 0.01
                {
                    alarmed.append(seed)
                    break
                }
            }
        }
        #expect(alarmed.count <= series / 100, "seeds \(alarmed)")
        print(
            "sequential drift, baseline \(baseline): \(alarmed.count) of \(series) series alarmed in \(minutes) looks")
    }

    /// Also a change after a long quiet time is found: a start a day keeps the past from outweighing it.
    @Test(arguments: [0, 5]) func findsAShiftWhenItComes(quietDays: Int) throws {
        var stream = SimulatedStream(seed: 5)
        var drift = try #require(
            SequentialDrift(DriftQuestions(numbers: Self.lognormal(&stream, 50_000))))
        let quiet = quietDays * 1440
        for minute in 0..<quiet { drift.add(Self.lognormal(&stream, 20), minute: Int64(minute)) }
        #expect(drift.progress(level: 0.01).map { $0.pValue > 0.01 } ?? true)
        var found: Int?
        for minute in quiet..<quiet + 600 where found == nil {
            drift.add(Self.lognormal(&stream, 20, factor: 1.3), minute: Int64(minute))
            if let progress = drift.progress(level: 0.01), progress.pValue <= 0.01 {
                found = minute - quiet
                #expect(progress.shareMoved > 0.05)
                #expect(progress.currentRowsNeeded == 0 && progress.referenceRowsNeeded == 0)
            }
        }
        #expect(try #require(found) < 200)
    }

    @Test func anUnseenCategoryAndAConstantThatMovedAreFound() throws {
        var stream = SimulatedStream(seed: 9)
        var drift = try #require(
            SequentialDrift(DriftQuestions(categories: Self.categories(&stream, 2000, [0.9, 0.1]))))
        var unseen = Self.categories(&stream, 900, [0.9, 0.1])
        unseen.add(bin: 7, count: 100)
        drift.add(unseen, minute: 1)
        let progress = try #require(drift.progress(level: 0.01))
        #expect(progress.pValue < 0.001)
        #expect(abs(progress.shareMoved - 0.1) < 0.03)

        for moved in [4, 6] as [Int64] {
            var (before, after) = (LogLinearHistogram(), LogLinearHistogram())
            before.add(5, count: 1000)
            after.add(moved, count: 1000)
            var constant = try #require(SequentialDrift(DriftQuestions(numbers: before)))
            constant.add(after, minute: 1)
            let progress = try #require(constant.progress(level: 0.01))
            #expect(progress.pValue < 0.001 && progress.shareMoved == 1)
        }
    }

    @Test func saysWhatItWouldNeed() throws {
        var stream = SimulatedStream(seed: 21)
        // The baseline is large: more of the stream is what is missing, and about so much of it is enough.
        var drift = try #require(SequentialDrift(DriftQuestions(numbers: Self.lognormal(&stream, 200_000))))
        drift.add(Self.lognormal(&stream, 80, factor: 1.3), minute: 1)
        let early = try #require(drift.progress(level: 0.01))
        #expect(early.pValue > 0.01 && early.currentRowsNeeded > 0 && early.referenceRowsNeeded == 0)
        drift.add(Self.lognormal(&stream, Int(early.currentRowsNeeded) * 4, factor: 1.3), minute: 2)
        #expect(try #require(drift.progress(level: 0.01)).pValue <= 0.01)
        // The baseline is small: no amount of traffic would tell.
        var small = try #require(SequentialDrift(DriftQuestions(numbers: Self.lognormal(&stream, 200))))
        small.add(Self.lognormal(&stream, 100_000, factor: 1.1), minute: 1)
        let stuck = try #require(small.progress(level: 0.01))
        #expect(stuck.pValue > 0.01 && stuck.referenceRowsNeeded > 0)
    }

    @Test func nothingIsNoStanding() throws {
        #expect(SequentialDrift(DriftQuestions(numbers: LogLinearHistogram())) == nil)
        var one = LogLinearHistogram()
        one.add(1)
        var drift = try #require(SequentialDrift(DriftQuestions(numbers: one)))
        #expect(drift.progress(level: 0.01) == nil)
        drift.add(LogLinearHistogram(), minute: 1)
        #expect(drift.progress(level: 0.01) == nil)
        drift.add(one, minute: 2)
        let progress = try #require(drift.progress(level: 0.01))
        #expect(progress.pValue == 1 && progress.shareMoved == 0)
    }
}

@Suite struct RateMonitorTests {
    private static func feed(
        _ monitor: inout RateMonitor, _ stream: inout SimulatedStream, from: Int, minutes: Int, trials: Int64,
        rate: (Int) -> Double
    ) -> Int? {
        for minute in from..<from + minutes {
            monitor.add(
                successes: stream.successes(of: trials, rate: rate(minute)), trials: trials, at: Double(minute * 60))
            if monitor.alarm != nil { return minute }
        }
        return nil
    }

    @Test func isQuietWhileNothingChangesAlsoWithASeason() {
        var alarmed: [UInt64] = []
        for seed in 0..<12 as Range<UInt64> {
            var (monitor, stream) = (RateMonitor(), SimulatedStream(seed: seed))
            // Half as much again at noon as at midnight.
            let rate = { (minute: Int) in 0.01 * (1 + 0.25 * sin(Double(minute % 1440) / 1440 * 2 * .pi)) }
            if Self.feed(&monitor, &stream, from: 0, minutes: 5 * 1440, trials: 10, rate: rate) != nil {
                alarmed.append(seed)
            }
        }
        // One false alarm in 30 days each: 2 are expected of 12 at most in 5 days.
        #expect(alarmed.count <= 4, "seeds \(alarmed)")
    }

    @Test func findsATripledRateWithinAMinuteOrTwoAndItsEnd() throws {
        var (monitor, stream) = (RateMonitor(), SimulatedStream(seed: 1))
        #expect(Self.feed(&monitor, &stream, from: 0, minutes: 120, trials: 200, rate: { _ in 0.02 }) == nil)
        let found = Self.feed(&monitor, &stream, from: 120, minutes: 60, trials: 200, rate: { _ in 0.06 })
        #expect(try #require(found) <= 126)
        let alarm = try #require(monitor.alarm)
        #expect(abs(alarm.since / 60 - 120) <= 4)
        #expect(alarm.usualRate < 0.03)
        var ended: Int?
        for minute in 200..<260 where ended == nil {
            monitor.add(successes: stream.successes(of: 200, rate: 0.02), trials: 200, at: Double(minute * 60))
            if monitor.alarm == nil { ended = minute }
        }
        #expect(try #require(ended) < 215)
    }

    @Test func aLoneFailureOfAServiceThatNeverFailsIsNoAlarm() {
        var monitor = RateMonitor()
        for minute in 0..<500 { monitor.add(successes: 0, trials: 50, at: Double(minute * 60)) }
        monitor.add(successes: 2, trials: 2, at: 30_060)
        #expect(monitor.alarm == nil)
        monitor.add(successes: 40, trials: 50, at: 30_120)
        #expect(monitor.alarm?.after.successes == 42)
    }

    @Test func saysNothingBeforeItKnowsWhatIsUsual() {
        var monitor = RateMonitor()
        for minute in 0..<40 { monitor.add(successes: 20, trials: 20, at: Double(minute * 60)) }
        #expect(monitor.alarm == nil && monitor.usualRate(at: 2400) == nil)
        monitor.add(successes: 3, trials: 2, at: 9000)
        monitor.add(successes: -1, trials: 2, at: 9000)
        #expect(monitor.usualRate(at: 9000) != nil)
    }
}
