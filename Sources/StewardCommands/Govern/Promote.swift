import ArgumentParser
import StewardJSON
import StewardModel

struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a version serve an environment.",
        discussion: """
            The daemon checks its rules first. When one says no, nothing changes, the rule and its numbers are shown, \
            and the exit status is 1.

            Example:
              steward promote support-bot v7 --reason "passed the weekly evaluation"
              steward promote support-bot v8 --environment staging
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Argument(help: "The registered version that shall serve it.")
    var version: String

    @OptionGroup var environmentOption: EnvironmentOption
    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            .send(
                "POST", "deployments", deployment, "promote",
                body: [
                    "version": .string(version), "environment": .string(environmentOption.environment),
                    "reason": reasonOption.reason.map { .string($0) },
                ]), Self.report)
    }

    /// What a change of the serving version says, promotion and rollback alike.
    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let previous = answer["previous"]?.string.map { " It was \(Cell.printable($0))." } ?? ""
        let place = Cell.printable("\(answer.text("deployment")) now serves \(answer.text("version"))")
        let environment = Cell.printable(answer.text("environment"))
        return page.renderer.paint("✓", .good) + " \(place) in \(environment).\(previous) "
            + "Audit record \(answer.count("record").text).\n"
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
            [.left("  GATE"), .left("VERDICT"), .right("MEASURED"), .right("THRESHOLD"), .right("EVENTS")],
            rows.map { gate in
                [
                    Cell("  " + gate.text("name")), gate.cell("verdict"), number(gate, "value"),
                    number(gate, "threshold"), gate.count("sample_size"),
                ]
            })
    }
}
