import StewardPolicy
import Testing

@testable import StewardGovernance

/// Cases beside policies: what each kind is asked, and what a case that is wrong is told.
struct PolicyTestingTests {
    private static let lifecycle = "kind: lifecycle\nname: p\nwarn_before: 30d\n"
    private static let notify = """
        kind: webhook
        name: p
        role: notify
        url: http://127.0.0.1:9/
        secret_env: K
        actions: ["rollout.*"]
        applies_to: {environments: [production]}
        """
    private static let veto = notify.replacing("notify", with: "veto").replacing("actions: [\"rollout.*\"]\n", with: "")
    private static let budget = "kind: budget\nname: p\nwindow: {unit: month}\nlimit_usd: \"10\"\naction: block\n"
    private static let bias = """
        kind: bias
        name: p
        attributes: [sex]
        outcome: {favourable: [yes]}
        rules: [{measure: impact_ratio, bound: 0.8}]
        """
    private static let energy = """
        kind: energy
        name: p
        grid: {grams_co2e_per_kilowatt_hour: {expected: 300, lower: 10, upper: 900}, source: s}
        models:
          - {names: ["m-*"], watt_hours_per_million_output_tokens: {expected: 600, lower: 1, upper: 900}, source: s}
        """

    @Test(arguments: [
        (lifecycle, "version: {}", "supported"),
        (lifecycle, "version: {end_of_life: \"2026-06-01T00:00:00Z\", time: \"2026-04-01T00:00:00Z\"}", "supported"),
        (lifecycle, "version: {end_of_life: \"2026-06-01T00:00:00Z\", time: \"2026-05-20T00:00:00Z\"}", "warning"),
        (lifecycle, "version: {end_of_life: \"2026-06-01T00:00:00Z\", time: \"2026-06-01T00:00:00Z\"}", "critical"),
        (lifecycle, "version: {deprecated: true}", "warning"),
        (notify, "record: {action: rollout.start, deployment: d, environment: production}", "told"),
        (notify, "record: {action: rollout.start, deployment: d, environment: staging}", "silent"),
        (notify, "record: {action: version.register, deployment: d}", "silent"),
        (veto, "record: {action: rollout.advance, deployment: d, environment: production}", "asked"),
        (veto, "record: {action: rollout.rollback, deployment: d, environment: production}", "silent"),
        (budget, "spent_percent: 99", "granted"), (budget, "spent_percent: 100", "refused"),
        (budget.replacing("block", with: "warn"), "spent_percent: 100", "advised"),
        (budget.replacing("block", with: "throttle"), "spent_percent: 100", "refused"),
        (budget + "mode: shadow\n", "spent_percent: 100", "advised"),
        (bias, "groups: {a: {decisions: 2000, favourable: 1000}, b: {decisions: 2000, favourable: 1000}}", "pass"),
        (bias, "groups: {a: {decisions: 2000, favourable: 1000}, b: {decisions: 2000, favourable: 500}}", "fail"),
        (bias, "groups: {a: {decisions: 20, favourable: 10}, b: {decisions: 20, favourable: 9}}", "insufficient"),
        (energy, "answers: {model: m-1, output_tokens: 500000, watt_hours: 300}", "estimated"),
        (energy, "answers: {model: other, output_tokens: 500000}", "unknown"),
    ])
    func everyKindIsAskedInItsOwnWay(_ policy: String, _ given: String, _ expected: String) throws {
        #expect(try Self.failures(policy, given, expected) == [])
        let other = expected == "pass" ? "fail" : "pass"
        let failure = try #require(try Self.failures(policy, given, other)?.first)
        #expect(failure.message.hasPrefix("expected \(other), but it says \(expected): "), "\(failure.message)")
    }

    @Test func aWrongCaseIsToldWithTheNumbers() throws {
        let rollback =
            "kind: rollback\nname: p\nwhen: {metric: error_rate, window: 5m, above: 0.05}\n"
            + "minimum_sample: 50\naction: alert\n"
        let failure = try #require(
            try Self.failures(rollback, "current: {value: 0.06, sample: 500}", "pass")?.first)
        for number in ["0.06", "0.05", "500"] { #expect(failure.message.contains(number), "\(failure.message)") }
        let energy = try #require(
            try Self.failures(Self.energy, "answers: {model: m-1, output_tokens: 500000, watt_hours: 7}", "estimated")?
                .first)
        #expect(energy.message == "expected estimated, but it says 300 Wh: it was to be 7 Wh.")
        let other = try #require(try Self.failures(rollback, "version: {}", "pass")?.first)
        #expect(other.message == "a rollback policy is asked about `current`")
    }

    @Test func whatDecidesNothingHasNoCases() throws {
        let signals = "kind: signals\nname: p\nsignals: [{name: n, pointer: /a, type: number}]\n"
        #expect(try Self.failures(signals, "current: {sample: 1}", "pass") == nil)
    }

    private static func failures(
        _ policy: String, _ given: String, _ expected: String
    ) throws -> [PolicyTesting.Failure]? {
        let document = try PolicyDocument.parse(file: "p.yaml", text: policy).get()
        let text = "cases:\n  - {name: a, \(given), expect: \(expected)}\n"
        return PolicyTesting.failures(document, try PolicyTestFile.parse(file: "p.test.yaml", text: text).get())
    }
}
