import ArgumentParser
import StewardJSON

struct Describe: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Set the model card of a version.",
        discussion: """
            The card is replaced as a whole. A risk class of 'high' keeps events for 183 days at least.

            Example:
              steward describe support-bot v7 --purpose "answers customers" \\
                --owner "Support" --risk-class limited
            """)

    @OptionGroup var target: VersionTarget

    @Option(help: "What it is for.")
    var purpose: String?

    @Option(help: "What it was made from.")
    var dataSources: String?

    @Option(help: "What it must not be used for, and where it is weak.")
    var limits: String?

    @Option(help: "Its class of risk, such as minimal, limited, high.")
    var riskClass: String?

    @Option(help: "Who answers for it.")
    var owner: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        func text(_ value: String?) -> JSONValue? { value.map { .string($0) } }
        let card: KeyValuePairs = [
            "purpose": text(purpose), "data_sources": text(dataSources), "limits": text(limits),
            "risk_class": text(riskClass), "owner": text(owner),
        ]
        try options.session().show(target.call("PUT", "card", card), Self.report)
    }

    /// What every note about a version is answered with.
    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let place = Cell.printable("\(answer.text("deployment")) \(answer.text("version"))")
        let record = answer["record"]?.int64.map { " Audit record \(Humanize.count($0))." }
        return page.renderer.paint("✓", .good) + " Noted of \(place).\(record ?? " It was so already.")\n"
    }
}

/// The version that a verb is about.
struct VersionTarget: ParsableArguments {
    @Argument(help: "The deployment.")
    var deployment: String

    @Argument(help: "The version.")
    var version: String

    func call(_ method: String, _ note: String, _ body: KeyValuePairs<String, JSONValue?>) -> DaemonClient.Call {
        .send(method, "deployments", deployment, "versions", version, note, body: body)
    }
}
