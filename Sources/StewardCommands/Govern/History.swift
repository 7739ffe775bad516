import ArgumentParser
import StewardJSON
import StewardModel

struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show which version served when, who changed it, and why. Newest first.",
        discussion: """
            Every line is a record of the audit log: steward audit proof RECORD proves that it is in there.

            Example:
              steward history support-bot
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Option(name: .shortAndLong, help: "Only this environment.")
    var environment: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            .get("deployments", deployment, "history", query: ["environment": environment]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let entries = answer.rows("history")
        guard !entries.isEmpty else { return "Nothing has been decided about this deployment yet.\n" }
        return page.table(
            [
                .right("RECORD"), .left("WHEN"), .left("ENVIRONMENT"), .left("ACTION"), .left("VERSION"), .left("BY"),
                .left("WHY"),
            ],
            entries.map { entry in
                [
                    entry.count("record"), entry.ago("time", page), entry.cell("environment"),
                    entry.cell("action", entry.text("action") == "rollback" ? .bad : .strong), change(entry),
                    actor(entry["actor"]), why(entry),
                ]
            })
    }

    /// `v6 → v7`
    private static func change(_ entry: JSONValue) -> Cell {
        guard let previous = entry["previous"]?.string else { return entry.cell("version") }
        return Cell("\(previous) → \(entry.text("version"))")
    }

    /// People by name alone, others with what they are: `policy support-bot-errors`.
    static func actor(_ actor: JSONValue?) -> Cell {
        guard let actor else { return Cell(Humanize.absent) }
        let kind = actor.text("kind")
        return Cell(kind == "person" ? actor.text("name") : "\(kind) \(actor.text("name"))")
    }

    private static func why(_ entry: JSONValue) -> Cell {
        guard let decision = entry["decision"], !decision.isNull else { return entry.cell("reason") }
        func number(_ name: String) -> String? { decision[name]?.double.map { Humanize.number($0) } }
        var text = "\(decision.text("metric")) \(number("value") ?? Humanize.absent) is \(decision.text("comparison")) "
        text += number("threshold") ?? Humanize.absent
        if let baseline = number("baseline_value") {
            text += ", \(decision["baseline_version"]?.string ?? "the baseline") has \(baseline)"
        }
        let window = decision["window_seconds"]?.int64.map { " in \(Humanize.duration(seconds: $0))" } ?? ""
        text += decision["sample_size"]?.int64.map { " (\(Humanize.count($0, "event"))\(window))" } ?? ""
        return Cell(text)
    }
}
