import ArgumentParser
import StewardJSON
import StewardModel

struct Findings: ParsableCommand {
    enum Filter: String, ExpressibleByArgument, CaseIterable { case active, open, ongoing, resolved, all }
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case policyBreach = "policy_breach"
        case drift, anomaly, disparity
    }

    static let configuration = CommandConfiguration(
        abstract: "List what the daemon found wrong, newest first, or explain one finding.",
        discussion: """
            Active are those that are open, and ongoing after ten minutes.

            Example:
              steward findings
              steward findings --status all --deployment support-bot --kind drift
              steward findings --explain F57-drift
            """)

    @Option(help: "Explain the finding with this id: its numbers and both distributions.")
    var explain: String?

    @Option(help: "Which findings to list.")
    var status: Filter = .active

    @Option(help: "Only findings of this kind.")
    var kind: Kind?

    @Option(help: "How many to list at most, 1 to 1000.")
    var limit: Int = 100

    @Option(name: .shortAndLong, help: "Only this deployment.")
    var deployment: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        if let explain {
            return try options.session().show(.get("findings", explain), FindingExplanation.report)
        }
        let query: KeyValuePairs<String, String?> = [
            "status": status == .all ? nil : status.rawValue, "kind": kind?.rawValue, "deployment": deployment,
            "limit": String(limit),
        ]
        try options.session().show(.get("findings", query: query)) { Self.report($0, filter: status, $1) }
    }

    static func report(_ answer: JSONValue, filter: Filter, _ page: Page) -> String {
        let findings = answer.rows("findings")
        guard !findings.isEmpty else {
            return filter == .all ? "No findings.\n" : "No \(filter.rawValue) findings.\n"
        }
        let list = page.table(
            [
                .left("ID"), .left("SEVERITY"), .left("STATUS"), .left("OPENED"), .left("DEPLOYMENT"), .left("VERSION"),
                .left("FINDING"),
            ],
            findings.map { finding in
                [
                    finding.cell("id"), severity(finding), status(finding, page), finding.ago("opened", page),
                    Cell("\(finding.text("deployment"))/\(finding.text("environment"))"), finding.cell("version"),
                    Cell(finding.text("title") + numbers(finding)),
                ]
            })
        return answer["next_cursor"]?.string == nil ? list : list + page.note("There are more; see --limit.")
    }

    private static func severity(_ finding: JSONValue) -> Cell {
        let tone: Tone =
            switch finding.text("severity") {
            case "critical": .bad
            case "info": .plain
            default: .warning
            }
        return finding.cell("severity", tone)
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
