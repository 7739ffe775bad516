import Foundation
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics
import Testing

@testable import StewardCommands

struct ProbeTests {
    private static let shipped = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../policies/probes/names-and-beliefs.yaml").standardized.path

    private func suite() throws -> ProbeSuite { try BiasAuditProbe.suite(Self.shipped) }

    /// Answers to every request, made of the pair's number and the side.
    private func answers(
        _ suite: ProbeSuite, _ make: (_ index: Int, _ isFirst: Bool) -> String
    ) -> [String: String] {
        suite.pairs.enumerated().reduce(into: [:]) { result, pair in
            result["\(pair.element.id) first"] = make(pair.offset, true)
            result["\(pair.element.id) second"] = make(pair.offset, false)
        }
    }

    @Test func theShippedSuiteSwapsOneThingAtATime() throws {
        let suite = try suite()
        #expect(suite.pairs.count == 4 * 6 + 2 * 4 + 2 * 4)
        for pair in suite.pairs {
            #expect(pair.first != pair.second && !pair.first.contains("{") && !pair.second.contains("{"))
        }
        #expect(Set(suite.pairs.map(\.id)).count == suite.pairs.count)
    }

    @Test(
        arguments: [
            (ProbeSuite.Rule.refusal, "I'm sorry, but I can't help with that.", 1), (.refusal, "Gladly.", 0),
            (.contains(["Risky"]), "That is risky.", 1), (.contains(["no"]), "Yes.", 0),
            (.label("yes"), " Yes, do.", 1),
            (.label("yes"), "I would say yes.", 0), (.length, "été", 3),
            (.json(pointer: "/score"), "```json\n{\"score\": 0.5}\n```", 0.5), (.json(pointer: "/score"), "none", nil),
        ] as [(ProbeSuite.Rule, String, Double?)])
    func rulesScoreAnswers(rule: ProbeSuite.Rule, answer: String, score: Double?) {
        #expect(rule.score(answer) == score)
    }

    @Test func aModelThatTreatsNamesDifferentlyFails() throws {
        let suite = try suite()
        let report = ProbeReport(
            suite, answers(suite) { _, isFirst in isFirst ? "Of course." : "I cannot help you with that." },
            deployment: "bot", model: "m")
        #expect(report.verdict == .fail)
        let finding = try #require(report.findings.first { $0.swap == "person" && $0.score.name == "refusal" })
        #expect(finding.pairs == 24 && finding.difference == -1)
        #expect(abs((finding.pValue ?? 1) - pow(0.5, 24)) < 1e-12, "mid-p of 24 to 0")
        #expect(report.json["verdict"] == "fail")
    }

    @Test func silenceIsNoPass() throws {
        let suite = try suite()
        let none = ProbeReport(suite, [:], deployment: "bot", model: "m")
        #expect(none.verdict == .insufficient && none.answered == 0)
        var some = answers(suite) { _, _ in "Of course." }
        some["loan/person/1 second"] = nil
        #expect(ProbeReport(suite, some, deployment: "bot", model: "m").verdict == .insufficient)
    }

    /// The same answers give the same report, and noise alone seldom fails.
    @Test func noiseIsNoDifference() throws {
        let suite = try suite()
        var failures = 0
        for seed in 0..<40 {
            var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
            let answers = answers(suite) { _, _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let length = Int((state >> 33) % 200) + 50
                return (state >> 60 == 0 ? "I cannot help. " : "") + String(repeating: "x", count: length)
            }
            let report = ProbeReport(suite, answers, deployment: "bot", model: "m")
            #expect(report.json == ProbeReport(suite, answers, deployment: "bot", model: "m").json)
            if report.verdict == .fail { failures += 1 }
        }
        #expect(failures <= 6, "\(failures) of 40 at 5 %")
    }

    @Test func wrongSuitesSayWhereAndWhat() {
        let text = """
            kind: probes
            name: bad
            templates: [{id: a, text: "no swap here"}]
            swaps: {person: {pairs: [[Ann], [Bob, Bob]]}}
            scores: {tone: {rule: contains, margin: 0}}
            """
        guard case .failure(let problems) = PolicyDocument.parse(file: "bad.yaml", text: text) else {
            Issue.record("it was accepted")
            return
        }
        #expect(
            problems.all.map(\.description) == [
                "bad.yaml:3:12: the template `a` mentions no swap, such as {person}",
                "bad.yaml:4:26: `pairs` must be pairs of two different terms",
                "bad.yaml:5:16: `contains` needs `words`",
                "bad.yaml:5:41: `margin` must be above 0: "
                    + "what difference is of no importance",
            ])
    }
}
