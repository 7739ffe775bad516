import ArgumentParser
import StewardJSON
import StewardModel

struct AuditRecords: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records",
        abstract: "List records of the audit log, oldest first.",
        discussion: """
            Example:
              steward audit records --deployment support-bot
              steward audit records --action route.promote --actor alice
            """)

    @Option(help: "Start behind this record.")
    var after: Int64?

    @Option(help: "How many records at most.")
    var limit = 100

    @Option(help: "Only this action, such as route.promote or token.create.")
    var action: String?

    @Option(help: "Only what this person, policy or part of the system did.")
    var actor: String?

    @Option(name: .shortAndLong, help: "Only this deployment.")
    var deployment: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            .get(
                "audit", "records",
                query: [
                    "after": after.map(String.init), "limit": String(limit), "action": action, "actor": actor,
                    "deployment": deployment,
                ]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let rows = answer.rows("records")
        guard !rows.isEmpty else { return "No such records.\n" }
        var text = page.table(
            [
                .right("RECORD"), .left("TIME"), .left("ACTION"), .left("BY"), .left("DEPLOYMENT"), .left("DETAILS"),
            ],
            rows.map { row in
                let record = row["record"] ?? .null
                return [
                    row.count("seq"), record.cell("time"), record.cell("action", .strong),
                    History.actor(record["actor"]), place(record), Cell(details(record["data"]), .faint),
                ]
            })
        if let next = answer["next_after"]?.int64 {
            text += page.note("There are more: steward audit records --after \(next)")
        }
        return text
    }

    private static func place(_ record: JSONValue) -> Cell {
        guard let deployment = record["deployment"]?.string else { return Cell(Humanize.absent) }
        return Cell(record["environment"]?.string.map { "\(deployment)/\($0)" } ?? deployment)
    }

    /// `version=v7 previous=v6`: simple members only, cut to what a line can hold.
    private static func details(_ data: JSONValue?) -> String {
        let parts = (data?.members ?? []).compactMap { member -> String? in
            switch member.value {
            case .null, .array, .object: nil
            case .string(let text): "\(member.name)=\(text)"
            default: "\(member.name)=\(String(decoding: member.value.text, as: UTF8.self))"
            }
        }
        let line = parts.joined(separator: " ")
        return line.count > 80 ? line.prefix(79) + "…" : line
    }
}
