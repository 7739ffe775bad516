import ArgumentParser
import StewardJSON
import StewardModel

struct BaselineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Say what a deployment's versions are compared with.",
        discussion: """
            Every promotion makes the version it replaces the baseline. A pinned one, or last week, stays until it is \
            dropped.
            """,
        subcommands: [List.self, Pin.self, Weekly.self, Drop.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the baselines of a deployment.",
            discussion: """
                Example:
                  steward baseline list support-bot
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @OptionGroup var options: DaemonOptions

        func run() throws {
            try options.session().show(.get("deployments", deployment, "baselines"), Self.report)
        }

        static func report(_ answer: JSONValue, _ page: Page) -> String {
            let baselines = answer.rows("baselines")
            guard !baselines.isEmpty else { return "No baseline: the next promotion makes one.\n" }
            return page.table(
                [
                    .left("ENVIRONMENT"), .left("BASELINE"), .left("VERSION"), .left("FROM"), .left("UNTIL"),
                    .left("SET"), .right("RECORD"),
                ],
                baselines.map { baseline in
                    [
                        baseline.cell("environment"),
                        Cell("\(baseline.text("name")) #\(baseline.count("number").text)"),
                        Cell(Cell.printable(baseline.baselineVersion)), baseline.cell("from"), baseline.cell("until"),
                        baseline.ago("since", page), baseline.count("record"),
                    ]
                })
        }
    }

    struct Pin: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare with a span of one version until it is dropped.",
            discussion: """
                Example:
                  steward baseline pin support-bot --version v6 \\
                    --from 2026-03-02T00:00:00Z --until 2026-03-03T00:00:00Z --name march
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Option(help: "The version whose events are the baseline.")
        var version: String

        @Option(help: "Start of the span, RFC 3339.")
        var from: String

        @Option(help: "End of the span, exclusive, RFC 3339; at most 31 days later.")
        var until: String

        @Option(help: "What to call it.")
        var name: String?

        @OptionGroup var environmentOption: EnvironmentOption
        @OptionGroup var options: DaemonOptions

        func run() throws {
            let call = DaemonClient.Call.send(
                "PUT", "deployments", deployment, "baselines", environmentOption.environment,
                body: [
                    "version": .string(version), "from": .string(from), "until": .string(until),
                    "name": name.map { .string($0) },
                ])
            try options.session().show(call, BaselineCommand.confirmation)
        }
    }

    struct Weekly: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare with the same hours last week until it is dropped.",
            discussion: """
                For services whose mornings are not like their nights: each quarter of an hour is compared with the \
                same one a week before, whichever versions served then.

                Example:
                  steward baseline weekly support-bot
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Option(help: "What to call it.")
        var name: String?

        @OptionGroup var environmentOption: EnvironmentOption
        @OptionGroup var options: DaemonOptions

        func run() throws {
            let call = DaemonClient.Call.send(
                "PUT", "deployments", deployment, "baselines", environmentOption.environment,
                body: ["kind": "same_hours_last_week", "name": name.map { .string($0) }])
            try options.session().show(call, BaselineCommand.confirmation)
        }
    }

    struct Drop: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Drop a baseline; the route says what the next one is.",
            discussion: """
                Example:
                  steward baseline drop support-bot
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @OptionGroup var environmentOption: EnvironmentOption
        @OptionGroup var options: DaemonOptions

        func run() throws {
            let call = DaemonClient.Call.send(
                "DELETE", "deployments", deployment, "baselines", environmentOption.environment, body: [:])
            try options.session().show(call) { _, page in
                page.renderer.paint("✓", .good) + " The baseline is dropped.\n"
            }
        }
    }

    private static func confirmation(_ answer: JSONValue, _ page: Page) -> String {
        let label = Cell.printable("\(answer.text("name")) #\(answer.count("number").text)")
        return page.renderer.paint("✓", .good) + " \(label) is the baseline. Audit record "
            + "\(answer.count("record").text).\n"
    }
}
