import ArgumentParser
import StewardJSON
import StewardModel

struct Costs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Sum what was spent, by deployment, model, team, user, tag or day.",
        discussion: """
            Sums are exact, over whole days in UTC. An event whose model has no price is counted as unpriced, never as \
            free.

            Example:
              steward costs --group-by team,model --since 30d
              steward costs --group-by day --since 2026-03-01T00:00:00Z --csv
            """)

    @Option(
        help: """
            What to sum by, joined by commas: deployment, environment, version, provider, model, team, project, user, \
            day, month, tag:NAME.
            """)
    var groupBy = "deployment"

    @Option(help: "Start: a span such as 7d, or a time such as 2026-03-01T00:00:00Z.")
    var since = "30d"

    @Option(help: "End, written like --since. (default: now)")
    var until: String?

    @Flag(help: "Print CSV, for a spreadsheet.")
    var csv = false

    @Flag(help: "Print CSV as FinOps FOCUS 1.2 has it.")
    var focus = false

    @Flag(help: "Show an estimate of electricity and CO2 equivalents, with its bounds.")
    var energy = false

    @Option(help: "Only this team.")
    var team: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let session = try options.session()
        var call = DaemonClient.Call.get("costs", query: ["since": since, "until": until, "team": team])
        if !focus { call.query.append(("group_by", groupBy)) }
        if energy { call.query.append(("energy", "true")) }
        if csv || focus {
            call.query.append(("format", focus ? "focus" : "csv"))
            session.console.output(String(decoding: try session.daemon.bytes(call), as: UTF8.self))
        } else {
            try session.show(call, Self.report)
        }
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let keys = answer.rows("group_by").compactMap(\.string)
        let rows = answer.rows("rows")
        let period = "\(day(answer, "since")) to \(day(answer, "until")), UTC"
        guard !rows.isEmpty else { return "No events from \(period).\n" }
        let total = answer["total"] ?? .null
        let unpriced = total["unpriced_events"]?.int64 ?? 0
        var columns = keys.map { Column.left($0.uppercased()) } + [.right("EVENTS")]
        if unpriced > 0 { columns.append(.right("UNPRICED")) }
        columns += [.right("INPUT TOKENS"), .right("OUTPUT TOKENS"), .right("COST")]
        let sources = answer.rows("energy_sources").compactMap(\.string)
        let hasEnergy = answer["energy_sources"] != nil
        if hasEnergy { columns += [.right("ENERGY WH"), .right("CO2E G")] }
        func sums(_ row: JSONValue) -> [Cell] {
            [row.count("events")] + (unpriced > 0 ? [row.count("unpriced_events")] : [])
                + [row.count("input_tokens"), row.count("output_tokens"), row.cost(places: 4)]
                + (hasEnergy ? [estimate(row, "energy_wh"), estimate(row, "co2e_g")] : [])
        }
        var cells = rows.map { row in keys.map { row.cell($0) } + sums(row) }
        let labels = keys.indices.map { $0 == 0 ? "total" : "" }
        cells.append((labels.map { Cell($0) } + sums(total)).map { Cell($0.text, .strong) })
        var text = page.heading("Costs from \(period)") + page.table(columns, cells)
        if unpriced > 0 {
            let verb = unpriced == 1 ? "has" : "have"
            text += page.note(
                "\(Humanize.count(unpriced, "event")) \(verb) no price and are not in these sums: "
                    + "add the missing models to the price list.")
        }
        for source in sources { text += page.note("Estimated: \(source)") }
        return text
    }

    /// `12 (4 to 60)`, or that nobody has published a figure.
    private static func estimate(_ row: JSONValue, _ name: String) -> Cell {
        guard let middle = row[name]?.double, let lower = row[name + "_lower"]?.double,
            let upper = row[name + "_upper"]?.double
        else { return Cell(Humanize.absent) }
        return Cell("\(Humanize.number(middle)) (\(Humanize.number(lower)) to \(Humanize.number(upper)))")
    }

    private static func day(_ answer: JSONValue, _ name: String) -> String { String(answer.text(name).prefix(10)) }
}
