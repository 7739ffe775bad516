import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStore

extension Endpoints {
    static func costs(_ api: API) -> [Endpoint] {
        [
            Endpoint(
                .get, "/v1/costs", .role(.viewer), "Events, tokens and money of whole UTC days, in groups",
                query: [
                    .init("group_by", "some of: \(SpendDimension.plain.map(\.name).joined(separator: ",")), tag:NAME"),
                    Shared.since, Shared.until, Shared.deployment, Shared.environment, Shared.version,
                    .init("provider", "only this provider"), .init("model", "only this model"),
                    .init("team", "only this team"), .init("project", "only this project"),
                    .init("user", "only this user"),
                    .init("energy", "true: beside each row an estimate of electricity and CO2 equivalents"),
                    .init("format", "json, csv, or focus (FinOps FOCUS 1.2)"),
                ], content: .init(answer: ["application/json", "text/csv"])
            ) { try await costs($0, api) },
            Endpoint(
                .get, "/v1/costs/statement", .role(.viewer), "What one team spent in one month, as a page to file",
                query: [
                    .init("team", "the team, as events name it", required: true),
                    .init("month", "a month of UTC such as 2026-11; the present one if left out"),
                    .init("format", "html or json"),
                ], content: .init(answer: ["text/html", "application/json"])
            ) { try await statement($0, api) },
        ]
    }

    private enum Format: String, CaseIterable { case json, csv, focus }
    private enum StatementFormat: String, CaseIterable { case html, json }

    private static func statement(_ call: Call, _ api: API) async throws -> Reply {
        let deployment = try call.scopedDeployment()
        let format = try call.choice("format", StatementFormat.self) ?? .html
        guard let team = call.query("team"), !team.isEmpty else {
            throw StewardError(.invalidInput, "is missing: name a team", field: "team")
        }
        let name = call.query("month")
        guard let month = name.map({ CalendarMonth(name: $0) }) ?? CalendarMonth(containing: call.now) else {
            throw StewardError(.invalidInput, "must be a month such as 2026-11", field: "month")
        }
        let statement = try await Statement.read(
            team: team, month: month, deployment: deployment, api, now: call.now)
        switch format {
        case .json: return Reply.object { statement.write(to: &$0) }
        case .html:
            let page = StatementPage(statement: statement).html
            return Reply(contentType: "text/html; charset=utf-8", bytes: Array(page.utf8))
        }
    }

    private struct Report {
        var dimensions: [SpendDimension]
        var rows: [SpendRow]
        var total = Spend()
        var energy: EnergyColumn?
        /// Whole UTC days; the end is exclusive.
        var since: Timestamp
        var until: Timestamp
    }

    private static func costs(_ call: Call, _ api: API) async throws -> Reply {
        let deployment = try call.scopedDeployment()
        let format = try call.choice("format", Format.self) ?? .json
        let asked = try dimensions(call)
        if format == .focus, asked != nil {
            throw StewardError(.invalidInput, "must be left out: FOCUS has groups of its own", field: "group_by")
        }
        let dimensions = format == .focus ? FocusExport.dimensions : asked ?? [.deployment]
        for (index, dimension) in dimensions.enumerated() where dimensions[..<index].contains(dimension) {
            throw StewardError(.invalidInput, "names '\(dimension.name)' twice", field: "group_by")
        }
        let since = try call.time("since") ?? Timestamp(seconds: 0)
        let until = try call.time("until") ?? call.now
        let first = floorDivide(since.minute, 1440)
        let days = first..<max(floorDivide(until.minute - 1, 1440), first) + 1
        let rows = try await api.store.spend(
            days: days, groupedBy: dimensions,
            where: filter(call, deployment))
        var report = Report(
            dimensions: dimensions, rows: rows, since: Timestamp(minute: days.lowerBound * 1440),
            until: Timestamp(minute: days.upperBound * 1440))
        for row in rows { report.total.add(row.spend) }
        if call.query("energy") == "true", format != .focus {
            let byModel = try await api.store.spend(
                days: days, groupedBy: dimensions + [.model], where: filter(call, deployment))
            report.energy = EnergyColumn(byModel, estimates: api.policyGuard.policies.energy)
        }
        switch format {
        case .json: return json(report)
        case .csv: return csv(report)
        case .focus:
            let bytes = FocusExport.csv(report.rows, account: api.governor.origin)
            return Reply(contentType: "text/csv; charset=utf-8", bytes: bytes)
        }
    }

    private static func filter(_ call: Call, _ deployment: String?) -> [SpendDimension: String] {
        var filter: [SpendDimension: String] = [:]
        for dimension in [.environment, .version, .provider, .model, .team, .project, .user] as [SpendDimension] {
            filter[dimension] = call.query(dimension.name)
        }
        filter[.deployment] = deployment
        return filter
    }

    private static func dimensions(_ call: Call) throws -> [SpendDimension]? {
        try call.query("group_by")?.split(separator: ",").map { name in
            guard let dimension = SpendDimension(name: String(name)) else {
                let allowed = SpendDimension.plain.map(\.name).joined(separator: ", ")
                throw StewardError(.invalidInput, "must be some of: \(allowed), tag:NAME", field: "group_by")
            }
            return dimension
        }
    }

    private static func json(_ report: Report) -> Reply {
        Reply.object { writer in
            writer.member("since", report.since)
            writer.member("until", report.until)
            writer.array("group_by") { writer in for one in report.dimensions { writer.string(one.name) } }
            writer.array("rows") { writer in
                for row in report.rows {
                    writer.object { writer in
                        for (dimension, value) in zip(report.dimensions, row.group) {
                            writer.member(dimension.name, value)
                        }
                        writer.members(of: row.spend)
                        report.energy?[row.group].write(to: &writer)
                    }
                }
            }
            writer.object("total") { writer in
                writer.members(of: report.total)
                report.energy?.total.write(to: &writer)
            }
            if let energy = report.energy {
                writer.array("energy_sources") { writer in for source in energy.sources { writer.string(source) } }
            }
        }
    }

    private static func csv(_ report: Report) -> Reply {
        let numbers = [
            "events", "unpriced_events", "input_tokens", "output_tokens", "cached_input_tokens", "cache_write_tokens",
            "reasoning_tokens", "cost_usd", "cost_nanodollars",
        ]
        let names = numbers + (report.energy == nil ? [] : EnergyColumn.csvNames)
        var lines = [(report.dimensions.map { CSVText.field($0.name) } + names).joined(separator: ",")]
        for row in report.rows {
            let spend = row.spend
            let counts = [
                spend.events, spend.unpriced, spend.inputTokens, spend.outputTokens, spend.cachedInputTokens,
                spend.cacheWriteTokens, spend.reasoningTokens,
            ]
            let cost = [spend.knownCost?.dollars ?? "", spend.knownCost.map { String($0.amount) } ?? ""]
            let energy = report.energy?[row.group].csv ?? []
            lines.append(
                (row.group.map(CSVText.field) + counts.map(String.init) + cost + energy).joined(separator: ","))
        }
        let text = lines.map { $0 + "\r\n" }.joined()
        return Reply(contentType: "text/csv; charset=utf-8", bytes: Array(text.utf8))
    }
}

extension JSONWriter {
    mutating func members(of spend: Spend) {
        member("events", spend.events)
        member("unpriced_events", spend.unpriced)
        member("input_tokens", spend.inputTokens)
        member("output_tokens", spend.outputTokens)
        member("cached_input_tokens", spend.cachedInputTokens)
        member("cache_write_tokens", spend.cacheWriteTokens)
        member("reasoning_tokens", spend.reasoningTokens)
        cost(spend.knownCost)
    }
}
