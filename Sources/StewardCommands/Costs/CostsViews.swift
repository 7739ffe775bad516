import ArgumentParser
import StewardJSON
import StewardModel

struct CostsUnits: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "units", abstract: "Cost per request, per session and per successful outcome.",
        discussion: """
            Example:
              steward costs units --since 7d --success resolved
            """)

    @Option(help: "Start: a day, a time, or a span such as 7d.") var since = "30d"
    @Option(help: "End, written like --since. (default: now)") var until: String?
    @Option(name: .shortAndLong, help: "Only this deployment.") var deployment: String?
    @Option(help: "Outcomes that count as success, joined by commas.") var success = "success,resolved"
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            .get(
                "costs", "units",
                query: ["since": since, "until": until, "deployment": deployment, "success": success]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        func money(_ row: JSONValue, _ name: String) -> Cell { Cell(row[name]?.string.map { "$" + $0 } ?? "–") }
        return page.table(
            [
                .left("DEPLOYMENT"), .left("VERSION"), .right("EVENTS"), .right("COST"), .right("A REQUEST"),
                .right("A SESSION"), .right("A SUCCESS"),
            ],
            answer.rows("rows").map { row in
                [
                    row.cell("deployment"), row.cell("version"), row.count("events"), money(row, "cost_usd"),
                    money(row, "cost_per_request_usd"), money(row, "cost_per_session_usd"),
                    money(row, "cost_per_success_usd"),
                ]
            })
    }
}

struct CostsForecast: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast", abstract: "What this month will cost, with a 95 % interval.",
        discussion: """
            From the last 56 days, by weekday. Days and months are those of UTC.

            Example:
              steward costs forecast --deployment support-bot
            """)

    @Option(name: .shortAndLong, help: "Only this deployment.") var deployment: String?
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(.get("costs", "forecast", query: ["deployment": deployment]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let spent = "$\(answer.text("spent_usd")) spent so far in \(answer.text("month"))"
        guard answer.text("verdict") == "forecast" else {
            return
                "\(spent). Too little history for a forecast: \(answer.count("days_of_history").text) days, 7 needed.\n"
        }
        return "\(spent). The month will cost $\(answer.text("expected_usd")) "
            + "(95 %: $\(answer.text("lower_usd")) to $\(answer.text("upper_usd"))).\n"
    }
}

struct CostsIdle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle", abstract: "List what a route serves and nobody calls.",
        discussion: """
            Where a version's spec says capacity_usd_per_hour, the list shows what its capacity has cost since the \
            last event.

            Example:
              steward costs idle --days 14
            """)

    @Option(help: "Days without an event.") var days = 7
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(.get("costs", "idle", query: ["days": "\(days)"])) { Self.report($0, $1) }
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let rows = answer.rows("idle")
        guard !rows.isEmpty else { return "Everything that is served was called.\n" }
        return page.table(
            [
                .left("DEPLOYMENT"), .left("ENVIRONMENT"), .left("VERSION"), .left("LAST EVENT"),
                .right("CAPACITY SINCE"),
            ],
            rows.map { row in
                [
                    row.cell("deployment"), row.cell("environment"), row.cell("version"),
                    Cell(row["last_event"]?.string ?? "never"),
                    Cell(row["capacity_cost_usd"]?.string.map { "$" + $0 } ?? Humanize.absent),
                ]
            })
    }
}
