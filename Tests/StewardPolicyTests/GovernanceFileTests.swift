import Testing

@testable import StewardPolicy

/// Policies of promotion, rollout, webhooks, lifecycle and probes: every class of mistake, with its line and column.
struct GovernanceFileTests {
    @Test(arguments: Fixtures.names("governance", ".bad.yaml"))
    func refuses(_ name: String) throws {
        let text = try Fixtures.text("governance/" + name)
        try Fixtures.expectProblems(PolicyDocument.parse(file: name, text: text), "governance", name)
    }

    @Test(arguments: Fixtures.names("governance", ".good.yaml"))
    func accepts(_ name: String) throws {
        let text = try Fixtures.text("governance/" + name)
        #expect(throws: Never.self) { try PolicyDocument.parse(file: name, text: text).get() }
    }

    @Test(arguments: [
        ("{name: a, expect: pass}", "t:2:5: `current` is missing"),
        (
            "{name: a, current: {sample: 1}, version: {}, expect: pass}",
            "t:2:5: needs exactly one of current, version, groups, spent_percent, record, answers"
        ),
        ("{name: a, current: {value: .nan, sample: 1}, expect: pass}", "t:2:32: `value` must be a number, not `.nan`"),
        (
            "{name: a, groups: {men: {decisions: 1, favourable: 2}}, expect: pass}",
            "t:2:56: `favourable` must be at most `decisions`"
        ),
        ("{name: a, current: {sample: 1}, expect: passed}", "t:2:45: `expect` must be one of pass,"),
    ])
    func casesAreCheckedToo(_ text: String, _ problem: String) {
        guard case .failure(let problems) = PolicyTestFile.parse(file: "t", text: "cases:\n  - \(text)\n") else {
            Issue.record("\(text) was accepted")
            return
        }
        #expect(problems.description.hasPrefix(problem), "\(problems)")
    }
}
