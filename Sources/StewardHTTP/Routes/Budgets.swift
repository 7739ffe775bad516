import HTTPTypes
import Hummingbird
import StewardGovernance
import StewardIntake
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStore
import StewardWire

extension Endpoints {
    static func budgets(_ api: API) -> [Endpoint] {
        [
            Endpoint(.get, "/v1/budgets", .role(.viewer), "Every budget, and where it stands in its present window") {
                call in
                if let scope = call.principal?.scope {
                    throw StewardError(.forbidden, "the token works for '\(scope)' only; budgets may span deployments")
                }
                return Reply.object { writer in
                    writer.array("budgets") { writer in
                        for (standing, policy) in api.budgets.standings() {
                            writer.object { $0.members(of: standing, policy) }
                        }
                    }
                }
            },
            Endpoint(
                .post, "/v1/budgets/{id}/reserve", .role(.ingest),
                "Ask for what a request may cost; 402 when the budget is spent, 429 when it is paced", content: .json
            ) { try await reserve($0, api) },
            Endpoint(
                .post, "/v1/budgets/{id}/settle", .role(.ingest),
                "Say what a request really cost: stores its event, whose id is the reservation's", content: .json
            ) { try await settle($0, api) },
        ]
    }

    // MARK: Reserve

    private static let subjectFields = [
        "deployment", "environment", "version", "provider", "model", "team", "project", "user", "session",
    ]

    private static func reserve(_ call: Call, _ api: API) async throws -> Reply {
        let fields = try await call.json()
        try fields.allow(
            only: subjectFields + [
                "id", "amount_usd", "amount_nanodollars", "input_tokens", "max_output_tokens", "service_tier",
            ])
        let subject = try subject(fields)
        try call.allow(subject.series.deployment)
        let id = try fields.optionalString("id") ?? Self.reservationID(api)
        guard 1...256 ~= id.utf8.count else {
            throw StewardError(.invalidInput, "must be 1 to 256 bytes long", field: "id")
        }
        let answer = try await api.budgets.reserve(
            budget: try call.path("id"), id: id, subject: subject, amount: try estimate(fields, subject, call, api))
        switch answer {
        case .granted(let reservation, let standing, let advice):
            let policy = api.budgets.standing(reservation)?.policy
            return Reply.object { writer in
                writer.member("reservation", reservation.id)
                writer.member("granted", true)
                writer.member("amount_usd", reservation.amount.dollars)
                writer.member("amount_nanodollars", reservation.amount.amount)
                writer.member("expires", reservation.expires)
                writer.member("advice", advice?.rawValue)
                writer.member("downgrade_to", advice == .downgrade ? policy?.downgradeTo : nil)
                writer.object("budget") { $0.members(of: standing, policy) }
            }
        case .refused(let standing, let retryAfter):
            if let policy = api.budgets.policy(standing.budget) {
                try await api.budgets.record(standing, policy, api.governor)
            }
            let details: [StewardError.Detail] = [
                .init(name: "limit_nanodollars", json: String(standing.limit.amount)),
                .init(name: "spent_nanodollars", json: String(standing.spent.amount)),
                .init(name: "reserved_nanodollars", json: String(standing.reserved.amount)),
                .init(name: "window_end", json: "\"\(standing.window.upperBound.rfc3339)\""),
            ]
            let spent = "the budget '\(standing.budget)' of $\(standing.limit.dollars) is spent"
            guard let retryAfter else {
                throw StewardError(
                    .budgetExceeded, "\(spent) until \(standing.window.upperBound.rfc3339)", details: details)
            }
            throw StewardError(
                .tooManyRequests, "\(spent), so requests are paced",
                retryAfterSeconds: Int(retryAfter.components.seconds) + 1, details: details)
        }
    }

    private static func reservationID(_ api: API) -> String {
        "res_" + api.random(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func subject(_ fields: JSONFields) throws -> SpendSubject {
        SpendSubject(
            series: SeriesKey(
                deployment: try fields.string("deployment"),
                environment: try fields.optionalString("environment") ?? "production",
                version: try fields.string("version")),
            attribution: Attribution(
                provider: try fields.optionalString("provider"), model: try fields.optionalString("model"),
                team: try fields.optionalString("team"), project: try fields.optionalString("project"),
                user: try fields.optionalString("user")),
            session: try fields.optionalString("session"))
    }

    /// What the request may cost: as stated, or by the price lists; `nil` where neither says.
    private static func estimate(
        _ fields: JSONFields, _ subject: SpendSubject, _ call: Call, _ api: API
    ) throws -> Nanodollars? {
        if fields.json["amount_nanodollars"] != nil {
            return try Nanodollars(fields.integer("amount_nanodollars")).isPositive("amount_nanodollars")
        }
        if let text = try fields.optionalString("amount_usd") {
            guard let amount = Nanodollars.fixedPoint(text, places: 9) else {
                throw StewardError(.invalidInput, "must be dollars such as \"0.25\"", field: "amount_usd")
            }
            return try Nanodollars(amount).isPositive("amount_usd")
        }
        guard let model = subject.attribution.model, fields.json["max_output_tokens"] != nil else { return nil }
        let usage = Usage(
            inputTokens: try fields.integer("input_tokens"), outputTokens: try fields.integer("max_output_tokens"))
        var question = PriceQuestion(
            provider: subject.attribution.provider, model: model, usage: usage, time: call.now)
        question.series = subject.series
        question.team = subject.attribution.team
        if let tier = try fields.optionalString("service_tier") { question.tier = ServiceTier(stated: tier) }
        return api.prices.price(question)
    }

    // MARK: Settle

    private static let eventFields = [
        "usage", "raw_usage", "cost_usd", "service_tier", "response_model", "status", "error", "finish_reason",
        "latency_ms", "time_to_first_token_ms", "time", "tags", "outcome", "operation",
    ]

    private static func settle(_ call: Call, _ api: API) async throws -> Reply {
        let fields = try await call.json()
        try fields.allow(only: eventFields + ["reservation", "release"])
        let id = try fields.string("reservation")
        let budget = try call.path("id")
        let gone = StewardError(
            .notFound,
            "there is no open reservation '\(id)' of '\(budget)': it was settled, or it expired; an event that came "
                + "late is sent to /v1/events", field: "reservation")
        guard let reservation = api.budgets.reservation(id), reservation.budget == budget else { throw gone }
        try call.allow(reservation.subject.series.deployment)
        if try fields.optionalBool("release") == true {
            guard api.budgets.release(id) else { throw gone }
            return Reply.object { $0.member("released", id) }
        }
        let body = event(of: reservation, fields.json, call)
        let answer = try await api.intake.receive(body, format: .json, from: call.sender)
        if let rejection = answer.rejected.first {
            throw StewardError(.invalidInput, rejection.reason, field: rejection.field)
        }
        // The event may have come another way before.
        _ = api.budgets.release(id)
        let stored = try await api.store.event(id: id)?.event
        return Reply.object { writer in
            writer.member("event", id)
            writer.cost(stored?.cost)
            if let (standing, policy) = api.budgets.standing(reservation) {
                writer.object("budget") { $0.members(of: standing, policy) }
            }
        }
    }

    private static func event(of reservation: Reservation, _ said: JSONValue, _ call: Call) -> [UInt8] {
        let subject = reservation.subject
        let texts: [(String, String?)] = [
            ("id", reservation.id), ("deployment", subject.series.deployment),
            ("environment", subject.series.environment), ("version", subject.series.version),
            ("provider", subject.attribution.provider), ("model", subject.attribution.model),
            ("team", subject.attribution.team), ("project", subject.attribution.project),
            ("user", subject.attribution.user), ("session", subject.session),
        ]
        var members = texts.compactMap { name, value in
            value.map { JSONValue.Member(name: name, value: .string($0)) }
        }
        for name in eventFields { if let value = said[name] { members.append(.init(name: name, value: value)) } }
        if said["time"] == nil { members.append(.init(name: "time", value: .string(call.now.rfc3339))) }
        return JSONValue.object(members).text
    }
}

extension Nanodollars {
    fileprivate func isPositive(_ field: String) throws -> Nanodollars {
        guard self > .zero else { throw StewardError(.invalidInput, "must be more than 0", field: field) }
        return self
    }
}

extension JSONWriter {
    fileprivate mutating func members(of standing: BudgetStanding, _ policy: BudgetPolicy?) {
        member("budget", standing.budget)
        member("member", standing.member)
        if let policy {
            member("summary", policy.summary)
            member("mode", policy.mode.rawValue)
            member("action", policy.action.rawValue)
            member("per", policy.per?.rawValue)
            member("time_zone", policy.window.timeZone)
            member("reservation_nanodollars", policy.reservation.amount)
        }
        member("window_start", standing.window.lowerBound)
        member("window_end", standing.window.upperBound)
        member("limit_usd", standing.limit.dollars)
        member("limit_nanodollars", standing.limit.amount)
        member("spent_usd", standing.spent.dollars)
        member("spent_nanodollars", standing.spent.amount)
        member("reserved_nanodollars", standing.reserved.amount)
        member("reservations", standing.reservations)
        member("remaining_usd", standing.remaining.dollars)
        member("remaining_nanodollars", standing.remaining.amount)
        member("percent", standing.percent)
        member("unpriced_events", standing.unpriced)
        member("refused", standing.refused)
    }
}
