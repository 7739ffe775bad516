import StewardModel
import StewardPolicy
import StewardStatistics
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

    static func reference(_ limit: RollbackPolicy.Limit) -> RollbackPolicy.Reference {
        if case .absolute = limit { .none } else { .previous }
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
            testDescription: "ratio, above", limit: .ratio(2), current: measured(0.09, 100),
            previous: measured(0.04, 900), verdict: .fail, threshold: 0.08,
            reason: "error_rate is 0.09 over 100 events in the last 5m, above the threshold 0.08 "
                + "(previous version: 0.04 over 900 events)."),
        Case(
            testDescription: "ratio, below", comparison: .below, limit: .ratio(0.5),
            current: measured(0.03, 100), previous: measured(0.04, 900), verdict: .pass, threshold: 0.02,
            reason: "error_rate is 0.03 over 100 events in the last 5m, not below the threshold 0.02 "
                + "(previous version: 0.04 over 900 events)."),
        Case(
            testDescription: "difference, above", limit: .difference(0.25), current: measured(0.8, 100),
            previous: measured(0.5, 900), verdict: .fail, threshold: 0.75,
            reason: "error_rate is 0.8 over 100 events in the last 5m, above the threshold 0.75 "
                + "(previous version: 0.5 over 900 events)."),
        Case(
            testDescription: "difference, below", comparison: .below, limit: .difference(0.25),
            current: measured(0.2, 100), previous: measured(0.5, 900), verdict: .fail, threshold: 0.25,
            reason: "error_rate is 0.2 over 100 events in the last 5m, below the threshold 0.25 "
                + "(previous version: 0.5 over 900 events)."),
        Case(
            testDescription: "a baseline of zero does not pass", limit: .ratio(2),
            current: measured(0.01, 100), previous: measured(0, 900), verdict: .fail, threshold: 0,
            reason: "error_rate is 0.01 over 100 events in the last 5m, above the threshold 0 "
                + "(previous version: 0 over 900 events)."),
        Case(
            testDescription: "zero after zero", limit: .ratio(2), current: measured(0, 100),
            previous: measured(0, 900), verdict: .pass, threshold: 0,
            reason: "error_rate is 0 over 100 events in the last 5m, not above the threshold 0 "
                + "(previous version: 0 over 900 events)."),
        Case(
            testDescription: "below a baseline of zero", comparison: .below, limit: .ratio(0.5),
            current: measured(0, 100), previous: measured(0, 900), verdict: .inconclusive, threshold: nil,
            reason: "The previous version's error_rate is 0; nothing can be below it."),
        Case(
            testDescription: "no previous version", limit: .ratio(2), current: measured(0.9, 100),
            previous: nil, verdict: .inconclusive, threshold: nil,
            reason: "No version served before, so there is no baseline."),
        Case(
            testDescription: "too few events before", limit: .ratio(2), current: measured(0.9, 100),
            previous: measured(0.1, 49), verdict: .inconclusive, threshold: nil,
            reason: "Only 49 events of the previous version; the policy needs 50."),
        Case(
            testDescription: "nothing measured before", limit: .difference(0.1), current: measured(0.9, 100),
            previous: measured(nil, 60), verdict: .inconclusive, threshold: nil,
            reason: "None of 60 events of the previous version has a value of error_rate."),
        Case(
            testDescription: "a threshold beyond all numbers", limit: .ratio(2), current: measured(0.9, 100),
            previous: measured(1e308, 60), verdict: .inconclusive, threshold: nil,
            reason: "What error_rate is compared with is too large."),
    ]

    @Test(arguments: cases)
    func evaluates(_ test: Case) throws {
        var policy = try RollbackPolicyTests.load("complete.good.yaml")
        policy.comparison = test.comparison
        policy.limit = test.limit
        policy.reference = Self.reference(test.limit)
        policy.onNoData = test.onNoData
        let result = policy.evaluate(current: test.current, previous: test.previous)
        #expect(result.verdict == test.verdict)
        #expect(result.threshold == test.threshold)
        #expect(result.reason == test.reason)
        #expect(result.sampleSize == test.current.sampleSize)
        #expect(result.comparison == test.comparison)
        #expect(result.baselineSampleSize == (policy.needsReference ? test.previous?.sampleSize : nil))
    }

    /// Rules about what is on record, and about burn rates: what they are read as, and what they then say.
    @Test(
        arguments: [
            (
                "{finding: {kind: drift, severity: critical, lasting: 10m}}", 1.0, 1, Verdict.fail,
                "1 critical drift findings are open, above the threshold 0."
            ),
            ("{finding: {}}", 0, 1, .pass, "0 findings are open, not above the threshold 0."),
            ("{audit: hiring}", 1, 900, .fail, "The latest audit by hiring failed, over 900 events."),
            ("{audit: hiring}", nil, 0, .inconclusive, "There is no audit of it by hiring; on_no_data is hold."),
            ("{audit: hiring}", nil, 40, .inconclusive, "audit hiring is inconclusive."),
            (
                "{budget: {name: search, at_least_percent: 100}}", 100, 1, .fail,
                "100 % of the budget search is spent, at least the threshold 100 %."
            ),
            (
                "{budget: {name: search, at_least_percent: 100}}", 99, 1, .pass,
                "99 % of the budget search is spent, not at least the threshold 100 %."
            ),
        ] as [(String, Double?, Int64, Verdict, String)])
    func rulesAboutWhatIsOnRecord(
        when: String, value: Double?, sample: Int64, verdict: Verdict, reason: String
    ) throws {
        let text = "kind: rollback\nname: r\nwhen: \(when)\naction: hold"
        guard case .rollback(let policy) = try PolicyDocument.parse(file: "r.yaml", text: text).get() else { return }
        let result = policy.evaluate(current: Self.measured(value, sample), previous: nil)
        #expect(result.verdict == verdict)
        #expect(result.reason == reason)
    }

    @Test func burnRatesAndTheVersionsOwnPast() throws {
        func policy(_ when: String) throws -> RollbackPolicy {
            let text = "kind: rollback\nname: r\nwhen: \(when)\nminimum_sample: 100\naction: cap\ncap_percent: 10"
            guard case .rollback(let policy) = try PolicyDocument.parse(file: "r.yaml", text: text).get() else {
                throw Problems([])
            }
            return policy
        }
        let burn = try policy(
            "{burn_rate: {metric: error_rate, objective: 0.99, factor: 14.4, window: 1h, short_window: 5m}}")
        #expect(burn.subject == .burnRate(.errorRate, objective: 0.99, shortWindow: .seconds(300)))
        #expect(burn.evaluate(current: Self.measured(15, 500), previous: nil).verdict == .fail)
        #expect(burn.evaluate(current: Self.measured(14, 500), previous: nil).verdict == .pass)
        #expect(burn.evaluate(current: Self.measured(15, 99), previous: nil).verdict == .inconclusive)
        #expect(burn.capPercent == 10)
        let own = try policy("{metric: latency_p95_seconds, window: 10m, above_own: {ratio: 1.5, over: 1d}}")
        #expect(own.reference == .own(.seconds(86_400)))
        let result = own.evaluate(current: Self.measured(3.2, 500), previous: Self.measured(2, 5000))
        #expect(result.verdict == .fail)
        #expect(result.reason.hasSuffix("above the threshold 3 (itself before: 2 over 5000 events)."))
    }

    @Test(arguments: [
        ("{metric: error_rate, audit: x, window: 5m, above: 1}", "exactly one of metric"),
        (
            "{burn_rate: {metric: latency_mean_seconds, objective: 0.99, factor: 2, window: 1h, short_window: 5m}}",
            "must be a share"
        ),
        ("{burn_rate: {metric: error_rate, objective: 1, factor: 2, window: 1h, short_window: 1h}}", "below 1"),
        ("{finding: {kind: drfit}}", "did you mean"),
        ("{budget: {name: b}}", "`at_least_percent` is missing"),
    ])
    func badRulesAreRefusedWithTheirPlace(when: String, message: String) throws {
        let text = "kind: rollback\nname: r\nwhen: \(when)\nminimum_sample: 1\naction: alert"
        let problems = #expect(throws: Problems.self) {
            try PolicyDocument.parse(file: "r.yaml", text: text).get()
        }
        #expect(problems?.description.contains(message) == true, "\(problems?.description ?? "")")
        #expect(problems?.description.hasPrefix("r.yaml:3:") == true)
    }

    /// Whatever is measured: no pass without enough finite evidence on both sides, unless `on_no_data: pass` says so.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func neverPassesWithoutEvidence(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var policy = try RollbackPolicyTests.load("complete.good.yaml")
        let values: [Double?] = [nil, .nan, .infinity, -.infinity, 0, -0.0, 0.01, 0.05, 0.5, 1, 1e308]
        let samples: [Int64] = [-1, 0, 1, 49, 50, 51, .max]
        let limits: [RollbackPolicy.Limit] = [.absolute(0.05), .ratio(1.5), .difference(0.01)]
        var passes = 0
        for _ in 0..<20_000 {
            policy.limit = generator.pick(limits)
            policy.reference = Self.reference(policy.limit)
            policy.comparison = generator.pick([.above, .below])
            policy.onNoData = generator.pick([.hold, .fail])
            let current = Measurement(value: generator.pick(values), sampleSize: generator.pick(samples))
            let previous = Measurement(value: generator.pick(values), sampleSize: generator.pick(samples))
            let result = policy.evaluate(current: current, previous: generator.pick([previous, nil]))
            guard result.verdict == .pass else { continue }
            passes += 1
            #expect(current.sampleSize >= 50 && current.value?.isFinite == true, "seed \(seed): \(result)")
            if policy.needsReference {
                #expect(previous.sampleSize >= 50 && previous.value?.isFinite == true, "seed \(seed): \(result)")
            }
        }
        #expect(passes > 100)
    }
}

extension SplitMix64 {
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }
}
