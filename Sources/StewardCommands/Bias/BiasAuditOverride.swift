import ArgumentParser
import StewardJSON
import StewardModel

struct BiasAuditOverride: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "override",
        abstract: "Give your word that a version may be promoted without an audit that passed.",
        discussion: """
            Two people have to, each with a token of their own and a reason, within a day before the promotion. The \
            audit stays on record as it came out, and so does who overrode it and why.

            Example:
              steward bias-audit override resume-screener v7 \\
                --reason "pilot with 20 people, each decision is reviewed by hand"
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Argument(help: "The version that may be promoted.")
    var version: String

    @OptionGroup var environmentOption: EnvironmentOption

    @Option(name: .shortAndLong, help: "Why: kept in the audit log for ever.")
    var reason: String

    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            .send(
                "POST", "deployments", deployment, "bias-overrides",
                body: [
                    "version": .string(version), "environment": .string(environmentOption.environment),
                    "reason": .string(reason),
                ]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let people = answer.rows("approvers").compactMap(\.string)
        let needed = Int(answer["needed"]?.int64 ?? 2)
        let what = Cell.printable("\(answer.text("deployment")) \(answer.text("version"))")
        let names = Cell.printable(people.joined(separator: ", "))
        let state =
            people.count >= needed
            ? "It may be promoted now." : "\(needed - people.count) more has to agree before it may be promoted."
        return page.renderer.paint("✓", .good) + " On record for \(what): \(names). \(state) "
            + "Audit record \(answer.count("record").text).\n"
    }
}
