import Foundation
import Testing

@testable import StewardStatistics

/// Values for simulations, from a printed seed.
struct SimulatedStream {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func uniform() -> Double { Double.random(in: 0..<1, using: &random) }

    /// Standard normal, by Box and Muller.
    mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * Double.pi * uniform())
    }

    mutating func successes(of trials: Int64, rate: Double) -> Int64 {
        (0..<trials).reduce(0) { count, _ in count + (uniform() < rate ? 1 : 0) }
    }
}

@Suite struct StreamingDetectorTests {
    /// A detector of means, for tests that hold for all of them.
    enum Kind: String, CaseIterable, Sendable {
        case adwin, cusum, ewma, pageHinkley

        func detector() -> (Double) -> StreamChange? {
            switch self {
            case .adwin:
                var detector = ADWIN()
                return { detector.add($0) }
            case .cusum:
                var detector = CUSUM()
                return { detector.add($0) }
            case .ewma:
                var detector = EWMAChart()
                return { detector.add($0) }
            case .pageHinkley:
                var detector = PageHinkley(tolerance: 0.25, threshold: 20)
                return { detector.add($0) }
            }
        }
    }

    @Test(arguments: Kind.allCases) func findsAShiftAndSaysWhenAndHowMuch(kind: Kind) throws {
        var stream = SimulatedStream(seed: 3)
        let detect = kind.detector()
        let (start, size) = (2000, 1.5)
        var changes: [StreamChange] = []
        for index in 0..<start + 200 {
            if let change = detect(stream.normal() + (index < start ? 0 : size)) { changes.append(change) }
            if !changes.isEmpty { break }
        }
        let change = try #require(changes.first)
        #expect((start..<start + 80).contains(change.detectedAt))
        #expect(abs(change.changedAt - start) <= 64)
        #expect(change.before.count == change.changedAt)
        #expect(change.after.count == change.detectedAt + 1 - change.changedAt)
        let before = try #require(change.before.interval(confidence: 0.999))
        let after = try #require(change.after.interval(confidence: 0.999))
        #expect(before.lower < 0 && 0 < before.upper)
        // ADWIN cuts between buckets, so a few values of before may come along.
        #expect(abs(change.after.mean - size) < 0.75)
        #expect(before.upper < after.lower)
    }

    @Test(arguments: Kind.allCases) func aConstantAndWhatIsNoNumberRaiseNothing(kind: Kind) {
        let detect = kind.detector()
        for index in 0..<1000 {
            #expect(detect([0, .nan, .infinity, -.infinity][index % 4]) == nil)
        }
    }

    @Test func aRateThatRoseIsDatedAndMeasured() throws {
        var detector = try #require(
            BernoulliCUSUM(usualRate: 0.02, changedRate: 0.06, trialsPerFalseAlarm: 100_000))
        var stream = SimulatedStream(seed: 6)
        var found: BernoulliCUSUM.Change?
        for index in 0..<8000 where found == nil {
            found = detector.add(stream.uniform() < (index < 5000 ? 0.02 : 0.08))
        }
        let change = try #require(found)
        #expect((5000..<5300).contains(change.detectedAt))
        #expect(abs(change.changedAt - 5000) < 150)
        let before = try #require(change.before.interval())
        #expect(before.lower < 0.02 && 0.02 < before.upper)
        #expect(try #require(change.after.interval()).lower > 0.02)
    }

    @Test func ratesOutOfOrderAreRefused() {
        for (usual, changed) in [(0.0, 0.1), (0.1, 0.1), (0.2, 0.1), (0.1, 1), (.nan, 0.5)] {
            #expect(BernoulliCUSUM(usualRate: usual, changedRate: changed, trialsPerFalseAlarm: 1000) == nil)
        }
        #expect(RateEProcess(nullRates: -0.1...0.5) == nil)
        #expect(ConfidenceSequence(bounds: 1...1, confidence: 0.9) == nil)
        #expect(ConfidenceSequence(bounds: 0...1, confidence: 1) == nil)
    }

    @Test func momentsMergeToThoseOfTheWhole() throws {
        var stream = SimulatedStream(seed: 8)
        var (whole, first, second) = (RunningMoments(), RunningMoments(), RunningMoments())
        for index in 0..<1000 {
            let value = 1e9 + stream.normal()
            whole.add(value)
            if index < 137 { first.add(value) } else { second.add(value) }
        }
        first.merge(second)
        #expect(first.count == whole.count)
        #expect(abs(first.mean - whole.mean) < 1e-6)
        #expect(abs(try #require(first.variance) - (try #require(whole.variance))) < 1e-6)
        #expect(abs(try #require(whole.variance) - 1) < 0.2)
    }

    @Test func evidenceForAChangedRateGrowsAndForTheSameDoesNot() throws {
        var stream = SimulatedStream(seed: 9)
        var (same, changed) = (
            try #require(RateEProcess(nullRates: 0.018...0.022)), try #require(RateEProcess(nullRates: 0.018...0.022))
        )
        for _ in 0..<500 {
            same.add(successes: stream.successes(of: 20, rate: 0.02), trials: 20)
            changed.add(successes: stream.successes(of: 20, rate: 0.04), trials: 20)
        }
        #expect(same.pValue > 0.05)
        #expect(changed.pValue < 1e-6)
        let before = changed.trials
        let isTaken = changed.add(successes: 3, trials: 2)
        #expect(!isTaken)
        #expect(changed.trials == before)
    }

    /// The mixture's likelihood of one success and one failure is B(1.5, 1.5) / B(½, ½) = ⅛.
    @Test func anEValueOfTwoTrialsIsTheKnownOne() throws {
        var process = try #require(RateEProcess(nullRates: 0.2...0.2))
        #expect(process.logEValue.magnitude < 1e-12)
        process.add(successes: 1, trials: 2)
        #expect(abs(process.logEValue - log(0.125 / 0.16)) < 1e-12)
    }

    @Test func aConfidenceSequenceShrinksAboutTheMean() throws {
        var stream = SimulatedStream(seed: 10)
        var (one, other) = (
            try #require(ConfidenceSequence(bounds: 0...100, confidence: 0.99)),
            try #require(ConfidenceSequence(bounds: 0...100, confidence: 0.99))
        )
        for _ in 0..<5000 {
            one.add(min(max(30 + 5 * stream.normal(), 0), 100))
            other.add(min(max(32 + 5 * stream.normal(), 0), 100))
        }
        #expect(one.interval.lower < 30 && 30 < one.interval.upper)
        #expect(one.interval.upper - one.interval.lower < 1.5)
        #expect(one.excludes(other) && other.excludes(one) && !one.excludes(one))
        let areTaken = [101, .nan].map { one.add($0) }
        #expect(areTaken == [false, false])
    }
}
