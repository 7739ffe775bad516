import StewardModel
import Testing

@testable import StewardPolicy

struct RollbackPolicyTests {
    static func load(_ name: String) throws -> RollbackPolicy {
        let document = try PolicyDocument.parse(file: name, text: Fixtures.text("rollback/" + name)).get()
        guard case .rollback(let policy) = document else {
            Issue.record("\(name) is no rollback policy")
            throw Problems([])
        }
        return policy
    }

    @Test(arguments: Fixtures.names("rollback", ".bad.yaml"))
    func refuses(_ name: String) throws {
        let text = try Fixtures.text("rollback/" + name)
        try Fixtures.expectProblems(PolicyDocument.parse(file: name, text: text), "rollback", name)
    }

    @Test(arguments: Fixtures.names("rollback", ".good.yaml"))
    func accepts(_ name: String) throws {
        #expect(throws: Never.self) { try Self.load(name) }
    }

    @Test func readsEveryKey() throws {
        let policy = try Self.load("complete.good.yaml")
        #expect(
            policy
                == RollbackPolicy(
                    name: "error-rate", summary: "Roll back when more than 5 % of the requests of five minutes fail.",
                    mode: .enforce, deployments: [Glob("*")], environments: [Glob("production")],
                    subject: .metric(.errorRate),
                    window: .minutes(5), comparison: .above, limit: .absolute(0.05), minimumSample: 50, onNoData: .hold,
                    coolDown: .minutes(10), action: .rollback))
    }

    @Test func fillsInDefaults() throws {
        let policy = try Self.load("smallest.good.yaml")
        #expect(
            policy
                == RollbackPolicy(
                    name: "slow", summary: "latency_p99_seconds above 4 over 1h, from 1 event on", mode: .enforce,
                    deployments: [Glob("*")], environments: [Glob("production")], subject: .metric(.latencyP99),
                    window: .minutes(60), comparison: .above, limit: .absolute(4), minimumSample: 1, onNoData: .hold,
                    coolDown: .minutes(10), action: .freeze))
    }

    @Test func matchesRoutes() throws {
        let policy = try Self.load("previous-ratio.good.yaml")
        #expect(policy.applies(deployment: "support-bot", environment: "staging"))
        #expect(policy.applies(deployment: "faq-2", environment: "production"))
        #expect(!policy.applies(deployment: "faq-22", environment: "production"))
        #expect(!policy.applies(deployment: "support", environment: "production"))
    }

    @Test(arguments: [
        ("*", "", true), ("*", "anything", true), ("", "", true), ("", "a", false), ("a*c", "abbc", true),
        ("a*c", "ac", true), ("a*c", "acb", false), ("*a*b*", "xxaxxbxx", true), ("*a*b*", "xxbxxaxx", false),
        ("?", "é", true), ("?", "", false), ("**", "x", true), ("*.test", "a.test.test", true),
        ("a*a*a*a*a*a*a*a*b", String(repeating: "a", count: 2000), false),
    ])
    func globs(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(Glob(pattern).matches(name) == matches)
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("90s", .seconds(90)), ("5m", .minutes(5)), ("1h", .seconds(3600)),
        ("7d", .seconds(7 * 86_400)), ("0s", .zero), ("36525d", .seconds(36_525 * 86_400)), ("36526d", nil), ("5", nil),
        ("m", nil), ("", nil), ("-5m", nil), ("1.5h", nil), ("5 m", nil), ("5M", nil), ("1h30m", nil),
        ("99999999999999999999s", nil), ("９s", nil),
    ])
    func durations(_ text: String, _ duration: Duration?) throws {
        #expect(DurationText.parse(text) == duration)
        if let duration { #expect(DurationText.parse(DurationText.format(duration)) == duration) }
    }
}
