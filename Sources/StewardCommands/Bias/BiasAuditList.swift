import ArgumentParser
import StewardJSON
import StewardModel

struct BiasAuditList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the bias audits of a deployment, newest first.",
        discussion: """
            Example:
              steward bias-audit list resume-screener
              steward bias-audit list resume-screener --version v7
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Option(help: "Only of this version.")
    var version: String?

    @Option(help: "Only by this bias policy.")
    var policy: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            .get("deployments", deployment, "bias-audits", query: ["version": version, "policy": policy]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let audits = answer.rows("audits")
        guard !audits.isEmpty else { return "No bias audits. 'steward bias-audit run DEPLOYMENT' makes one.\n" }
        return page.table(
            [
                .left("AUDIT"), .left("MADE"), .left("VERSION"), .left("POLICY"), .left("WHY"), .right("DECISIONS"),
                .left("VERDICT"), .left("IN A SENTENCE"),
            ],
            audits.map { audit in
                let verdict = audit.text("verdict")
                let tone: Tone = verdict == "pass" ? .good : verdict == "fail" ? .bad : .warning
                return [
                    audit.cell("id"), audit.ago("time", page), audit.cell("version"), audit.cell("policy"),
                    audit.cell("trigger"), audit.count("decisions"), audit.cell("verdict", tone),
                    audit.cell("sentence"),
                ]
            })
    }
}
