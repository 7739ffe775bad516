import StewardModel
import StewardPolicy
import Testing

struct RollbackEvaluationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var comparison: RollbackPolicy.Comparison = .above
        var limit: RollbackPolicy.Limit = .absolute(0.05)
        var onNoData: RollbackPolicy.NoData = .hold
        var current: Measurement
        var previous: Measurement?
        var verdict: Verdict
        var threshold: Double?
        var reason: String
    }

    static func measured(_ value: Double?, _ sample: Int64) -> Measurement {
        Measurement(value: value, sampleSize: sample)
    }

    static let cases: [Case] = [
        Case(
            testDescription: "above", current: measured(0.08, 120), verdict: .fail, threshold: 0.05,
            reason: "error_rate is 0.08 over 120 events in the last 5m, above the threshold 0.05."),
        Case(
            testDescription: "on the threshold", current: measured(0.05, 120), verdict: .pass, threshold: 0.05,
            reason: "error_rate is 0.05 over 120 events in the last 5m, not above the threshold 0.05."),
        Case(
            testDescription: "just above, and the sentence shows it", current: measured(0.05000000000000001, 120),
            verdict: .fail, threshold: 0.05,
            reason: "error_rate is 0.05000000000000001 over 120 events in the last 5m, above the threshold 0.05."),
        Case(
            testDescription: "rounded in the sentence", current: measured(1.0 / 12, 120), verdict: .fail,
            threshold: 0.05,
            reason: "error_rate is 0.0833333 over 120 events in the last 5m, above the threshold 0.05."),
        Case(
            testDescription: "below", comparison: .below, limit: .absolute(0.5), current: measured(0.2, 50),
            verdict: .fail, threshold: 0.5,
            reason: "error_rate is 0.2 over 50 events in the last 5m, below the threshold 0.5."),
        Case(
            testDescription: "no events, hold", current: measured(nil, 0), verdict: .inconclusive, threshold: 0.05,
            reason: "No events in the last 5m; on_no_data is hold."),
        Case(
            testDescription: "no events, fail", onNoData: .fail, current: measured(0, 0), verdict: .fail,
            threshold: 0.05, reason: "No events in the last 5m; on_no_data is fail."),
        Case(
            testDescription: "no events, pass", onNoData: .pass, current: measured(nil, 0), verdict: .pass,
            threshold: 0.05, reason: "No events in the last 5m; on_no_data is pass."),
        Case(
            testDescription: "too few, though on_no_data passes", onNoData: .pass, current: measured(0, 49),
            verdict: .inconclusive, threshold: 0.05,
            reason: "Only 49 events in the last 5m; the policy needs 50."),
        Case(
            testDescription: "too few, though all failed", onNoData: .fail, current: measured(1, 1),
            verdict: .inconclusive, threshold: 0.05, reason: "Only 1 event in the last 5m; the policy needs 50."),
        Case(
            testDescription: "not a number", onNoData: .pass, current: measured(.nan, 500), verdict: .inconclusive,
            threshold: 0.05, reason: "None of 500 events in the last 5m has a value of error_rate."),
        Case(
            testDescription: "infinite", comparison: .below, current: measured(.infinity, 500), verdict: .inconclusive,
            threshold: 0.05, reason: "None of 500 events in the last 5m has a value of error_rate."),
        Case(
            testDescription: "an absolute rule ignores the previous version", current: measured(0.01, 50),
            previous: measured(0, 0), verdict: .pass, threshold: 0.05,
            reason: "error_rate is 0.01 over 50 events in the last 5m, not above the threshold 0.05."),
        Case(
            testDescription: "ratio, above", limit: .previousRatio(2), current: measured(0.09, 100),
            previous: measured(0.04, 900), verdict: .fail, threshold: 0.08,
            reason: "error_rate is 0.09 over 100 events in the last 5m, above the threshold 0.08 "
                + "(previous version: 0.04 over 900 events)."),
        Case(
            testDescription: "ratio, below", comparison: .below, limit: .previousRatio(0.5),
            current: measured(0.03, 100), previous: measured(0.04, 900), verdict: .pass, threshold: 0.02,
            reason: "error_rate is 0.03 over 100 events in the last 5m, not below the threshold 0.02 "
                + "(previous version: 0.04 over 900 events)."),
        Case(
            testDescription: "difference, above", limit: .previousDifference(0.25), current: measured(0.8, 100),
            previous: measured(0.5, 900), verdict: .fail, threshold: 0.75,
            reason: "error_rate is 0.8 over 100 events in the last 5m, above the threshold 0.75 "
                + "(previous version: 0.5 over 900 events)."),
        Case(
            testDescription: "difference, below", comparison: .below, limit: .previousDifference(0.25),
            current: measured(0.2, 100), previous: measured(0.5, 900), verdict: .fail, threshold: 0.25,
            reason: "error_rate is 0.2 over 100 events in the last 5m, below the threshold 0.25 "
                + "(previous version: 0.5 over 900 events)."),
        Case(
            testDescription: "a baseline of zero does not pass", limit: .previousRatio(2),
            current: measured(0.01, 100), previous: measured(0, 900), verdict: .fail, threshold: 0,
            reason: "error_rate is 0.01 over 100 events in the last 5m, above the threshold 0 "
                + "(previous version: 0 over 900 events)."),
        Case(
            testDescription: "zero after zero", limit: .previousRatio(2), current: measured(0, 100),
            previous: measured(0, 900), verdict: .pass, threshold: 0,
            reason: "error_rate is 0 over 100 events in the last 5m, not above the threshold 0 "
                + "(previous version: 0 over 900 events)."),
        Case(
            testDescription: "below a baseline of zero", comparison: .below, limit: .previousRatio(0.5),
            current: measured(0, 100), previous: measured(0, 900), verdict: .inconclusive, threshold: nil,
            reason: "The previous version's error_rate is 0; nothing can be below it."),
        Case(
            testDescription: "no previous version", limit: .previousRatio(2), current: measured(0.9, 100),
            previous: nil, verdict: .inconclusive, threshold: nil,
            reason: "No version served before, so there is no baseline."),
        Case(
            testDescription: "too few events before", limit: .previousRatio(2), current: measured(0.9, 100),
            previous: measured(0.1, 49), verdict: .inconclusive, threshold: nil,
            reason: "Only 49 events of the previous version; the policy needs 50."),
        Case(
            testDescription: "nothing measured before", limit: .previousDifference(0.1), current: measured(0.9, 100),
            previous: measured(nil, 60), verdict: .inconclusive, threshold: nil,
            reason: "None of 60 events of the previous version has a value of error_rate."),
        Case(
            testDescription: "a threshold beyond all numbers", limit: .previousRatio(2), current: measured(0.9, 100),
            previous: measured(1e308, 60), verdict: .inconclusive, threshold: nil,
            reason: "The previous version's error_rate is too large to compare with."),
    ]

    @Test(arguments: cases)
    func evaluates(_ test: Case) throws {
        var policy = try RollbackPolicyTests.load("complete.good.yaml")
        policy.comparison = test.comparison
        policy.limit = test.limit
        policy.onNoData = test.onNoData
        let result = policy.evaluate(current: test.current, previous: test.previous)
        #expect(result.verdict == test.verdict)
        #expect(result.threshold == test.threshold)
        #expect(result.reason == test.reason)
        #expect(result.sampleSize == test.current.sampleSize)
        #expect(result.comparison == test.comparison)
        #expect(result.baselineSampleSize == (policy.needsPrevious ? test.previous?.sampleSize : nil))
    }

    /// Whatever is measured: no pass without enough finite evidence on both sides, unless `on_no_data: pass` says so.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func neverPassesWithoutEvidence(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var policy = try RollbackPolicyTests.load("complete.good.yaml")
        let values: [Double?] = [nil, .nan, .infinity, -.infinity, 0, -0.0, 0.01, 0.05, 0.5, 1, 1e308]
        let samples: [Int64] = [-1, 0, 1, 49, 50, 51, .max]
        let limits: [RollbackPolicy.Limit] = [.absolute(0.05), .previousRatio(1.5), .previousDifference(0.01)]
        var passes = 0
        for _ in 0..<20_000 {
            policy.limit = generator.pick(limits)
            policy.comparison = generator.pick([.above, .below])
            policy.onNoData = generator.pick([.hold, .fail])
            let current = Measurement(value: generator.pick(values), sampleSize: generator.pick(samples))
            let previous = Measurement(value: generator.pick(values), sampleSize: generator.pick(samples))
            let result = policy.evaluate(current: current, previous: generator.pick([previous, nil]))
            guard result.verdict == .pass else { continue }
            passes += 1
            #expect(current.sampleSize >= 50 && current.value?.isFinite == true, "seed \(seed): \(result)")
            if policy.needsPrevious {
                #expect(previous.sampleSize >= 50 && previous.value?.isFinite == true, "seed \(seed): \(result)")
            }
        }
        #expect(passes > 100)
    }
}

struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }
}
