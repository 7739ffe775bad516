import StewardModel

/// How much may be spent, on what, in which span of the calendar, and what happens when it is.
package struct BudgetPolicy: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable { case enforce, shadow }
    /// What is done when the limit is reached.
    package enum Action: String, Sendable, CaseIterable { case warn, throttle, block, downgrade }
    /// What each value of has a budget of its own.
    package enum Member: String, Sendable, CaseIterable {
        case deployment, version, model, provider, team, project, user, session
    }

    package var name: String
    package var summary: String
    package var mode: Mode
    package var scope: Scope
    package var per: Member?
    package var window: BudgetWindow
    package var limit: Nanodollars
    /// Percentages of the limit, ascending.
    package var warnAt: [Int64]
    package var action: Action
    /// The version that callers are asked to use, for ``Action/downgrade``.
    package var downgradeTo: String?
    /// With ``Action/throttle``: one request in this time goes through.
    package var pace: Duration
    /// The most that one request holds back; also what one holds back whose cost cannot be estimated.
    package var reservation: Nanodollars
    /// How long a reservation is held when nothing is heard of it.
    package var expires: Duration

    package struct Scope: Sendable, Equatable {
        package var deployments: [Glob] = []
        package var environments: [Glob] = []
        package var versions: [Glob] = []
        package var providers: [Glob] = []
        package var models: [Glob] = []
        package var teams: [Glob] = []
        package var projects: [Glob] = []
        package var users: [Glob] = []

        package init() {}

        /// A list that is empty holds for everything, also for what is not said.
        package func includes(_ subject: SpendSubject) -> Bool {
            func holds(_ globs: [Glob], _ value: String?) -> Bool {
                globs.isEmpty || value.map { value in globs.contains { $0.matches(value) } } ?? false
            }
            return holds(deployments, subject.series.deployment) && holds(environments, subject.series.environment)
                && holds(versions, subject.series.version) && holds(providers, subject.attribution.provider)
                && holds(models, subject.attribution.model) && holds(teams, subject.attribution.team)
                && holds(projects, subject.attribution.project) && holds(users, subject.attribution.user)
        }
    }
}

/// Whose spend something is.
package struct SpendSubject: Sendable, Hashable {
    package var series: SeriesKey
    package var attribution: Attribution
    package var session: String?

    package init(series: SeriesKey, attribution: Attribution = Attribution(), session: String? = nil) {
        self.series = series
        self.attribution = attribution
        self.session = session
    }

    package func value(of member: BudgetPolicy.Member) -> String? {
        switch member {
        case .deployment: series.deployment
        case .version: series.version
        case .model: attribution.model
        case .provider: attribution.provider
        case .team: attribution.team
        case .project: attribution.project
        case .user: attribution.user
        case .session: session
        }
    }
}

// MARK: - Reading

extension BudgetPolicy {
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text)
        let mode = reader.optional("mode", .choice(), default: Mode.enforce)
        let scope = reader.mapping("scope", Self.scope) ?? Scope()
        let per = reader.optional("per", FieldType<Member>.choice())
        let window = reader.mapping("window", required: true, BudgetWindow.init(reading:))
        let limit = reader.required("limit_usd", Self.dollars)
        let warnAt = reader.optional(
            "warn_at", .list(of: .integer(in: 1...100), allowsEmpty: true), default: [50, 80, 95])
        let action = reader.required("action", FieldType<Action>.choice())
        let downgradeTo = reader.optional("downgrade_to", .name)
        let pace = reader.optional("pace", .duration(in: .seconds(1) ... .seconds(3600)), default: .seconds(60))
        let reservation = reader.optional("reservation_usd", Self.dollars)
        let expires = reader.optional(
            "reservation_expires", .duration(in: .seconds(1) ... .seconds(86_400)), default: .seconds(600))
        if (action == .downgrade) != (downgradeTo != nil), action != nil {
            reader.report(
                reader.place(of: "downgrade_to"), "`downgrade_to` belongs to `action: downgrade`, and only to it")
        }
        if reader.contains("pace"), action != .throttle {
            reader.report(reader.place(of: "pace"), "`pace` is for throttle only")
        }
        if let limit, let reservation, reservation > limit {
            reader.report(reader.place(of: "reservation_usd"), "`reservation_usd` is more than `limit_usd`")
        }
        guard let name, let window, let limit, let action else { return nil }
        self.init(
            name: name, summary: summary ?? "At most $\(limit.dollars) \(window.text).", mode: mode, scope: scope,
            per: per, window: window, limit: limit, warnAt: warnAt.sorted(), action: action, downgradeTo: downgradeTo,
            pace: pace, reservation: reservation ?? Nanodollars(max(1, limit.amount / 100)),
            expires: expires)
    }

    private static func scope(_ reader: inout MappingReader) -> Scope? {
        var scope = Scope()
        let fields: [(String, WritableKeyPath<Scope, [Glob]>)] = [
            ("deployments", \.deployments), ("environments", \.environments), ("versions", \.versions),
            ("providers", \.providers), ("models", \.models), ("teams", \.teams), ("projects", \.projects),
            ("users", \.users),
        ]
        for (key, path) in fields { scope[keyPath: path] = reader.optional(key, .list(of: .glob)) ?? [] }
        return scope
    }

    private static let dollars = FieldType<Nanodollars>.scalar("US dollars above 0 such as \"250.00\"") { text in
        Nanodollars.fixedPoint(text, places: 9).flatMap { $0 > 0 ? Nanodollars($0) : nil }
    }
}
