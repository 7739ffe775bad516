import ArgumentParser
import StewardJSON
import StewardModel

struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a version serve an environment.",
        discussion: """
            The daemon checks its rules first. When one says no, nothing changes, the rule and its numbers are shown, \
            and the exit status is 1, with --dry-run too.

            Example:
              steward promote support-bot v7 --reason "passed the weekly evaluation"
              steward promote support-bot v8 --dry-run
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Argument(help: "The registered version that shall serve it.")
    var version: String

    @Flag(help: "Show every gate and change nothing.")
    var dryRun = false

    @OptionGroup var environmentOption: EnvironmentOption
    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        var isRefused = false
        try options.session().show(
            .send(
                "POST", "deployments", deployment, "promote",
                body: [
                    "version": .string(version), "environment": .string(environmentOption.environment),
                    "reason": reasonOption.reason.map { .string($0) }, "dry_run": dryRun ? .bool(true) : nil,
                ]), noting: { isRefused = $0["would_be"] == "refused" }, dryRun ? Self.gates : Self.report)
        if isRefused { throw ExitCode(StewardError.Code.refused.exitStatus) }
    }

    /// What a promotion would be told.
    static func gates(_ answer: JSONValue, _ page: Page) -> String {
        func number(_ gate: JSONValue, _ name: String) -> Cell {
            Cell(gate[name]?.double.map { Humanize.number($0) } ?? Humanize.absent)
        }
        let outcome = "\(answer.text("version")) would be \(answer.text("would_be"))."
        let gates = answer.rows("gates")
        guard !gates.isEmpty else { return Cell.printable(outcome) + " No gate stands in its way.\n" }
        return page.table(
            [.left("GATE"), .left("VERDICT"), .right("MEASURED"), .right("THRESHOLD"), .right("EVENTS"), .left("WHY")],
            gates.map { gate in
                [
                    gate.cell("name"), gate.cell("verdict"), number(gate, "value"), number(gate, "threshold"),
                    gate.count("sample_size"), gate.cell("reason"),
                ]
            }) + Cell.printable(outcome) + "\n"
    }

    /// What a change of the serving version says, promotion and rollback alike.
    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let previous = answer["previous"]?.string.map { " It was \(Cell.printable($0))." } ?? ""
        let place = Cell.printable("\(answer.text("deployment")) now serves \(answer.text("version"))")
        let environment = Cell.printable(answer.text("environment"))
        return page.renderer.paint("✓", .good) + " \(place) in \(environment).\(previous) "
            + "Audit record \(answer.count("record").text).\n" + dropped(answer, page)
    }

    private static func dropped(_ answer: JSONValue, _ page: Page) -> String {
        let rules = answer["dropped_rules"]?.int64 ?? 0
        let shadow = answer["dropped_shadow"]?.string.map { "the shadow \(Cell.printable($0))" }
        let gone = [rules > 0 ? Humanize.count(rules, "targeting rule") : nil, shadow].compactMap { $0 }
        guard !gone.isEmpty else { return "" }
        return page.renderer.paint("!", .warning)
            + " No longer on the route: \(gone.joined(separator: " and ")). A rollback brings back what was there.\n"
    }
}

extension StewardError {
    /// The gates that refused, as a table with their numbers; empty where the error has none.
    var gateTable: String {
        guard let detail = details.first(where: { $0.name == "gates" }),
            let gates = try? JSONValue(parsing: detail.json),
            let rows = gates.array, !rows.isEmpty
        else { return "" }
        func number(_ gate: JSONValue, _ name: String) -> Cell {
            Cell(gate[name]?.double.map { Humanize.number($0) } ?? Humanize.absent)
        }
        return TableRenderer(colour: false).table(
            [
                .left("  GATE"), .left("VERDICT"), .right("MEASURED"), .right("THRESHOLD"), .right("EVENTS"),
                .left("WHY"),
            ],
            rows.map { gate in
                [
                    Cell("  " + gate.text("name")), gate.cell("verdict"), number(gate, "value"),
                    number(gate, "threshold"), gate.count("sample_size"), gate.cell("reason"),
                ]
            })
    }
}
