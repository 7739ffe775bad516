import StewardStatistics
import Testing

@Suite("Wilson interval")
struct WilsonTests {
    struct Case: Sendable {
        var successes: Int64
        var trials: Int64
        var confidence: Double
        var lower: Double
        var upper: Double

        init(_ successes: Int64, _ trials: Int64, _ confidence: Double, _ lower: Double, _ upper: Double) {
            self.successes = successes
            self.trials = trials
            self.confidence = confidence
            self.lower = lower
            self.upper = upper
        }
    }

    /// scipy 1.17.1, `scipy.stats.binomtest(k, n).proportion_ci(confidence, "wilson")`.
    static let cases: [Case] = [
        Case(0, 1, 0.95, 0.0, 0.7934506856227626),
        Case(1, 1, 0.95, 0.20654931437723745, 1.0),
        Case(0, 10, 0.95, 0.0, 0.27753279986288926),
        Case(10, 10, 0.95, 0.7224672001371109, 1.0),
        Case(1, 10, 0.95, 0.017876213095072896, 0.4041500267952385),
        Case(5, 10, 0.9, 0.26927182113826725, 0.7307281788617328),
        Case(50, 100, 0.99, 0.37527962504483986, 0.6247203749551602),
        Case(1, 1000, 0.95, 0.00017654637062607809, 0.0056425585979579355),
        Case(999, 1000, 0.99, 0.9915394337800183, 0.9998825836463816),
        Case(123_456, 1_000_000, 0.95, 0.12281269653142284, 0.12410219641400437),
    ]

    @Test("bounds agree with scipy", arguments: cases)
    func interval(_ expected: Case) throws {
        let interval = try #require(
            Wilson.interval(
                successes: expected.successes, trials: expected.trials, confidence: expected.confidence))
        #expect(abs(interval.lower - expected.lower) <= 1e-13 * max(expected.lower, 1e-3))
        #expect(abs(interval.upper - expected.upper) <= 1e-13 * expected.upper)
    }

    @Test("an interval holds its share, mirrors, and stays within 0 and 1", arguments: 1...60 as ClosedRange<Int64>)
    func properties(trials: Int64) throws {
        for successes in 0...trials {
            let interval = try #require(Wilson.interval(successes: successes, trials: trials, confidence: 0.95))
            let mirrored = try #require(
                Wilson.interval(successes: trials - successes, trials: trials, confidence: 0.95))
            let share = Double(successes) / Double(trials)
            #expect(0 <= interval.lower && interval.lower <= share && share <= interval.upper && interval.upper <= 1)
            #expect(abs(interval.lower - (1 - mirrored.upper)) < 1e-15)
        }
    }

    @Test(
        "arguments that mean nothing give no interval",
        arguments: [(0, 0, 0.95), (-1, 5, 0.95), (6, 5, 0.95), (1, -1, 0.95), (1, 5, 0), (1, 5, 1), (1, 5, .nan)]
            as [(Int64, Int64, Double)])
    func noInterval(successes: Int64, trials: Int64, confidence: Double) {
        #expect(Wilson.interval(successes: successes, trials: trials, confidence: confidence) == nil)
    }
}
