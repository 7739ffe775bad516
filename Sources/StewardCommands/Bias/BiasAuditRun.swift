import ArgumentParser
import StewardJSON
import StewardModel

struct BiasAuditRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Audit a deployment now.",
        discussion: """
            Every version that decided within the window of a bias policy is audited, from the counts that are kept by \
            group. Each audit says pass, fail or insufficient, and is a record of the audit log. Exits 1 when one \
            fails.

            Example:
              steward bias-audit run resume-screener
              steward bias-audit run resume-screener --version v7 --policy hiring
              steward bias-audit run parole --since 2013-01-01 --until 2015-01-01
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Option(help: "Only this version, also where it decided nothing yet.")
    var version: String?

    @Option(help: "Only by this bias policy.")
    var policy: String?

    @Option(help: "Decisions from here on: a day, a time or a span ago. (default: as the policy says)")
    var since: String?

    @Option(help: "Decisions before this day, time or span ago. (default: now)")
    var until: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        var hasFailed = false
        try options.session().show(
            .send(
                "POST", "deployments", deployment, "bias-audits",
                body: [
                    "version": version.map { .string($0) }, "policy": policy.map { .string($0) },
                    "since": since.map { .string($0) }, "until": until.map { .string($0) },
                ]),
            noting: { hasFailed = $0.rows("audits").contains { $0.text("verdict") == "fail" } }, Self.report)
        if hasFailed { throw ExitCode(StewardError.Code.refused.exitStatus) }
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        answer.rows("audits").map { audit in
            let title =
                "\(audit.text("deployment")) \(audit.text("version")) by \(audit.text("policy")), "
                + Humanize.count(audit["decisions"]?.int64 ?? 0, "decision")
            return verdict(audit.text("verdict"), page) + " " + page.heading(Cell.printable(title))
                + Cell.printable(audit.text("sentence")) + "\n" + measures(audit, page)
                + page.note("audit \(audit.text("id")), record \(audit.count("record").text)")
        }.joined(separator: "\n")
    }

    static func verdict(_ verdict: String, _ page: Page) -> String {
        switch verdict {
        case "pass": page.renderer.paint("✓ pass", .good)
        case "fail": page.renderer.paint("✗ fail", .bad)
        default: page.renderer.paint("? insufficient", .warning)
        }
    }

    private static func measures(_ audit: JSONValue, _ page: Page) -> String {
        let rows = audit.rows("measures")
        guard !rows.isEmpty else { return "" }
        func number(_ row: JSONValue, _ name: String) -> String {
            row[name]?.double.map { Humanize.decimal($0, places: 3) } ?? Humanize.absent
        }
        return page.table(
            [
                .left("BY"), .left("MEASURE"), .left("WORST GROUP"), .right("VALUE"), .left("INTERVAL"),
                .right("BOUND"), .left("VERDICT"),
            ],
            rows.map { row in
                [
                    row.cell("attribute"), row.cell("measure"), row.cell("group"), Cell(number(row, "value")),
                    Cell("\(number(row, "lower")) to \(number(row, "upper"))", .faint), Cell(number(row, "bound")),
                    row.cell(
                        "verdict",
                        row.text("verdict") == "pass" ? .good : row.text("verdict") == "fail" ? .bad : .warning),
                ]
            })
    }
}
