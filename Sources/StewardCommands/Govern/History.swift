import ArgumentParser
import StewardJSON
import StewardModel

struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show which version served when, who changed it, and why. Newest first.",
        discussion: """
            Every line is a record of the audit log: steward audit proof RECORD proves that it is in there.

            With --at it says first what served at that time, and who decided that.

            Example:
              steward history support-bot
              steward history support-bot --at 2026-03-03T14:03:00Z --key jack
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Option(name: .shortAndLong, help: "Only this environment.")
    var environment: String?

    @Option(help: "A time such as 2026-03-03T14:03:00Z, or a span such as 3d for that long ago.")
    var at: String?

    @Option(help: "With --at: the targeting key of a caller, whose version is told.")
    var key: String?

    @Option(help: "With --at: more of that caller, as OFREP's evaluation context in JSON.")
    var context: String?

    @Option(help: "At most this many lines, 1 to 10000.")
    var limit = 100

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let session = try options.session()
        let time = try at.map { try Instant.before(session.console.now(), $0, field: "--at").rfc3339 }
        try session.show(
            .get(
                "deployments", deployment, "history",
                query: [
                    "environment": environment, "at": time, "key": key, "context": context, "limit": String(limit),
                ]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let entries = answer.rows("history")
        let served = answer["at"]?.string.map { Self.served(answer.rows("served"), at: $0, page) } ?? ""
        guard !entries.isEmpty else { return served + "Nothing has been decided about this deployment yet.\n" }
        return served
            + page.table(
                [
                    .right("RECORD"), .left("WHEN"), .left("ENVIRONMENT"), .left("ACTION"), .left("VERSION"),
                    .left("BY"), .left("WHY"),
                ],
                entries.map { entry in
                    [
                        entry.count("record"), entry.ago("time", page), entry.cell("environment"),
                        entry.cell("action", entry.text("action") == "rollback" ? .bad : .strong), change(entry),
                        actor(entry["actor"]), why(entry),
                    ]
                })
    }

    private static func served(_ rows: [JSONValue], at time: String, _ page: Page) -> String {
        guard !rows.isEmpty else { return "At \(Cell.printable(time)) nothing served.\n\n" }
        return page.heading("At \(Cell.printable(time))")
            + page.table(
                [
                    .left("ENVIRONMENT"), .left("SERVED"), .left("KEY"), .left("SINCE"), .left("UNTIL"),
                    .right("RECORD"), .left("DECIDED BY"), .left("WHY"),
                ],
                rows.map { row in
                    let targets = row.rows("targets").map { "\($0.text("version")) \($0.count("weight").text)" }
                    let rules = row.rows("targeting").count
                    var state = rules == 0 ? "" : "; \(Humanize.count(Int64(rules), "rule")) first"
                    if let shadow = row["shadow"]?["version"]?.string { state += ", shadow \(shadow)" }
                    if let rollout = row["rollout"] {
                        state += " (\(rollout.text("id")), step \(rollout.count("step").text))"
                    }
                    if let experiment = row["experiment"] { state += " (\(experiment.text("id")))" }
                    if row["frozen"]?.bool == true { state += " (frozen)" }
                    if row["disabled"]?.bool == true { state += " (switched off)" }
                    let key = row["key"]?.string.map { "\($0): \(row.text("answered_by"))" } ?? Humanize.absent
                    return [
                        row.cell("environment"), Cell(targets.joined(separator: ", ") + state), Cell(key),
                        row.cell("since"), row.cell("until"), row.count("record"), actor(row["actor"]), why(row),
                    ]
                }) + "\n"
    }

    /// `v6 → v7`, or all shares where more than one version serves.
    private static func change(_ entry: JSONValue) -> Cell {
        guard entry.rows("targets").count < 2 else { return entry.targets }
        guard let previous = entry["previous"]?.string else { return entry.cell("version") }
        return Cell("\(previous) → \(entry.text("version"))")
    }

    /// People by name alone, others with what they are: `policy support-bot-errors`.
    static func actor(_ actor: JSONValue?) -> Cell {
        guard let actor else { return Cell(Humanize.absent) }
        let kind = actor.text("kind")
        let owner = actor["owner"]?.string.map { " (\($0))" } ?? ""
        return Cell(kind == "person" ? actor.text("name") + owner : "\(kind) \(actor.text("name"))")
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
