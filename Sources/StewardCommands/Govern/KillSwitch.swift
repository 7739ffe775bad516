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

    @OptionGroup var route: RouteArguments

    func run() throws { try route.send("disable", Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        RouteArguments.report(
            answer["disabled"]?.bool == true ? "is switched off" : "is switched on", answer, page)
    }
}

struct Enable: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Undo the kill switch.",
        discussion: """
            Example:
              steward enable support-bot
            """)

    @OptionGroup var route: RouteArguments

    func run() throws { try route.send("enable", Disable.report) }
}
