import ArgumentParser
import StewardJSON
import StewardModel
import StewardStatistics

struct Fairness: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Audit a file of decisions for differences between groups, without a daemon.",
        discussion: """
            Reads a CSV or JSON Lines file with one decision a row and says of every rule pass, fail or insufficient. \
            Both pass and fail take evidence: an interval within the bound, or one beyond it after correction for the \
            number of groups. An empty outcome, truth, score or attribute is unknown, and what is unknown is counted.

            Exits 1 when a rule fails. Insufficient evidence is no failure and exits 0, but it is no pass either: the \
            first line says which it is.

            Example:
              steward fairness decisions.csv --attribute sex,race --outcome hired
              steward fairness hires.csv --attribute sex --outcome hired --html audit.html
            """)

    @Argument(help: "The file. A name that ends in .jsonl or .ndjson is JSON Lines, any other CSV with a header.")
    var file: String

    @Option(help: "The columns that say which group a person belongs to, separated by commas.")
    var attribute: String

    @Option(help: "The column with the decision.")
    var outcome: String

    @Option(help: "The column with what turned out to be true.")
    var truth: String?

    @Option(help: "The column with the score behind the decision.")
    var score: String?

    @Option(
        help: """
            A value of the outcome and truth columns that is the favourable one; all others are not. May be repeated. \
            (default: 1, true, yes; then nothing but these and 0, false, no may stand there)
            """)
    var favourable: [String] = []

    @Option(help: "A value of the attributes that means unknown, besides an empty cell. May be repeated.")
    var unknown: [String] = []

    @Flag(help: "Audit the combinations of all attributes too.")
    var intersections = false

    @Option(help: "The group to compare with, one for each attribute, separated by commas. (default: the largest)")
    var reference: String?

    @Option(
        help: """
            A measure and its bound, such as impact_ratio=0.8. May be repeated. (default: impact_ratio=0.8; with \
            --truth also equalized_odds_difference=0.1 and predictive_parity_difference=0.1)
            """)
    var rule: [String] = []

    @Option(help: "The smallest denominator on which a group is judged.")
    var minimum: Int64 = 30

    @Option(help: "By how much an interval may reach beyond the bound and still pass.")
    var margin = 0.0

    @Option(help: "For how many groups are compared: 'holm' for few, 'bh' for many, or 'none'.")
    var correction: Multiplicity = .holm

    @Option(help: "Confidence of the intervals.")
    var confidence = 0.95

    @Flag(name: .customLong("ll144"), help: "Add the tables of New York City's Local Law 144.")
    var localLaw144 = false

    @Flag(help: "With --ll144: leave categories below 2 % of the data out of the ratios, and say so.")
    var excludeSmall = false

    @Option(help: "Write a page to read, print and file.", completion: .file())
    var html: String?

    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let console = Console.live()
        let plan = try self.plan()
        let source = try ImportFile(path: file)
        let read = try source.open()
        let reader = FairnessReader(plan.columns, format: source.format)
        let input = try FairnessReader.decisions(reader, file: file) { try read(1 << 18) }
        let report = try FairnessReport(input, plan, file: file, time: console.now())
        if let html { try Files.write(Array(report.page.html.utf8), to: html) }
        try report.show(console, outputOptions.output)
    }

    /// What is asked for, checked as far as it can be without the file.
    func plan() throws -> FairnessPlan {
        let attributes = Self.list(attribute)
        guard !attributes.isEmpty, Set(attributes).count == attributes.count else {
            throw Self.wrong("--attribute", "must name one or more columns, each once, separated by commas")
        }
        let references = reference.map(Self.list)
        if let references, references.count != attributes.count {
            throw Self.wrong(
                "--reference", "must name one group for each of the \(attributes.count) attributes, in their order")
        }
        if excludeSmall, !localLaw144 { throw Self.wrong("--exclude-small", "means something only with --ll144") }
        if intersections, attributes.count < 2 {
            throw Self.wrong("--intersections", "needs two or more attributes")
        }
        let texts = rule.isEmpty ? Self.standardRules(hasTruth: truth != nil) : rule
        return FairnessPlan(
            columns: .init(
                attributes: attributes, outcome: outcome, truth: truth, score: score, favourable: favourable,
                unknown: unknown),
            intersections: intersections, references: references, rules: try texts.map(rule(parsing:)),
            confidence: confidence, localLaw144: localLaw144,
            excludedBelowShare: excludeSmall ? LocalLaw144.smallShare : nil)
    }

    private static func standardRules(hasTruth: Bool) -> [String] {
        ["impact_ratio=0.8"] + (hasTruth ? ["equalized_odds_difference=0.1", "predictive_parity_difference=0.1"] : [])
    }

    private func rule(parsing text: String) throws -> FairnessRule {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let measure = FairnessMeasure(rawValue: parts[0]), let bound = Double(parts[1]) else {
            let names = FairnessMeasure.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.wrong("--rule", "'\(text)' must be MEASURE=BOUND, with one of the measures \(names)")
        }
        let rule = FairnessRule(
            measure, bound: bound, margin: margin, minimumTrials: minimum, correction: correction,
            confidence: confidence)
        if let problem = rule.problem { throw Self.wrong("--rule", "'\(text)': \(problem)") }
        let needsTruth = !measure.rates.allSatisfy { $0 == .selection || $0 == .scoring }
        if needsTruth, truth == nil { throw Self.wrong("--rule", "'\(text)' needs --truth") }
        if measure.rates.contains(.scoring), score == nil { throw Self.wrong("--rule", "'\(text)' needs --score") }
        return rule
    }

    private static func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

    private static func wrong(_ option: String, _ message: String) -> StewardError {
        StewardError(.invalidInput, message, field: option)
    }
}

extension Multiplicity: ExpressibleByArgument {}

/// What an audit of a file is asked to say.
struct FairnessPlan {
    struct Columns: Equatable {
        var attributes: [String]
        var outcome: String
        var truth: String?
        var score: String?
        /// Empty for the usual words.
        var favourable: [String] = []
        var unknown: [String] = []
    }

    var columns: Columns
    var intersections = false
    var references: [String]?
    var rules: [FairnessRule]
    var confidence = 0.95
    var localLaw144 = false
    var excludedBelowShare: Double?
}
