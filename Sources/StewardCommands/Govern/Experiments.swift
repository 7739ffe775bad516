import ArgumentParser
import StewardJSON
import StewardModel

struct Experiments: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare versions on declared metrics with a declared rule.",
        subcommands: [Show.self, Start.self, Conclude.self, WritePage.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a deployment's experiments, or the read-out of one.",
            discussion: """
                Without a maximum_sample, intervals and p-values hold however often you look; with one, they are those \
                of the last of a few planned looks.

                Example:
                  steward experiments support-bot
                  steward experiments support-bot E42
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "The experiment's id, for its read-out.")
        var id: String?

        @OptionGroup var options: DaemonOptions

        func run() throws {
            let path = ["deployments", deployment, "experiments"] + (id.map { [$0] } ?? [])
            try options.session().show(DaemonClient.Call(path: path)) { answer, page in
                id == nil ? Experiments.list(answer, page) : ExperimentText(answer: answer, page: page).text
            }
        }
    }

    struct Conclude: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End an experiment: everybody goes to a version, or back to what served before.",
            discussion: """
                Example:
                  steward experiments conclude support-bot E42 --version v2
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "The experiment's id.")
        var id: String

        @Option(help: "The arm that everybody goes to. (default: back to what served before)")
        var version: String?

        @OptionGroup var reasonOption: ReasonOption
        @OptionGroup var options: DaemonOptions

        func run() throws {
            try options.session().show(
                .send(
                    "POST", "deployments", deployment, "experiments", id, "conclude",
                    body: [
                        "version": version.map { .string($0) }, "reason": reasonOption.reason.map { .string($0) },
                    ])
            ) { answer, page in
                let phase = Cell.printable("\(answer.text("id")) is \(answer.text("phase"))")
                return page.renderer.paint("✓", .good) + " \(phase). Audit record \(answer.count("record").text).\n"
            }
        }
    }

    static func list(_ answer: JSONValue, _ page: Page) -> String {
        let experiments = answer.rows("experiments")
        guard !experiments.isEmpty else { return "No experiment yet.\n" }
        return page.table(
            [.left("ID"), .left("NAME"), .left("ENVIRONMENT"), .left("PHASE"), .left("STARTED"), .left("VERDICT")],
            experiments.map { experiment in
                [
                    experiment.cell("id", .strong), Cell(experiment["design"]?.text("name") ?? Humanize.absent),
                    experiment.cell("environment"), experiment.cell("phase"), experiment.ago("started", page),
                    Cell(experiment["verdict"]?["explanation"]?.string ?? Humanize.absent),
                ]
            })
    }
}
