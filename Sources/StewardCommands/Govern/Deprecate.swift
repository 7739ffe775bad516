import ArgumentParser
import StewardJSON
import StewardModel

struct Deprecate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Warn callers of a version, and say when it ends.",
        discussion: """
            Whoever is given the version is told so, with its end and its successor.

            Example:
              steward deprecate support-bot v5 --end-of-life 2027-01-01 --successor v7
            """)

    @OptionGroup var target: VersionTarget

    @Option(help: "From when on it serves nobody: a day or a time in UTC.")
    var endOfLife: String?

    @Option(help: "The version to use instead.")
    var successor: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let end = endOfLife.map { Timestamp(rfc3339: $0 + "T00:00:00Z") == nil ? $0 : $0 + "T00:00:00Z" }
        let body: KeyValuePairs<String, JSONValue?> = [
            "end_of_life": end.map { .string($0) }, "successor": successor.map { .string($0) },
        ]
        try options.session().show(target.call("POST", "deprecate", body), Describe.report)
    }
}
