import StewardJSON
import StewardModel
import StewardStatistics

extension BiasPolicy {
    /// Bounds on what one policy makes the store count.
    package enum Limit {
        package static let attributes = 16
        package static let intersections = 16
        package static let rules = 32
    }

    /// Reads the keys of a `kind: bias` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text)
        let scope = reader.appliesTo(environments: "*")
        let attributes = reader.required("attributes", .list(of: .name).checked { Self.problem($0, Limit.attributes) })
        let intersections =
            reader.optional("intersections", .list(of: .list(of: .name).checked { Self.combinationProblem($0) })) ?? []
        let unknownValues = reader.optional("unknown_values", .list(of: .text)) ?? []
        let outcome = reader.mapping("outcome") { $0.required("favourable", .list(of: .text)) }
        let truth = reader.mapping("ground_truth", Self.truth)
        let score = reader.mapping("score", Self.score)
        let references = reader.values("references", of: attributes ?? [], .text)
        let confidence = reader.optional("confidence", .decimal.checked(Self.share, Self.shareProblem), default: 0.95)
        let sources = Sources(outcome: outcome != nil, truth: truth != nil, score: score != nil)
        let rules = reader.list("rules") { Self.rule(&$0, sources, confidence) }
        let service = reader.list("service", required: false) { ServiceRule(reading: &$0, confidence: confidence) }
        let window = reader.optional("window", Self.hours, default: .seconds(30 * 86_400))
        let schedule = reader.optional("schedule", .duration(in: .seconds(60) ... .seconds(400 * 86_400)))
        let gate = reader.mapping("gate", Self.gate)
        let localLaw144 = reader.mapping("local_law_144") { law in
            LocalLaw144Option(
                excludedBelowShare: law.optional("exclude_below_share", .decimal.checked(Self.share, Self.shareProblem))
            )
        }
        reader.atLeastOne(of: ["outcome", "score"], "needs `outcome` or `score`: what is decided about people")
        if intersections.count > Limit.intersections {
            reader.report(reader.place(of: "intersections"), "may name at most \(Limit.intersections) combinations")
        }
        for attribute in intersections.flatMap(\.self) where attributes?.contains(attribute) == false {
            reader.report(
                reader.place(of: "intersections"), "names `\(attribute)`, which is not among the attributes")
        }
        guard let name, let attributes, !rules.isEmpty, rules.count + service.count <= Limit.rules else {
            if rules.count + service.count > Limit.rules {
                reader.report(reader.place(of: "rules"), "may hold at most \(Limit.rules) rules")
            }
            return nil
        }
        self.init(
            name: name,
            summary: summary ?? "Audit by \(attributes.joined(separator: ", ")), over \(DurationText.format(window)).",
            deployments: scope.deployments, environments: scope.environments,
            attributes: attributes, intersections: intersections, unknownValues: unknownValues,
            favourableOutcomes: outcome, truth: truth, score: score, references: references ?? [:], rules: rules,
            serviceRules: service, confidence: confidence, window: window, schedule: schedule, gate: gate,
            localLaw144: localLaw144)
    }

    /// Which of the things that rules rest on the policy declares.
    private struct Sources {
        var outcome: Bool
        var truth: Bool
        var score: Bool
    }

    private static func truth(_ reader: inout MappingReader) -> Truth? {
        let name = reader.optional("name", .name, default: GroupDeclaration.usualTruth)
        return reader.required("favourable", .list(of: .text)).map { Truth(name: name, favourable: $0) }
    }

    private static func score(_ reader: inout MappingReader) -> Score? {
        let threshold = reader.optional(
            "threshold",
            .decimal.checked { abs($0) <= Signal.namedLimit ? nil : "must lie from -1e9 to 1e9, as scores do" })
        return reader.required("name", .name).map { Score(name: $0, threshold: threshold) }
    }

    private static func gate(_ reader: inout MappingReader) -> Gate? {
        Gate(environments: reader.optional("environments", .list(of: .glob), default: [Glob("production")]))
    }

    private static func rule(
        _ reader: inout MappingReader, _ sources: Sources, _ confidence: Double
    ) -> FairnessRule? {
        let measure: FairnessMeasure? = reader.required("measure", .choice("one of the measures"))
        let bound = reader.required("bound", .decimal)
        let margin = reader.optional("margin", .decimal, default: 0)
        let trials = reader.optional("minimum_trials", .integer(in: 1...1_000_000_000), default: 30)
        let successes = reader.optional("minimum_successes", .integer(in: 0...1_000_000_000), default: 5)
        let correction = reader.optional("correction", FieldType<Multiplicity>.choice(), default: .holm)
        let isWatched = reader.optional("continuous", .bool, default: false)
        guard let measure, let bound else { return nil }
        let rule = FairnessRule(
            measure, bound: bound, margin: margin, minimumTrials: trials, minimumSuccesses: successes,
            correction: correction, confidence: confidence, isContinuous: isWatched)
        if let problem = rule.problem { reader.report(reader.place(of: "bound"), problem) }
        let place = reader.place(of: "measure")
        if measure.rates.contains(.scoring), !sources.score {
            reader.report(place, "`\(measure.rawValue)` needs `score`, which this policy does not declare")
        }
        if !measure.rates.allSatisfy({ $0 == .selection || $0 == .scoring }), !sources.truth {
            reader.report(place, "`\(measure.rawValue)` needs `ground_truth`, which this policy does not declare")
        }
        return rule
    }

    private static let hours = FieldType.duration(in: .seconds(3600) ... .seconds(400 * 86_400)).checked { window in
        window.components.seconds % 3600 == 0 && window.components.attoseconds == 0
            ? nil : "must be whole hours, because groups are counted by hour"
    }

    private static let share: JSONValue = ["exclusiveMinimum": 0, "exclusiveMaximum": 1]

    private static func shareProblem(_ share: Double) -> String? {
        share > 0 && share < 1 ? nil : "must lie between 0 and 1"
    }

    private static func problem(_ names: [String], _ limit: Int) -> String? {
        if Set(names).count < names.count { return "must name each attribute once" }
        return names.count <= limit ? nil : "may name at most \(limit) attributes"
    }

    private static func combinationProblem(_ names: [String]) -> String? {
        (2...4).contains(names.count) && Set(names).count == names.count
            ? nil : "must be lists of two to four different attributes"
    }
}
