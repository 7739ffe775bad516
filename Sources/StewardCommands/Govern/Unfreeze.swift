import ArgumentParser

struct Unfreeze: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a frozen route change again.",
        discussion: """
            Example:
              steward unfreeze support-bot
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @OptionGroup var environmentOption: EnvironmentOption
    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            Freeze.call("unfreeze", deployment, environmentOption, reasonOption), Freeze.report)
    }
}
