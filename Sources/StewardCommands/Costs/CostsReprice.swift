import ArgumentParser
import StewardJSON
import StewardModel

struct CostsReprice: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reprice",
        abstract: "Price stored events again under the price lists in force.",
        discussion: """
            Every change is on record: the audit log names the price lists, the events and the sums before and after. \
            --dry-run changes nothing and shows what would change.

            Example:
              steward costs reprice --since 2026-11-01 --dry-run
              steward costs reprice --since 30d --reason "contract 2026-17"
            """)

    @Option(help: "Start: a day, a time, or a span such as 7d.")
    var since: String

    @Option(help: "End, written like --since. (default: no end)")
    var until: String?

    @Flag(help: "Only events that have no price.")
    var unpricedOnly = false

    @Flag(help: "Change nothing, show what would change.")
    var dryRun = false

    @Flag(help: "List the single events, too (at most 10,000).")
    var events = false

    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        var call = DaemonClient.Call.send(
            "POST", "costs", "reprice",
            body: [
                "since": .string(since), "until": until.map { .string($0) }, "unpriced_only": .bool(unpricedOnly),
                "dry_run": .bool(dryRun), "reason": reasonOption.reason.map { .string($0) },
            ])
        // Millions of events take minutes.
        call.timeoutMilliseconds = 3_600_000
        try options.session().show(call) { Self.report($0, events: events, $1) }
    }

    static func report(_ answer: JSONValue, events: Bool, _ page: Page) -> String {
        let total = answer["total"] ?? .null
        let examined = Humanize.count(answer["examined"]?.int64 ?? 0, "event")
        let changed = total["events"]?.int64 ?? 0
        let heading = "\(examined) looked at under the price lists of \(answer.text("catalogue_version"))"
        guard changed > 0 else { return page.heading(heading) + "Every cost is as these lists say.\n" }
        func money(_ row: JSONValue, _ name: String) -> Cell { Cell("$" + row.text(name + "_usd")) }
        func sums(_ row: JSONValue) -> [Cell] {
            [row.count("events"), money(row, "before"), money(row, "after"), money(row, "difference")]
        }
        var cells = answer.rows("rows").map { row in
            [row.cell("day"), row.cell("deployment"), row.cell("version"), row.cell("model")] + sums(row)
        }
        cells.append([Cell("total"), Cell(""), Cell(""), Cell("")] + sums(total))
        var text = page.heading(heading)
        text += page.table(
            [
                .left("DAY"), .left("DEPLOYMENT"), .left("VERSION"), .left("MODEL"), .right("CHANGED"),
                .right("BEFORE"), .right("AFTER"), .right("DIFFERENCE"),
            ], cells)
        if events {
            text += page.table(
                [.left("EVENT"), .right("BEFORE"), .right("AFTER")],
                answer.rows("events").map { event in
                    [event.cell("id"), nanodollars(event, "before"), nanodollars(event, "after")]
                })
        }
        let unpriced = answer["still_unpriced"]?.int64 ?? 0
        if unpriced > 0 { text += page.note("\(Humanize.count(unpriced, "event")) still without a price.") }
        let isDry = answer["dry_run"]?.bool == true
        text += page.note(
            isDry
                ? "Nothing was changed. Leave --dry-run out to do it."
                : "On record as \(answer.text("run")): steward audit records --action costs.reprice")
        return text
    }

    private static func nanodollars(_ event: JSONValue, _ name: String) -> Cell {
        Cell(event[name + "_nanodollars"]?.int64.map { "$" + Nanodollars($0).dollars } ?? "unknown")
    }
}
