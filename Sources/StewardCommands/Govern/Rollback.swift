import ArgumentParser
import StewardJSON

struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go back to the version that served before, or to a given one.",
        discussion: """
            A rollback waits for nothing: no check, approval or canary can hold it up.

            Example:
              steward rollback support-bot --reason "answers in the wrong language"
              steward rollback support-bot --to v5
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Option(help: "The version to go back to. (default: the one that served before)")
    var to: String?

    @OptionGroup var environmentOption: EnvironmentOption
    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            .send(
                "POST", "deployments", deployment, "rollback",
                body: [
                    "environment": .string(environmentOption.environment), "to": to.map { .string($0) },
                    "reason": reasonOption.reason.map { .string($0) },
                ]), Promote.report)
    }
}
