import ArgumentParser
import StewardJSON
import StewardModel
import StewardTransparency

struct AuditVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify an exported audit log, without a daemon.",
        discussion: """
            Checks every file, the signature, every record and every proof, and exits 1 if anything does not hold. \
            Give the key that you got from someone you trust: the one in the folder came with what it is to vouch for.

            Example:
              steward audit verify audit-2026-03 --key steward-key.pub
            """)

    @Argument(help: "The exported folder.")
    var folder: String

    @Option(help: "File with the log's public key, as you got it from someone you trust. (default: the folder's own)")
    var key: String?

    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let report = try BundleFolder.verify(folder, trustedKey: try key.map { try Files.text($0) })
        try Self.show(report, folder: folder, Console.live(), outputOptions.output)
    }

    static func show(_ report: BundleReport, folder: String, _ console: Console, _ format: OutputFormat) throws {
        switch format {
        case .json: console.output(String(decoding: json(report, folder: folder).pretty, as: UTF8.self))
        case .table:
            console.output(text(report, folder: folder, Page(renderer: console.outputRenderer, now: console.now())))
        }
        if !report.passed { throw ExitCode(StewardError.Code.verificationFailed.exitStatus) }
    }

    static func text(_ report: BundleReport, folder: String, _ page: Page) -> String {
        let rows = report.checks.map { check -> [Cell] in
            let mark: Cell =
                switch check.outcome {
                case .pass: Cell("✓", .good)
                case .warning: Cell("!", .warning)
                case .fail: Cell("✗", .bad)
                }
            return [mark, Cell(check.name.rawValue, .strong), Cell(check.message)]
        }
        let columns: [Column] = [.left(""), .left(""), .left("")]
        let width = rows.map { $0[1].text.count }.max() ?? 0
        var text = ""
        for (check, row) in zip(report.checks, rows) {
            text += page.renderer.line(row, columns, [1, width, 0]) + "\n"
            text += check.details.map { page.note("     \(Cell.printable($0))") }.joined()
        }
        let folder = Cell.printable(folder)
        guard report.passed else {
            return text + "\n" + page.renderer.paint("Not verified: do not rely on \(folder).", .bad) + "\n"
        }
        let hasWarning = report.checks.contains { $0.outcome == .warning }
        return text + "\n" + page.renderer.paint("Verified: \(folder) is what was signed.", .good)
            + (hasWarning ? " Mind what is marked with '!'." : "") + "\n"
    }

    static func json(_ report: BundleReport, folder: String) -> JSONValue {
        [
            "folder": .string(folder), "passed": .bool(report.passed),
            "checks": .array(
                report.checks.map { check in
                    [
                        "name": .string(check.name.rawValue), "outcome": .string(check.outcome.rawValue),
                        "message": .string(check.message), "details": .array(check.details.map { .string($0) }),
                    ]
                }),
        ]
    }
}
