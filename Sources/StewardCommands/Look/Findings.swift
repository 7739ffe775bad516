import ArgumentParser
import StewardJSON
import StewardModel

struct Findings: ParsableCommand {
    enum Filter: String, ExpressibleByArgument, CaseIterable { case open, resolved, all }

    static let configuration = CommandConfiguration(
        abstract: "List what the daemon found wrong, newest first.",
        discussion: """
            Example:
              steward findings
              steward findings --status all --deployment support-bot
            """)

    @Option(help: "Which findings to list.")
    var status: Filter = .open

    @Option(name: .shortAndLong, help: "Only this deployment.")
    var deployment: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let filter = status == .all ? nil : status.rawValue
        try options.session().show(.get("findings", query: ["status": filter, "deployment": deployment])) {
            Self.report($0, filter: status, $1)
        }
    }

    static func report(_ answer: JSONValue, filter: Filter, _ page: Page) -> String {
        let findings = answer.rows("findings")
        guard !findings.isEmpty else {
            return filter == .all ? "No findings.\n" : "No \(filter.rawValue) findings.\n"
        }
        return page.table(
            [
                .left("SEVERITY"), .left("STATUS"), .left("OPENED"), .left("DEPLOYMENT"), .left("VERSION"),
                .left("FINDING"),
            ],
            findings.map { finding in
                [
                    severity(finding), status(finding, page), finding.ago("opened", page),
                    Cell("\(finding.text("deployment"))/\(finding.text("environment"))"), finding.cell("version"),
                    Cell(finding.text("title") + numbers(finding)),
                ]
            })
    }

    private static func severity(_ finding: JSONValue) -> Cell {
        finding.cell("severity", finding.text("severity") == "critical" ? .bad : .warning)
    }

    private static func status(_ finding: JSONValue, _ page: Page) -> Cell {
        guard finding.text("status") == "resolved" else { return finding.cell("status", .strong) }
        return Cell("resolved \(finding.ago("resolved", page).text)", .good)
    }

    /// What the finding rests on: ` (policy support-bot-errors, 1,204 events in 15 min, record 57)`
    private static func numbers(_ finding: JSONValue) -> String {
        var parts: [String] = []
        if let policy = finding["policy"]?.string { parts.append("policy \(policy)") }
        if let size = finding["sample_size"]?.int64 {
            let window = finding["window_seconds"]?.int64.map { " in \(Humanize.duration(seconds: $0))" } ?? ""
            parts.append(Humanize.count(size, "event") + window)
        }
        if let record = finding["record"]?.int64 { parts.append("record \(record)") }
        return parts.isEmpty ? "" : " (" + parts.joined(separator: ", ") + ")"
    }
}
