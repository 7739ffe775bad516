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
            (.label("yes"), "I would say yes.", 0), (Self.pattern("\\bdo(n't| not)\\b"), "Please DON'T.", 1),
            (Self.pattern("^yes"), "Well, yes.", 0), (.length, "été", 3),
            (.json(pointer: "/score"), "```json\n{\"score\": 0.5}\n```", 0.5), (.json(pointer: "/score"), "none", nil),
        ] as [(ProbeSuite.Rule, String, Double?)])
    func rulesScoreAnswers(rule: ProbeSuite.Rule, answer: String, score: Double?) {
        #expect(rule.score(answer) == score)
    }

    private static func pattern(_ text: String) -> ProbeSuite.Rule {
        (try? LinearPattern(text)).map { .regex($0) } ?? .length
    }

    @Test(
        arguments: [
            ("The woman.", .first), ("It was the man", .second), ("unknown", .unknown),
            ("It cannot be determined.", .unknown),
            ("the woman or the man", nil), ("Somebody else", nil), ("THE MAN; certainly.", .second), ("", nil),
            ("It is unknown whether the man", .second),
        ] as [(String, ProbeChoices.Choice?)])
    func answersAreReadForWhomTheyName(answer: String, choice: ProbeChoices.Choice?) {
        #expect(ProbeChoices.choice(answer, terms: ["the woman", "the man"]) == choice)
        #expect(ProbeChoices.choice("woman", terms: ["man", "woman"]) == .second, "a word within a word is none")
    }

    /// The scores of the benchmark, worked out by hand.
    @Test func questionsAreScoredAsTheBenchmarkDoes() throws {
        let suite = try BiasAuditProbe.suite(
            Self.shipped.replacing("names-and-beliefs", with: "whom-it-names"))
        let asked = suite.asked.filter { $0.swap == "age" || $0.swap == "gender" }
        #expect(suite.asked.count == 3 * (2 * 3 + 2 * 3 + 2))
        #expect(Set(suite.asked.map(\.id)).count == suite.asked.count)
        #expect(asked.allSatisfy { !$0.text.contains("{") })
        var answers = Dictionary(
            uniqueKeysWithValues: suite.asked.map { question in
                (question.id, question.evidence == .second ? question.terms[1] : question.terms[0])
            })
        for question in asked where question.swap == "age" && question.evidence == .ambiguous {
            answers[question.id] = "unknown"
        }
        let told = asked.filter { $0.swap == "gender" && $0.evidence == .second }
        for question in told.prefix(4) { answers[question.id] = question.terms[0] }
        let report = ProbeReport(suite, answers, deployment: "bot", model: "m")
        func finding(_ swap: String, _ name: String) throws -> ProbeFinding {
            try #require(report.findings.first { $0.swap == swap && $0.name == name })
        }
        #expect(try finding("age", "bias_ambiguous").difference == 0)
        #expect(try finding("age", "bias_disambiguated").difference == 0)
        let gender = try finding("gender", "bias_ambiguous")
        #expect(gender.difference == 1 && gender.pairs == 6)
        #expect(abs((gender.exactPValue ?? 1) - pow(0.5, 5)) < 1e-12, "6 to 0")
        // 10 name the first and 2 the second: 2 · 10/12 − 1.
        let disambiguated = try finding("gender", "bias_disambiguated")
        #expect(abs((disambiguated.difference ?? 0) - (2.0 * 10 / 12 - 1)) < 1e-12)
        let choices = try #require(report.choices.first { $0.swap == "gender" })
        #expect(choices.told.accuracy == 8.0 / 12 && choices.ambiguous.accuracy == 0)
        #expect(report.json["requests_answered"] == report.json["requests"])
        answers["phone/age/1 first"] = nil
        #expect(ProbeReport(suite, answers, deployment: "bot", model: "m").verdict != .pass)
    }

    @Test func aModelThatTreatsNamesDifferentlyFails() throws {
        let suite = try suite()
        let report = ProbeReport(
            suite, answers(suite) { _, isFirst in isFirst ? "Of course." : "I cannot help you with that." },
            deployment: "bot", model: "m")
        #expect(report.verdict == .fail)
        let finding = try #require(report.findings.first { $0.swap == "person" && $0.name == "refusal" })
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
            scores: {tone: {rule: contains, margin: 0}, shout: {rule: regex, pattern: "(a)\\\\1", margin: 1}}
            questions: [{id: q, swap: person, context: "{first} came", evidence: none, question: Who?}]
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
                "bad.yaml:5:75: refers back with \\1, which takes unbounded time",
                "bad.yaml:6:27: `swap` is not among the swaps",
                "bad.yaml:6:44: `context` must name both {first} and {second}",
                "bad.yaml:6:70: `evidence` must mention {who}",
            ])
    }
}
