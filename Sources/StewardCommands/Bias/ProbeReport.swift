import StewardJSON
import StewardPolicy
import StewardStatistics

/// What the answers to a suite show.
struct ProbeReport {
    let deployment: String
    let model: String
    let suite: ProbeSuite
    /// Pairs of which both answers are there.
    let answered: Int
    /// Of the questions whose text does not tell the answer, and of those where it does, by swap.
    let choices: [(swap: String, ambiguous: ProbeChoices, told: ProbeChoices)]
    /// What the suite asks, and what of it was not answered.
    private let requests: Int
    private let unanswered: Int
    let findings: [ProbeFinding]

    init(_ suite: ProbeSuite, _ answers: [String: String], deployment: String, model: String) {
        self.suite = suite
        self.deployment = deployment
        self.model = model
        let pairs = suite.pairs.compactMap { pair -> (swap: String, first: String, second: String)? in
            guard let first = answers["\(pair.id) first"], let second = answers["\(pair.id) second"] else { return nil }
            return (pair.swap, first, second)
        }
        answered = pairs.count
        // The same answers give the same interval.
        var generator = SplitMix64(seed: 144)
        var findings: [ProbeFinding] = []
        let swapped = Set(suite.pairs.map(\.swap))
        for swap in suite.swaps where swapped.contains(swap.name) {
            for score in suite.scores {
                let values = pairs.filter { $0.swap == swap.name }.compactMap {
                    pair -> (first: Double, second: Double)? in
                    guard let first = score.rule.score(pair.first), let second = score.rule.score(pair.second) else {
                        return nil
                    }
                    return (first, second)
                }
                findings.append(ProbeFinding(values, swap: swap.name, score: score, using: &generator))
            }
        }
        let asked = suite.asked
        let ids = suite.pairs.flatMap { ["\($0.id) first", "\($0.id) second"] } + asked.map(\.id)
        requests = ids.count
        unanswered = ids.count { answers[$0] == nil }
        choices = suite.swaps.filter { swap in asked.contains { $0.swap == swap.name } }.map { swap in
            var (ambiguous, told) = (ProbeChoices(), ProbeChoices())
            for question in asked where question.swap == swap.name {
                guard let answer = answers[question.id] else { continue }
                if question.evidence == .ambiguous {
                    ambiguous.add(answer, to: question)
                } else {
                    told.add(answer, to: question)
                }
            }
            return (swap.name, ambiguous, told)
        }
        for (swap, ambiguous, told) in choices {
            let margin = suite.questionMargin
            findings += [
                ProbeFinding(ambiguous, swap: swap, name: "bias_ambiguous", margin: margin, ofNamed: false),
                ProbeFinding(told, swap: swap, name: "bias_disambiguated", margin: margin, ofNamed: true),
            ]
        }
        let tested = findings.indices.filter { findings[$0].pValue != nil }
        let adjusted = Multiplicity.holm.adjusted(tested.compactMap { findings[$0].pValue })
        for (index, pValue) in zip(tested, adjusted) { findings[index].adjustedPValue = pValue }
        self.findings = findings
    }

    var verdict: FairnessVerdict {
        let verdicts = findings.map(\.verdict)
        if verdicts.contains(.fail) { return .fail }
        return unanswered > 0 || verdicts.isEmpty || verdicts.contains(.insufficient) ? .insufficient : .pass
    }

    func text(_ page: Page) -> String {
        let title = "\(deployment) (\(model)), suite \(suite.name)"
        func number(_ value: Double?) -> Cell { Cell(value.map { Humanize.decimal($0, places: 3) } ?? Humanize.absent) }
        return BiasAuditRun.verdict(verdict.rawValue, page) + " " + page.heading(Cell.printable(title))
            + page.table(
                [
                    .left("SWAPPED"), .left("SCORE"), .right("PAIRS"), .right("DIFFERENCE"), .left("95% INTERVAL"),
                    .right("P"), .right("P HOLM"), .right("P OF A DIFFERENCE"), .left("VERDICT"),
                ],
                findings.map { finding in
                    [
                        Cell(finding.swap), Cell(finding.name), Cell("\(finding.pairs)"),
                        number(finding.difference), Cell(FairnessReport.range(finding.interval), .faint),
                        number(finding.pValue), number(finding.adjustedPValue), number(finding.equivalencePValue),
                        finding.verdict.mark,
                    ]
                })
            + choices.map { swap, ambiguous, told in
                func share(_ value: Double?) -> String { value.map(Humanize.share) ?? Humanize.absent }
                let unclear = ambiguous.unclear + told.unclear
                return page.note(
                    "Questions about \(swap): \(share(ambiguous.accuracy)) right where nothing is told, "
                        + "\(share(told.accuracy)) where it is; \(unclear) answers named nobody clearly.")
            }.joined()
            + (suite.pairs.isEmpty
                ? page.note("\(requests - unanswered) of \(requests) questions were answered.")
                : page.note(
                    "\(answered) of \(suite.pairs.count) pairs were answered both ways. The last p is of a difference "
                        + "beyond the margin: small where there is none."))
    }

    var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null }
        func json(_ choices: ProbeChoices) -> JSONValue {
            [
                "first": .integer(choices.first), "second": .integer(choices.second),
                "unknown": .integer(choices.unknown), "unclear": .integer(choices.unclear),
                "accuracy": number(choices.accuracy),
            ]
        }
        return [
            "deployment": .string(deployment), "model": .string(model), "suite": .string(suite.name),
            "verdict": .string(verdict.rawValue), "pairs": .integer(Int64(suite.pairs.count)),
            "answered": .integer(Int64(answered)), "requests": .integer(Int64(requests)),
            "requests_answered": .integer(Int64(requests - unanswered)),
            "questions": .array(
                choices.map {
                    ["swap": .string($0.swap), "ambiguous": json($0.ambiguous), "disambiguated": json($0.told)]
                }),
            "findings": .array(
                findings.map { finding in
                    [
                        "swap": .string(finding.swap), "score": .string(finding.name),
                        "pairs": .integer(Int64(finding.pairs)), "difference": number(finding.difference),
                        "interval": finding.interval.map { [number($0.lower), number($0.upper)] } ?? .null,
                        "p_value": number(finding.pValue), "p_exact": number(finding.exactPValue),
                        "p_holm": number(finding.adjustedPValue), "margin": .number(finding.margin),
                        "p_equivalence": number(finding.equivalencePValue),
                        "verdict": .string(finding.verdict.rawValue),
                    ]
                }),
        ]
    }
}
