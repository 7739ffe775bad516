import ArgumentParser
import StewardJSON
import StewardModel

struct PolicyReplayVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Say what a rollback policy would have done to recorded history.",
        discussion: """
            The daemon holds the file against its rollups, minute by minute; nothing is changed.

            Example:
              steward policy replay policies/rollback/error-rate.yaml --since 7d
            """)

    @Argument(help: "The policy's file.")
    var file: String

    @Option(help: "How far to go back: a span such as 7d, or a time.")
    var since = "7d"

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let text = try Files.text(file)
        try options.session().show(
            DaemonClient.Call(
                method: "POST", path: ["policies", "replay"], query: [("since", since)], body: Array(text.utf8),
                contentType: "application/yaml"), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let breaches = answer.rows("breaches")
        let asked = "\(answer.count("spans").text) spans of serving versions were looked at.\n"
        guard !breaches.isEmpty else { return "It would have done nothing. " + asked }
        return page.table(
            [
                .left("WHEN"), .left("DEPLOYMENT"), .left("VERSION"), .left("WOULD HAVE"), .right("MEASURED"),
                .right("THRESHOLD"), .right("EVENTS"),
            ],
            breaches.map { breach in
                func number(_ name: String) -> Cell {
                    Cell(breach[name]?.double.map { Humanize.number($0) } ?? Humanize.absent)
                }
                return [
                    breach.cell("time"), Cell("\(breach.text("deployment"))/\(breach.text("environment"))"),
                    breach.cell("version", .strong), Cell(answer.text("action")), number("value"),
                    number("threshold"), breach.count("sample_size"),
                ]
            }) + asked
    }
}
