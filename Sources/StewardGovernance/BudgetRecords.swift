import StewardJSON
import StewardModel
import StewardPolicy
import StewardStore

/// A level of a budget that spending went through.
package struct BudgetCrossing: Sendable, Equatable {
    package var budget: String
    package var member: String?
    /// In percent of the limit.
    package var level: Int64
    package var spent: Nanodollars
    package var limit: Nanodollars
    package var windowStart: Timestamp
    package var windowEnd: Timestamp
    package var action: String
    package var mode: String
    package var digest: String

    init(
        standing: BudgetStanding, level: Int64, action: BudgetPolicy.Action, mode: BudgetPolicy.Mode, digest: String
    ) {
        budget = standing.budget
        member = standing.member
        self.level = level
        spent = standing.spent
        limit = standing.limit
        windowStart = standing.window.lowerBound
        windowEnd = standing.window.upperBound
        self.action = action.rawValue
        self.mode = mode.rawValue
        self.digest = "sha256:" + digest
    }

    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [
            .init(name: "budget", value: .string(budget)),
            .init(name: "level_percent", value: .integer(level)),
            .init(name: "spent_nanodollars", value: .integer(spent.amount)),
            .init(name: "limit_nanodollars", value: .integer(limit.amount)),
            .init(name: "window_start", value: .string(windowStart.rfc3339)),
            .init(name: "window_end", value: .string(windowEnd.rfc3339)),
            .init(name: "action", value: .string(action)),
            .init(name: "mode", value: .string(mode)),
            .init(name: "policy_digest", value: .string(digest)),
        ]
        if let member { members.append(.init(name: "member", value: .string(member))) }
        return members
    }

    init(_ fields: RecordFields) throws {
        budget = try fields.string("budget")
        member = fields.optionalString("member")
        level = try fields.integer("level_percent")
        spent = Nanodollars(try fields.integer("spent_nanodollars"))
        limit = Nanodollars(try fields.integer("limit_nanodollars"))
        windowStart = try fields.time("window_start")
        windowEnd = try fields.time("window_end")
        action = try fields.string("action")
        mode = try fields.string("mode")
        digest = try fields.string("policy_digest")
    }
}

/// The last level on record of one account.
package struct BudgetLevel: Sendable, Equatable {
    package var window: Timestamp
    package var percent: Int64

    static func key(_ budget: String, _ member: String?) -> String { member.map { "\(budget)/\($0)" } ?? budget }
}

extension Reservation {
    /// As the store keeps it.
    var stored: StoredReservation {
        let texts: [(String, String?)] = [
            ("budget", budget), ("member", member), ("deployment", subject.series.deployment),
            ("environment", subject.series.environment), ("version", subject.series.version),
            ("provider", subject.attribution.provider), ("model", subject.attribution.model),
            ("team", subject.attribution.team), ("project", subject.attribution.project),
            ("user", subject.attribution.user), ("session", subject.session),
        ]
        let body = JSONValue.object(
            texts.compactMap { name, value in value.map { .init(name: name, value: .string($0)) } }
                + [.init(name: "amount", value: .integer(amount.amount))])
        return StoredReservation(id: id, expires: expires, body: body.text)
    }

    /// `nil` where it cannot be read.
    init?(stored: StoredReservation) {
        guard let body = try? JSONValue(parsing: stored.body), let budget = body["budget"]?.string,
            let deployment = body["deployment"]?.string, let environment = body["environment"]?.string,
            let version = body["version"]?.string, let amount = body["amount"]?.int64
        else { return nil }
        let attribution = Attribution(
            provider: body["provider"]?.string, model: body["model"]?.string, team: body["team"]?.string,
            project: body["project"]?.string, user: body["user"]?.string)
        self.init(
            id: stored.id, budget: budget, member: body["member"]?.string, amount: Nanodollars(amount),
            expires: stored.expires,
            subject: SpendSubject(
                series: SeriesKey(deployment: deployment, environment: environment, version: version),
                attribution: attribution, session: body["session"]?.string))
    }
}
