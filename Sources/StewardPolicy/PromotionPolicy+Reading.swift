import StewardJSON
import StewardModel

extension PromotionPolicy {
    private static let maximumGates = 32

    /// Reads the keys of a `kind: promotion` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text)
        let mode = reader.optional("mode", .choice(), default: RollbackPolicy.Mode.enforce)
        let scope = reader.appliesTo(environments: "production")
        let gates = reader.list("gates", required: false, PromotionGate.init)
        let approvals = reader.mapping("approvals") { approvals -> Approvals? in
            let count = approvals.required("count", .integer(in: 1...10))
            let valid = approvals.optional(
                "valid_for", .duration(in: .seconds(60) ... .seconds(90 * 86_400)), default: .seconds(86_400))
            let roles = approvals.optional("roles", .list(of: FieldType<Role>.choice())) ?? []
            return count.map { Approvals(count: $0, roles: roles, validFor: valid) }
        }
        let windows = reader.list("windows", required: false, ChangeWindow.init)
        reader.atLeastOne(
            of: ["gates", "approvals", "windows"], "needs gates, approvals or windows: without them it asks for nothing"
        )
        if gates.count > Self.maximumGates {
            reader.report(reader.place(of: "gates"), "`gates` may hold at most \(Self.maximumGates) gates")
        }
        guard let name else { return nil }
        self.init(
            name: name, summary: summary ?? "What must hold before a promotion.", mode: mode,
            deployments: scope.deployments,
            environments: scope.environments, gates: gates, approvals: approvals,
            windows: windows)
    }
}

extension PromotionGate {
    private static let kinds = ["metric", "evaluation", "findings", "card", "lifecycle", "budget", "audit"]

    private enum Findings: String, CaseIterable {
        case none
        case noneCritical = "none_critical"
    }
    private enum Supported: String, CaseIterable { case supported }

    fileprivate init?(_ reader: inout MappingReader) {
        guard let kind = reader.oneKey(of: Self.kinds) else { return nil }
        switch kind {
        case "metric":
            let metric: Metric? = reader.required("metric", .metric)
            let environment = reader.optional("environment", .name, default: "staging")
            let window = reader.required("window", .duration(in: .minutes(1) ... .seconds(90 * 86_400)))
            let sample = reader.required("minimum_sample", .integer(in: 1...1_000_000_000))
            guard let bound = Self.bound(&reader), let metric, let window, let sample else { return nil }
            self = .metric(
                metric, environment: environment, window: window, bound: bound, minimumSample: sample)
        case "evaluation":
            let name = reader.required("evaluation", .name)
            let age = reader.optional("maximum_age", .duration(in: .minutes(1) ... .seconds(3650 * 86_400)))
            guard let bound = Self.bound(&reader), let name else { return nil }
            self = .evaluation(name, bound: bound, maximumAge: age)
        case "findings":
            guard let findings = reader.required("findings", FieldType<Findings>.choice()) else { return nil }
            self = .noFindings(criticalOnly: findings == .noneCritical)
        case "card":
            guard let fields = reader.required("card", .list(of: .text)) else { return nil }
            self = .card(fields)
        case "budget":
            let name = reader.required("budget", .name)
            let most = reader.required(
                "at_most_percent", .decimal.checked(["minimum": 0]) { $0 >= 0 ? nil : "must not be negative" })
            guard let name, let most else { return nil }
            self = .budget(name, atMostPercent: most)
        case "audit":
            let name = reader.required("audit", .name)
            let age = reader.optional("maximum_age", .duration(in: .minutes(1) ... .seconds(3650 * 86_400)))
            guard let name else { return nil }
            self = .audit(name, maximumAge: age)
        default:
            guard reader.required("lifecycle", FieldType<Supported>.choice()) != nil else { return nil }
            self = .supported
        }
    }

    private static func bound(_ reader: inout MappingReader) -> Bound? {
        let atMost = reader.optional("at_most", .decimal)
        let atLeast = reader.optional("at_least", .decimal)
        guard reader.exactlyOne(of: ["at_most", "at_least"]) else { return nil }
        return atMost.map(Bound.atMost) ?? atLeast.map(Bound.atLeast)
    }
}

extension ChangeWindow {
    private enum Day: String, CaseIterable { case mon, tue, wed, thu, fri, sat, sun }

    fileprivate init?(_ reader: inout MappingReader) {
        let days = reader.optional("days", .list(of: FieldType<Day>.choice())) ?? Day.allCases
        let from = reader.required("from", Self.clock)
        let to = reader.required("to", Self.clock)
        let offset = reader.optional("utc_offset", Self.offset) ?? 0
        guard let from, let to else { return nil }
        guard from < to else {
            reader.report(reader.place(of: "to"), "`to` must be later than `from`; use two windows around midnight")
            return nil
        }
        self.init(
            days: Set(days.compactMap { Day.allCases.firstIndex(of: $0) }), minutes: from..<to,
            utcOffsetMinutes: offset)
    }

    private static let clock = FieldType.scalar(
        "a time of day such as \"09:00\"", schema: ["type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"], minutes)

    private static let offset = FieldType.scalar(
        "an offset such as \"+01:00\"", schema: ["type": "string", "pattern": "^[+-][01][0-9]:[0-5][0-9]$"]
    ) { text -> Int64? in
        guard let sign = text.first, sign == "+" || sign == "-", let minutes = minutes(String(text.dropFirst())),
            minutes <= 14 * 60
        else { return nil }
        return sign == "-" ? -minutes : minutes
    }

    private static func minutes(_ text: String) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hours = Int64(parts[0]),
            let minutes = Int64(parts[1]), (0...24).contains(hours), (0..<60).contains(minutes),
            hours < 24 || minutes == 0
        else { return nil }
        return hours * 60 + minutes
    }
}
