import ArgumentParser
import StewardJSON
import StewardModel

struct Deployments: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the deployments, or show one with its routes and recent traffic.",
        discussion: """
            A deployment that was only seen in traffic, and never registered, is listed too.

            Example:
              steward deployments
              steward deployments support-bot --since 1h
            """)

    @Argument(help: "A deployment to show in detail.")
    var deployment: String?

    @Option(help: "How far back to measure traffic, such as 15m or 24h. Only with a deployment.")
    var since = "15m"

    @OptionGroup var options: DaemonOptions

    func run() throws {
        if let deployment {
            try options.session().show(.get("deployments", deployment, query: ["since": since]), Self.detail)
        } else {
            try options.session().show(.get("deployments"), Self.list)
        }
    }

    static func list(_ answer: JSONValue, _ page: Page) -> String {
        let deployments = answer.rows("deployments")
        guard !deployments.isEmpty else {
            return "No deployments yet. Send events, or register a version: steward register NAME --spec FILE\n"
        }
        var rows: [[Cell]] = []
        for deployment in deployments {
            let routes = deployment.rows("routes")
            let route = routes.first
            rows.append([
                deployment.cell("name", .strong),
                route?.cell("environment") ?? Cell(Humanize.absent),
                route.map(serving) ?? Cell(deployment["registered"]?.bool == true ? "no route" : "not registered"),
                deployment.count("versions"), deployment.count("events"), deployment.cost(places: 2),
                deployment.ago("last_event", page),
            ])
            for route in routes.dropFirst() {
                rows.append(["", route.cell("environment"), serving(route), "", "", "", ""])
            }
        }
        return page.table(
            [
                .left("DEPLOYMENT"), .left("ENVIRONMENT"), .left("SERVES"), .right("VERSIONS"), .right("EVENTS"),
                .right("COST"), .left("LAST EVENT"),
            ], rows)
    }

    static func detail(_ answer: JSONValue, _ page: Page) -> String {
        var text = page.renderer.facts([
            ("Deployment", answer.cell("name", .strong)),
            ("Registered", answer["registered"]?.bool == true ? answer.ago("created", page) : Cell("no", .warning)),
            ("Versions", answer.count("versions")),
            ("Events", answer.count("events")),
            ("Cost", answer.cost(places: 2)),
            ("Last event", answer.ago("last_event", page)),
        ])
        text += "\n" + RouteCommand.Show.report(answer, page) + "\n"
        let traffic = answer.rows("traffic")
        let window = traffic.first?["window_seconds"]?.int64.map { " of the last " + Humanize.duration(seconds: $0) }
        guard !traffic.isEmpty else { return text + "No traffic in this time.\n" }
        text += page.heading("Traffic\(window ?? "")")
        return text
            + page.table(
                [
                    .left("ENVIRONMENT"), .left("VERSION"), .right("EVENTS"), .right("ERRORS"), .right("P50"),
                    .right("P95"), .right("P99"), .right("COST"),
                ],
                traffic.map { row in
                    [
                        row.cell("environment"), row.cell("version", .strong), row.count("events"), errors(row),
                        row.latency("latency_p50_seconds"), row.latency("latency_p95_seconds"),
                        row.latency("latency_p99_seconds"), row.cost(places: 4),
                    ]
                })
    }

    /// `12 (3.1%)`
    private static func errors(_ row: JSONValue) -> Cell {
        guard let count = row["errors"]?.int64 else { return Cell(Humanize.absent) }
        let rate = row["error_rate"]?.double.map { " (\(Humanize.share($0)))" } ?? ""
        return Cell(Humanize.count(count) + rate, count > 0 ? .bad : .plain)
    }

    private static func serving(_ route: JSONValue) -> Cell {
        let isFrozen = route["frozen"]?.bool == true
        return isFrozen ? Cell(route.targets.text + " (frozen)", .warning) : route.targets
    }
}
