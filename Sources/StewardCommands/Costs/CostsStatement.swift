import ArgumentParser
import StewardJSON
import StewardModel

struct CostsStatement: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement",
        abstract: "What one team spent in one month, as a page to print and file.",
        discussion: """
            The page stands by itself: no scripts, nothing loaded from elsewhere. Months are those of UTC.

            Example:
              steward costs statement --team search --month 2026-10 --html search.html
            """)

    @Option(help: "The team, as events name it.") var team: String
    @Option(help: "A month such as 2026-10. (default: the present one)") var month: String?
    @Option(help: "Write the page to this file.") var html: String?
    @OptionGroup var options: DaemonOptions

    func run() throws {
        let session = try options.session()
        func call(_ format: String) -> DaemonClient.Call {
            .get("costs", "statement", query: ["team": team, "month": month, "format": format])
        }
        if let html { try Files.write(try session.daemon.bytes(call("html")), to: html) }
        try session.show(call("json")) { Self.report($0, $1, page: html) }
    }

    static func report(_ answer: JSONValue, _ page: Page, page file: String?) -> String {
        let columns = ["deployment", "version", "provider", "model"]
        func sums(_ row: JSONValue) -> [Cell] {
            [row.count("events"), row.count("input_tokens"), row.count("output_tokens"), row.cost(places: 4)]
        }
        var cells = answer.rows("lines").map { row in columns.map { row.cell($0) } + sums(row) }
        let total = answer["total"] ?? .null
        cells.append(
            (["total", "", "", ""].map { Cell($0) } + sums(total)).map { Cell($0.text, .strong) })
        var text =
            page.heading("Statement of \(answer.text("team")), \(answer.text("month"))")
            + page.table(
                columns.map { .left($0.uppercased()) } + [
                    .right("EVENTS"), .right("INPUT TOKENS"), .right("OUTPUT TOKENS"), .right("COST"),
                ], cells)
        if answer["open"]?.bool == true { text += page.note("The month is not over.") }
        if let unpriced = total["unpriced_events"]?.int64, unpriced > 0 {
            text += page.note("\(Humanize.count(unpriced, "event")) without a price, not in these sums.")
        }
        if let file { text += page.note("The page is in \(file).") }
        return text
    }
}
