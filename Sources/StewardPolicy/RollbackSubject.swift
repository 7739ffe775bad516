import StewardJSON
import StewardModel

extension RollbackPolicy {
    /// What a rollback policy looks at; all of it comes down to one number that is held against a limit.
    package enum Subject: Sendable, Equatable {
        case metric(Metric)
        /// How many times faster than it may the errors an objective allows are used up, in the policy's window and in
        /// a short one: the lower of the two, so that an alarm ends soon after its cause (SRE Workbook, chapter 5).
        case burnRate(Metric, objective: Double, shortWindow: Duration)
        /// How many findings about the version are open.
        case findings(FindingFilter)
        /// 1 when the version's latest audit by this bias policy failed, 0 when it passed.
        case audit(String)
        /// How much of this budget is spent, in percent: the most that any member of it has spent.
        case budget(String)

        /// As decisions name it.
        package var name: String {
            switch self {
            case .metric(let metric): metric.rawValue
            case .burnRate(let metric, _, _): "burn_rate of \(metric.rawValue)"
            case .findings(let filter): filter.name
            case .audit(let policy): "audit \(policy)"
            case .budget(let budget): "budget \(budget)"
            }
        }

        /// What is measured of events; `nil` where the answer comes from what is on record.
        package var metric: Metric? {
            switch self {
            case .metric(let metric), .burnRate(let metric, _, _): metric
            case .findings, .audit, .budget: nil
            }
        }
    }

    /// Which open findings count; the policy's own never do.
    package struct FindingFilter: Sendable, Equatable {
        package enum Kind: String, Sendable, CaseIterable {
            case drift, anomaly, disparity, overspend, unpriced
            case policyBreach = "policy_breach"
        }
        /// `nil`: any.
        package var kind: Kind?
        package var signal: String?
        /// At least this grave; `nil`: any.
        package var severity: Severity?
        /// How long one must have been open.
        package var lasting: Duration

        package init(kind: Kind?, signal: String?, severity: Severity?, lasting: Duration) {
            self.kind = kind
            self.signal = signal
            self.severity = severity
            self.lasting = lasting
        }

        package func matches(kind: String, signal: String?, severity: Severity, open: Duration) -> Bool {
            (self.kind.map { $0.rawValue == kind } ?? true) && (self.signal.map { $0 == signal } ?? true)
                && (self.severity.map { severity.rank <= $0.rank } ?? true) && open >= lasting
        }

        /// `critical drift findings of latency`.
        package var name: String {
            [severity?.rawValue, kind?.rawValue, "findings", signal.map { "of \($0)" }].compactMap { $0 }
                .joined(separator: " ")
        }
    }
}

extension Severity {
    /// 0 is the gravest.
    package var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}

extension RollbackPolicy {
    private static let bounds = ["above", "below", "above_previous", "below_previous", "above_own", "below_own"]
    static let subjects = ["metric", "burn_rate", "finding", "audit", "budget"]

    /// The keys below `when`.
    struct Rule {
        var subject: Subject
        var window: Duration
        var comparison: Comparison
        var limit: Limit
        var reference: Reference = .none
        /// What counts as enough evidence is for those to say who count events.
        var needsSample: Bool { subject.metric != nil }
    }

    static func rule(_ reader: inout MappingReader) -> Rule? {
        guard let subject = reader.oneKey(of: subjects, else: "metric") else { return nil }
        switch subject {
        case "burn_rate": return reader.mapping("burn_rate", required: true, burnRate)
        case "finding": return reader.mapping("finding", required: true, finding)
        case "audit":
            return reader.required("audit", .name).map {
                Rule(subject: .audit($0), window: .minutes(1), comparison: .above, limit: .absolute(0))
            }
        case "budget": return reader.mapping("budget", required: true, budget)
        default: return metricRule(&reader)
        }
    }

    private static func metricRule(_ reader: inout MappingReader) -> Rule? {
        let metric: Metric? = reader.required("metric", .metric)
        let window = reader.required("window", windowType)
        let above = reader.optional("above", .decimal)
        let below = reader.optional("below", .decimal)
        let relatives: [(key: String, limit: Limit?, reference: Reference)] = [
            ("above_previous", reader.mapping("above_previous") { relative(.above, &$0) }, .previous),
            ("below_previous", reader.mapping("below_previous") { relative(.below, &$0) }, .previous),
        ]
        let own = [("above_own", Comparison.above), ("below_own", .below)].compactMap { key, comparison in
            reader.mapping(key) { ownPast(comparison, &$0) }
        }.first
        let given = bounds.filter { reader.contains($0) }
        let found = given.isEmpty ? "none" : given.joined(separator: " and ")
        reader.exactlyOne(of: bounds, "needs exactly one of \(bounds.joined(separator: ", ")), not \(found)")
        for (key, value) in [("above", above), ("below", below)] {
            guard metric == .errorRate, let value, !(0...1).contains(value) else { continue }
            let message = "`\(key)` must be a share from 0 to 1 for error_rate: 5 % is 0.05"
            reader.report(reader.place(of: key), message)
        }
        guard let metric, let window, given.count == 1, let key = given.first else { return nil }
        let comparison: Comparison = key.hasPrefix("above") ? .above : .below
        if let limit = (above ?? below).map(Limit.absolute) {
            return Rule(subject: .metric(metric), window: window, comparison: comparison, limit: limit)
        }
        let compared = own ?? relatives.first { $0.key == key }.flatMap { row in row.limit.map { ($0, row.reference) } }
        return compared.map { limit, reference in
            Rule(
                subject: .metric(metric), window: window, comparison: comparison, limit: limit, reference: reference)
        }
    }

    private static func burnRate(_ reader: inout MappingReader) -> Rule? {
        let metric: Metric? = reader.required("metric", .metric)
        let objective = reader.required(
            "objective",
            .decimal.checked(["exclusiveMinimum": 0, "exclusiveMaximum": 1]) {
                $0 > 0 && $0 < 1 ? nil : "must be above 0 and below 1: 99 % is 0.99"
            })
        let factor = reader.required(
            "factor", .decimal.checked(["exclusiveMinimum": 0]) { $0 > 0 ? nil : "must be above 0" })
        let window = reader.required("window", windowType)
        let short = reader.required("short_window", windowType)
        if let metric, metric.shape != .rate {
            reader.report(reader.place(of: "metric"), "`metric` must be a share of events, such as error_rate")
        }
        if let window, let short, short >= window {
            reader.report(reader.place(of: "short_window"), "`short_window` must be shorter than `window`")
        }
        guard let metric, let objective, let factor, let window, let short else { return nil }
        return Rule(
            subject: .burnRate(metric, objective: objective, shortWindow: short), window: window, comparison: .above,
            limit: .absolute(factor))
    }

    private static func finding(_ reader: inout MappingReader) -> Rule? {
        let kind = reader.optional("kind", FieldType<FindingFilter.Kind>.choice())
        let signal = reader.optional("signal", .text)
        let severity = reader.optional("severity", FieldType<Severity>.choice())
        let lasting = reader.optional("lasting", .duration(in: .zero ... .seconds(30 * 86_400)), default: .zero)
        guard reader.problems.isEmpty else { return nil }
        return Rule(
            subject: .findings(FindingFilter(kind: kind, signal: signal, severity: severity, lasting: lasting)),
            window: .minutes(1), comparison: .above, limit: .absolute(0))
    }

    private static func budget(_ reader: inout MappingReader) -> Rule? {
        let name = reader.required("name", .name)
        let percent = reader.required("at_least_percent", .integer(in: 1...1000))
        guard let name, let percent else { return nil }
        return Rule(
            subject: .budget(name), window: .minutes(1), comparison: .atLeast, limit: .absolute(Double(percent)))
    }

    private static let windowType = FieldType.duration(in: .minutes(1) ... .seconds(7 * 86_400)).checked { window in
        window.components.seconds % 60 == 0 && window.components.attoseconds == 0
            ? nil : "must be whole minutes, because the evidence is kept by minute"
    }

    /// As ``relative(_:_:)``, with how far back the version's own past reaches.
    private static func ownPast(_ comparison: Comparison, _ reader: inout MappingReader) -> (Limit, Reference)? {
        let over = reader.required("over", windowType)
        guard let limit = relative(comparison, &reader), let over else { return nil }
        return (limit, .own(over))
    }

    private static func relative(_ comparison: Comparison, _ reader: inout MappingReader) -> Limit? {
        let ratio = reader.optional(
            "ratio",
            .decimal.checked(comparison == .below ? ["exclusiveMinimum": 0, "maximum": 1] : ["minimum": 1]) { ratio in
                switch comparison {
                case .above, .atLeast:
                    ratio >= 1 ? nil : "must be at least 1: 2.0 is twice the previous version's value"
                case .below: ratio > 0 && ratio <= 1 ? nil : "must be above 0 and at most 1: 0.5 is half of it"
                }
            })
        let difference = reader.optional(
            "difference",
            .decimal.checked(["minimum": 0]) { $0 >= 0 ? nil : "must not be negative; the key says the direction" })
        reader.exactlyOne(of: ["ratio", "difference"])
        return ratio.map(Limit.ratio) ?? difference.map(Limit.difference)
    }
}
