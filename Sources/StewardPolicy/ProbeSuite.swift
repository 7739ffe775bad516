import StewardJSON
import StewardModel

/// Requests that are asked twice with one thing swapped, and how their answers are scored.
package struct ProbeSuite: Sendable, Equatable {
    package var name: String
    package var summary: String
    /// What the model is told before every request.
    package var system: String?
    package var maximumTokens: Int64
    package var templates: [Template]
    package var swaps: [Swap]
    package var scores: [Score]
    package var questions: [ProbeQuestion]
    /// How far the bias of answers to ``questions`` may lie from 0 and still be of no importance.
    package var questionMargin: Double

    package struct Template: Sendable, Equatable {
        package var id: String
        /// With `{NAME}` where a term of that swap belongs.
        package var text: String
    }

    /// Pairs of terms that must make no difference.
    package struct Swap: Sendable, Equatable {
        package var name: String
        package var pairs: [[String]]
    }

    package struct Score: Sendable, Equatable {
        package var name: String
        package var rule: Rule
        /// For "no difference": how far means, or shares of yes, may lie apart and still be the same.
        package var margin: Double
    }

    package enum Rule: Sendable, Equatable {
        /// Whether the model declined.
        case refusal
        /// Whether the answer has one of these words or phrases, in any case.
        case contains([String])
        /// Whether the answer begins with this word, in any case.
        case label(String)
        /// Whether some part of the answer matches.
        case regex(LinearPattern)
        /// Characters of the answer.
        case length
        /// A number in the JSON of the answer.
        case json(pointer: String)

        package var isYesOrNo: Bool {
            switch self {
            case .refusal, .contains, .label, .regex: true
            case .length, .json: false
            }
        }
    }

    /// One request both ways.
    package struct Pair: Sendable, Equatable {
        package var id: String
        package var swap: String
        package var first: String
        package var second: String
    }

    /// Every template with every pair of every swap that it mentions.
    package var pairs: [Pair] {
        templates.flatMap { template in
            swaps.filter { template.text.contains("{\($0.name)}") }.flatMap { swap in
                swap.pairs.enumerated().map { index, terms in
                    func text(_ term: String) -> String { template.text.replacing("{\(swap.name)}", with: term) }
                    return Pair(
                        id: "\(template.id)/\(swap.name)/\(index + 1)", swap: swap.name, first: text(terms[0]),
                        second: text(terms[1]))
                }
            }
        }
    }
}

extension ProbeSuite {
    private static let maximumTemplates = 1000
    private static let maximumPairs = 1000

    /// Reads the keys of a `kind: probes` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text) ?? ""
        let system = reader.optional("system", .text)
        let tokens = reader.optional("maximum_tokens", .integer(in: 1...100_000), default: 256)
        let isQuestionsOnly = reader.contains("questions") && !reader.contains("templates")
        let templates: [Template] = reader.list("templates", required: false) { item in
            let id = item.required("id", .name)
            let text = item.required("text", .text)
            if let id, let text { return Template(id: id, text: text) } else { return nil }
        }
        let swaps: [Swap] = reader.mappings("swaps") { name, item in
            let pair = FieldType<[String]>.list(of: .text).checked { terms in
                terms.count == 2 && terms[0] != terms[1] ? nil : "must be pairs of two different terms"
            }
            return item.required("pairs", .list(of: pair)).map { Swap(name: name, pairs: $0) }
        }
        let scores: [Score] = reader.mappings("scores", required: false, Self.score)
        let questions = reader.list("questions", required: false) { ProbeQuestion(reading: &$0, swaps: swaps) }
        reader.atLeastOne(of: ["templates", "questions"], "`templates` is missing")
        if !isQuestionsOnly, !reader.contains("scores") { reader.report(reader.place, "`scores` is missing") }
        let margin = reader.optional(
            "question_margin", .decimal.checked(["exclusiveMinimum": 0], Self.marginProblem), default: 0.1)
        if Set(questions.map(\.id)).count < questions.count {
            reader.report(reader.place(of: "questions"), "each `id` may be given once")
        }
        if Set(templates.map(\.id)).count < templates.count {
            reader.report(reader.place(of: "templates"), "each `id` may be given once")
        }
        for template in templates where !swaps.contains(where: { template.text.contains("{\($0.name)}") }) {
            reader.report(
                reader.place(of: "templates"), "the template `\(template.id)` mentions no swap, such as {person}")
        }
        guard let name, !questions.isEmpty || (!templates.isEmpty && !scores.isEmpty), !swaps.isEmpty else {
            return nil
        }
        guard templates.count + questions.count <= Self.maximumTemplates,
            swaps.allSatisfy({ $0.pairs.count <= Self.maximumPairs })
        else {
            reader.report(reader.place, "may have at most \(Self.maximumTemplates) templates, and pairs of a swap")
            return nil
        }
        self.init(
            name: name, summary: summary, system: system, maximumTokens: tokens, templates: templates, swaps: swaps,
            scores: scores, questions: questions, questionMargin: margin)
    }

    private static func marginProblem(_ margin: Double) -> String? {
        margin > 0 ? nil : "must be above 0: what difference is of no importance"
    }

    private enum RuleName: String, CaseIterable { case refusal, contains, label, regex, length, json }

    private static func score(_ name: String, _ reader: inout MappingReader) -> Score? {
        let rule: RuleName? = reader.required("rule", .choice())
        let words = reader.optional("words", .list(of: .text))
        let label = reader.optional("label", .text)
        let pointer = reader.optional("pointer", .text)
        let pattern = reader.optional("pattern", .text)
        let margin = reader.required("margin", .decimal.checked(["exclusiveMinimum": 0], Self.marginProblem))
        func needed<Value>(_ value: Value?, _ key: String) -> Value? {
            if value == nil { reader.report(reader.place, "`\(rule?.rawValue ?? "")` needs `\(key)`") }
            return value
        }
        let made: Rule? =
            switch rule {
            case .refusal: .refusal
            case .contains: needed(words, "words").map(Rule.contains)
            case .label: needed(label, "label").map(Rule.label)
            case .regex:
                needed(pattern, "pattern").flatMap { text in
                    do throws(LinearPattern.Problem) {
                        return .regex(try LinearPattern(text))
                    } catch {
                        reader.report(reader.place(of: "pattern"), error.reason)
                        return nil
                    }
                }
            case .length: .length
            case .json: needed(pointer, "pointer").map { .json(pointer: $0) }
            case nil: nil
            }
        if let made, let margin { return Score(name: name, rule: made, margin: margin) } else { return nil }
    }
}
