import ArgumentParser

struct Unfreeze: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a frozen route change again.",
        discussion: """
            Example:
              steward unfreeze support-bot
            """)

    @OptionGroup var route: RouteArguments

    func run() throws { try route.send("unfreeze", Freeze.report) }
}
