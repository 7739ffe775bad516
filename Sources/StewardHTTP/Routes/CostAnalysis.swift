import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardStatistics
import StewardStore

extension Endpoints {
    static func costAnalysis(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/costs/units", .role(.viewer), "Cost per request, per session and per successful outcome",
                query: [
                    Shared.since, Shared.until, Shared.deployment,
                    .init("success", "outcomes that count as success, joined by commas; default: success,resolved"),
                ]
            ) { try await units($0, api) },
            Endpoint(
                .get, "/v1/costs/forecast", .role(.viewer), "What the month will cost, with an interval",
                query: [Shared.deployment]
            ) { try await forecast($0, api) },
            Endpoint(
                .get, "/v1/costs/idle", .role(.viewer), "Deployments that a route serves and nobody has called",
                query: [.init("days", "1 to 366 whole UTC days without an event, 7 if left out")]
            ) { try await idle($0, api) },
        ]
    }

    private static func units(_ call: Call, _ api: API) async throws -> Reply {
        let deployment = try call.scopedDeployment()
        let until = try call.time("until") ?? call.now
        let since = try call.time("since") ?? until - .seconds(30 * 86_400)
        guard since < until else { throw StewardError(.invalidInput, "must lie before until", field: "since") }
        let wanted = Set((call.query("success") ?? "success,resolved").split(separator: ",").map(String.init))
        let rows = try await api.store.units(since..<until, deployment: deployment)
        let names = try await api.store.categoryNames()
        let minutes = since.minute..<until.minute + 1
        var successes: [SeriesKey: Int64] = [:]
        for point in try await api.store.rollups(
            minutes: minutes, where: { deployment == nil || $0.deployment == deployment })
        {
            for entry in point.cell[.outcome]?.values.entries ?? [] where wanted.contains(names[entry.bin] ?? "") {
                successes[point.key, default: 0] += entry.count
            }
        }
        return Reply.object { writer in
            writer.member("since", since)
            writer.member("until", until)
            writer.array("rows") { writer in
                for row in rows {
                    writer.object { writer in
                        writer.member("deployment", row.series.deployment)
                        writer.member("environment", row.series.environment)
                        writer.member("version", row.series.version)
                        writer.member("events", row.events)
                        writer.member("unpriced_events", row.unpriced)
                        writer.member("sessions", row.sessions)
                        writer.member("successes", successes[row.series])
                        writer.cost(row.cost)
                        let priced = row.events - row.unpriced
                        writer.member("cost_per_request_usd", share(row.cost, priced))
                        writer.member("cost_per_session_usd", share(row.sessionCost, row.sessions))
                        writer.member("cost_per_success_usd", share(row.cost, successes[row.series] ?? 0))
                    }
                }
            }
        }
    }

    /// Dollars to nine places; `nil` for none.
    private static func share(_ cost: Nanodollars, _ count: Int64) -> String? {
        guard count > 0 else { return nil }
        return Nanodollars(Int64((Double(cost.amount) / Double(count)).rounded(.toNearestOrEven))).dollars
    }

    // MARK: Forecast

    private static func forecast(_ call: Call, _ api: API) async throws -> Reply {
        let deployment = try call.scopedDeployment()
        let today = floorDivide(call.now.minute, 1440)
        let month = CalendarMonth(containing: call.now)
        let (first, end) = (month.days.lowerBound, month.days.upperBound)
        let rows = try await api.store.spend(
            days: today - 56..<today + 1, groupedBy: [.day], where: deployment.map { [.deployment: $0] } ?? [:])
        var byDay: [String: Nanodollars] = [:]
        for row in rows { byDay[row.group[0] ?? ""] = row.spend.cost }
        func cost(_ day: Int64) -> Nanodollars { byDay[Timestamp(minute: day * 1440).day] ?? .zero }
        // History begins with the first day that cost anything; later days without spend are days of nothing.
        let begin = (today - 56..<today).first { cost($0) > .zero } ?? today
        let history = (begin..<today).map { Double(cost($0).amount) }
        let known = (first..<max(first, today)).reduce(Nanodollars.zero) { $0 + cost($1) }
        let forecast = SpendForecast(history: history, ahead: Int(end - today))
        func total(_ part: Double?) -> Nanodollars? {
            part.map { known + Nanodollars(Int64($0.rounded())) }.map { max($0, known + cost(today)) }
        }
        return Reply.object { writer in
            writer.member("month", month.name)
            writer.member("time_zone", "UTC")
            writer.member("spent_usd", (known + cost(today)).dollars)
            writer.member("spent_nanodollars", (known + cost(today)).amount)
            writer.member("days_of_history", history.count)
            writer.member("verdict", forecast == nil ? "insufficient_evidence" : "forecast")
            writer.member("confidence", 0.95)
            writer.member("expected_usd", total(forecast?.mean)?.dollars)
            writer.member("lower_usd", total(forecast?.lower)?.dollars)
            writer.member("upper_usd", total(forecast?.upper)?.dollars)
        }
    }

    // MARK: Idle

    private static func idle(_ call: Call, _ api: API) async throws -> Reply {
        let deployment = call.principal?.scope
        let days = try call.integer("days", in: 1...366) ?? 7
        let routes = api.governor.state.idleRoutes(
            since: call.now - .seconds(days * 86_400), lastMinutes: try await api.store.lastMinutes())
        var rows: [(route: IdleRoute, hourly: Nanodollars?)] = []
        for route in routes where deployment == nil || deployment == route.series.deployment {
            let stated = try await api.governor.spec(digest: route.digest)?["capacity_usd_per_hour"]
            let hourly = stated?.string.flatMap { Nanodollars.fixedPoint($0, places: 9) }
            rows.append((route, hourly.flatMap { $0 >= 0 ? Nanodollars($0) : nil }))
        }
        return Reply.object { writer in
            writer.member("days", days)
            writer.array("idle") { writer in
                for (route, hourly) in rows {
                    writer.object { writer in
                        writer.member("deployment", route.series.deployment)
                        writer.member("environment", route.series.environment)
                        writer.member("version", route.series.version)
                        writer.member("weight", route.weight)
                        writer.member("served_since", route.servedSince)
                        writer.member("last_event", route.lastEvent)
                        writer.member("capacity_usd_per_hour", hourly?.dollars)
                        let cost = hourly.flatMap { route.capacityCost(hourly: $0, now: call.now) }
                        writer.member("capacity_cost_usd", cost?.dollars)
                        writer.member("capacity_cost_nanodollars", cost?.amount)
                    }
                }
            }
        }
    }
}
