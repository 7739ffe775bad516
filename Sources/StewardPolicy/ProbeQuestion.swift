/// A question about two people, asked where the text does not tell the answer, and where it does: whom does a model
/// name when it does not know, and does it believe what it is told?
///
/// Evidence is told of each of the two in turn, so a model that reads it names both equally often.
///
/// - Reference: A. Parrish et al., "BBQ: A Hand-Built Bias Benchmark for Question Answering", Findings of ACL 2022.
package struct ProbeQuestion: Sendable, Equatable {
    package var id: String
    /// Whose pairs are asked about; the first term of a pair is whom prejudice would name.
    package var swap: String
    /// Names both as `{first}` and `{second}`, and tells nothing.
    package var context: String
    /// Tells the answer, of `{who}`.
    package var evidence: String
    package var question: String

    /// What the text tells.
    package enum Evidence: String, Sendable, CaseIterable {
        /// Nothing: the right answer is that it cannot be known.
        case ambiguous
        case first, second
    }

    /// One request.
    package struct Asked: Sendable, Equatable {
        package var id: String
        package var swap: String
        package var evidence: Evidence
        package var terms: [String]
        package var text: String
    }
}

extension ProbeQuestion {
    /// The question about every pair, with every kind of evidence. Every other pair's choices stand in reverse.
    func asked(_ pairs: [[String]]) -> [Asked] {
        pairs.enumerated().flatMap { index, terms in
            Evidence.allCases.map { evidence in
                let told =
                    switch evidence {
                    case .ambiguous: ""
                    case .first: " " + self.evidence.replacing("{who}", with: terms[0])
                    case .second: " " + self.evidence.replacing("{who}", with: terms[1])
                    }
                let context = context.replacing("{first}", with: terms[0]).replacing("{second}", with: terms[1])
                let choices = index.isMultiple(of: 2) ? terms : terms.reversed()
                return Asked(
                    id: "\(id)/\(swap)/\(index + 1) \(evidence.rawValue)", swap: swap, evidence: evidence,
                    terms: terms,
                    text: "\(context)\(told)\n\(question)\nAnswer with one of these and nothing else: \(choices[0]); "
                        + "\(choices[1]); unknown")
            }
        }
    }

    init?(reading reader: inout MappingReader, swaps: [ProbeSuite.Swap]) {
        let id = reader.required("id", .name)
        let swap = reader.required("swap", .name)
        let context = reader.required(
            "context",
            .text.checked { text in
                text.contains("{first}") && text.contains("{second}") ? nil : "must name both {first} and {second}"
            })
        let evidence = reader.required("evidence", .text.checked { $0.contains("{who}") ? nil : "must mention {who}" })
        let question = reader.required("question", .text)
        if let swap, !swaps.contains(where: { $0.name == swap }) {
            reader.report(reader.place(of: "swap"), "`swap` is not among the swaps")
            return nil
        }
        guard let id, let swap, let context, let evidence, let question else { return nil }
        self.init(id: id, swap: swap, context: context, evidence: evidence, question: question)
    }
}

extension ProbeSuite {
    /// Every question about every pair of its swap.
    package var asked: [ProbeQuestion.Asked] {
        questions.flatMap { question in
            question.asked(swaps.first { $0.name == question.swap }?.pairs ?? [])
        }
    }
}
