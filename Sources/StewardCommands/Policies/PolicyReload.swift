import ArgumentParser
import StewardJSON

struct PolicyReload: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Let the daemon read its policy files again at once.",
        discussion: """
            It does so by itself a few seconds after a file changes. With one wrong file nothing changes, and the \
            answer says what is wrong and where.

            Example:
              steward policy reload
            """)

    @OptionGroup var options: DaemonOptions

    func run() throws { try options.session().show(.send("POST", "policies", "reload", body: [:]), Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let count = answer.count("policies").text
        return answer["changed"]?.bool == true
            ? page.renderer.paint("✓", .good) + " \(count) policies are in force, on record.\n"
            : "Nothing has changed: \(count) policies are in force.\n"
    }
}
