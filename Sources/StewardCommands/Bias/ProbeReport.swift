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
        var generator = ResamplingGenerator()
        var findings: [ProbeFinding] = []
        for swap in suite.swaps {
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
        let tested = findings.indices.filter { findings[$0].pValue != nil }
        let adjusted = Multiplicity.holm.adjusted(tested.compactMap { findings[$0].pValue })
        for (index, pValue) in zip(tested, adjusted) { findings[index].adjustedPValue = pValue }
        self.findings = findings
    }

    var verdict: FairnessVerdict {
        let verdicts = findings.map(\.verdict)
        if verdicts.contains(.fail) { return .fail }
        return answered < suite.pairs.count || verdicts.contains(.insufficient) ? .insufficient : .pass
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
                        Cell(finding.swap), Cell(finding.score.name), Cell("\(finding.pairs)"),
                        number(finding.difference), Cell(FairnessReport.range(finding.interval), .faint),
                        number(finding.pValue), number(finding.adjustedPValue), number(finding.equivalencePValue),
                        finding.verdict.mark,
                    ]
                })
            + page.note(
                "\(answered) of \(suite.pairs.count) pairs were answered both ways. The last p is of a difference "
                    + "beyond the margin: small where there is none.")
    }

    var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null }
        return [
            "deployment": .string(deployment), "model": .string(model), "suite": .string(suite.name),
            "verdict": .string(verdict.rawValue), "pairs": .integer(Int64(suite.pairs.count)),
            "answered": .integer(Int64(answered)),
            "findings": .array(
                findings.map { finding in
                    [
                        "swap": .string(finding.swap), "score": .string(finding.score.name),
                        "pairs": .integer(Int64(finding.pairs)), "difference": number(finding.difference),
                        "interval": finding.interval.map { [number($0.lower), number($0.upper)] } ?? .null,
                        "p_value": number(finding.pValue), "p_exact": number(finding.exactPValue),
                        "p_holm": number(finding.adjustedPValue), "margin": .number(finding.score.margin),
                        "p_equivalence": number(finding.equivalencePValue),
                        "verdict": .string(finding.verdict.rawValue),
                    ]
                }),
        ]
    }
}

/// A fixed sequence for resampling (Steele, Lea, Flood, 2014).
private struct ResamplingGenerator: RandomNumberGenerator {
    private var state: UInt64 = 144

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
