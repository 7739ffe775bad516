import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStore

/// What one team spent in one month of UTC, as finance files it.
struct Statement {
    struct Line {
        /// Deployment, version, provider, model.
        var names: [String?]
        var spend: Spend
    }

    struct Budget {
        var standing: BudgetStanding
        var policy: BudgetPolicy
    }

    var team: String
    var month: CalendarMonth
    var made: Timestamp
    var lines: [Line] = []
    /// By day of the month, from 1.
    var days: [Int: Spend] = [:]
    /// `nil` where events did not name a project.
    var projects: [(name: String?, spend: Spend)] = []
    var total = Spend()
    /// Of the month before; `nil` when it had no events.
    var previous: Spend?
    /// Those that bound this team, as they stand now; empty for months that are over.
    var budgets: [Budget] = []
    var pricesVersion: String
    var pricesDigest: String
    var origin: String

    /// Whether the month is still going on.
    var isOpen: Bool { made < month.end }

    /// Reads a statement from the spend of whole days.
    static func read(
        team: String, month: CalendarMonth, deployment: String?, _ api: API, now: Timestamp
    ) async throws -> Statement {
        var filter: [SpendDimension: String] = [.team: team]
        filter[.deployment] = deployment
        func spend(_ dimensions: [SpendDimension], _ month: CalendarMonth) async throws -> [SpendRow] {
            try await api.store.spend(days: month.days, groupedBy: dimensions, where: filter)
        }
        var statement = Statement(
            team: team, month: month, made: now, pricesVersion: api.prices.version,
            pricesDigest: "sha256:" + api.prices.digest, origin: api.governor.origin)
        for row in try await spend([.deployment, .version, .provider, .model], month) {
            statement.lines.append(Line(names: row.group, spend: row.spend))
            statement.total.add(row.spend)
        }
        for row in try await spend([.day], month) {
            if let day = row.group[0].flatMap({ Int($0.suffix(2)) }) { statement.days[day] = row.spend }
        }
        statement.projects = try await spend([.project], month).map { ($0.group[0], $0.spend) }
        statement.previous = try await spend([], month.previous).first?.spend
        if statement.isOpen, deployment == nil {
            statement.budgets = api.budgets.standings().filter { standing, policy in
                standing.member == team && policy.per == .team
                    || policy.per == nil && policy.scope.teams.contains { $0.matches(team) }
            }.map { Budget(standing: $0.standing, policy: $0.policy) }
        }
        return statement
    }
}

extension Statement {
    func write(to writer: inout JSONWriter) {
        writer.member("team", team)
        writer.member("month", month.name)
        writer.member("since", month.start)
        writer.member("until", month.end)
        writer.member("made", made)
        writer.member("open", isOpen)
        writer.member("prices_version", pricesVersion)
        writer.member("prices_digest", pricesDigest)
        writer.object("total") { $0.members(of: total) }
        if let previous { writer.object("previous_month") { $0.members(of: previous) } }
        writer.array("lines") { writer in
            for line in lines {
                writer.object { writer in
                    for (name, value) in zip(["deployment", "version", "provider", "model"], line.names) {
                        writer.member(name, value)
                    }
                    writer.members(of: line.spend)
                }
            }
        }
        writer.array("projects") { writer in
            for (name, spend) in projects {
                writer.object { writer in
                    writer.member("project", name)
                    writer.members(of: spend)
                }
            }
        }
        writer.array("days") { writer in
            for (day, spend) in days.sorted(by: { $0.key < $1.key }) {
                writer.object { writer in
                    writer.member("day", day)
                    writer.members(of: spend)
                }
            }
        }
    }
}

/// A month of UTC.
struct CalendarMonth: Equatable {
    var year: Int64
    /// 1…12.
    var number: Int64

    init(year: Int64, number: Int64) {
        self.year = year
        self.number = number
    }

    init(containing time: Timestamp) {
        let parts = time.day.split(separator: "-").compactMap { Int64($0) }
        self.init(year: parts.first ?? 1970, number: parts.count > 1 ? parts[1] : 1)
    }

    /// As in `2026-11`; years 1970 to 9998.
    init?(name: String) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2, let year = Int64(parts[0]),
            let number = Int64(parts[1]), 1970...9998 ~= year, 1...12 ~= number
        else { return nil }
        self.init(year: year, number: number)
    }

    var next: CalendarMonth {
        number == 12 ? CalendarMonth(year: year + 1, number: 1) : CalendarMonth(year: year, number: number + 1)
    }
    var previous: CalendarMonth {
        number == 1 ? CalendarMonth(year: year - 1, number: 12) : CalendarMonth(year: year, number: number - 1)
    }

    var name: String { "\(year)-\(number < 10 ? "0" : "")\(number)" }
    var start: Timestamp { Timestamp(rfc3339: name + "-01T00:00:00Z") ?? .earliest }
    /// Exclusive.
    var end: Timestamp { next.start }
    /// Days since 1970-01-01.
    var days: Range<Int64> { floorDivide(start.minute, 1440)..<floorDivide(end.minute, 1440) }

    /// `November 2026`
    var title: String {
        let names = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        return "\(names[Int(number) - 1]) \(year)"
    }
}
