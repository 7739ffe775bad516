import ArgumentParser
import StewardJSON

struct Disable: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The kill switch: clients use what they have built in.",
        discussion: """
            Whoever asks which version to use is told that the flag is disabled. The route stays as it is.

            Example:
              steward disable support-bot --reason "provider answers nonsense"
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @OptionGroup var environmentOption: EnvironmentOption
    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            Freeze.call("disable", deployment, environmentOption, reasonOption), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let state = answer["disabled"]?.bool == true ? "is switched off" : "is switched on"
        let place = Cell.printable("\(answer.text("deployment")) in \(answer.text("environment"))")
        return page.renderer.paint("✓", .good) + " \(place) \(state). Audit record \(answer.count("record").text).\n"
    }
}

struct Enable: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Undo the kill switch.",
        discussion: """
            Example:
              steward enable support-bot
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @OptionGroup var environmentOption: EnvironmentOption
    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            Freeze.call("enable", deployment, environmentOption, reasonOption), Disable.report)
    }
}
