import ArgumentParser
import StewardJSON
import StewardModel
import StewardPolicy

struct Experiments: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare versions on declared metrics with a declared rule.",
        subcommands: [Show.self, Start.self, Conclude.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a deployment's experiments, or the read-out of one.",
            discussion: """
                Intervals and p-values hold however often you look.

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
            let report = id == nil ? Experiments.list : Experiments.readOut
            try options.session().show(DaemonClient.Call(path: path), report)
        }
    }

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start an experiment from a file that declares it.",
            discussion: """
                What is declared before the first request does not change after it: the arms (the first is the \
                control), the unit that keeps a caller in one arm, the primary metric and which direction is better, \
                guardrails that take everybody back at once, and the sample from which on the rule may speak. A \
                quantile as the primary metric needs a threshold in its unit.

                Example:
                  steward experiments start support-bot prompt.yaml

                  # prompt.yaml
                  name: shorter-prompt
                  arms: [{version: v1, weight: 1}, {version: v2, weight: 1}]
                  unit: session
                  primary: error_rate
                  better: lower
                  guardrails: [{metric: latency_p95_seconds, above: 4}]
                  minimum_sample: 500
                  maximum_sample: 20000
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "The file that declares it, YAML or JSON.")
        var file: String

        @OptionGroup var environmentOption: EnvironmentOption
        @OptionGroup var reasonOption: ReasonOption
        @OptionGroup var options: DaemonOptions

        func run() throws {
            let body = try Self.body(
                file, try Files.text(file), environment: environmentOption.environment, reason: reasonOption.reason)
            try options.session().show(
                DaemonClient.Call(method: "POST", path: ["deployments", deployment, "experiments"], body: body.text)
            ) { answer, page in
                let text = Cell.printable("\(answer.text("id")) has begun in \(answer.text("environment"))")
                return page.renderer.paint("✓", .good) + " \(text). Audit record \(answer.count("record").text).\n"
            }
        }

        static func body(_ file: String, _ text: String, environment: String, reason: String?) throws -> JSONValue {
            let document: JSONValue
            switch YAMLNode.parse(file: file, text: text) {
            case .success(let node): document = node.json
            case .failure(let problems): throw StewardError(.invalidInput, problems.description)
            }
            guard let members = document.members else {
                throw StewardError(.invalidInput, "must hold keys such as name and arms", field: file)
            }
            var extra: [JSONValue.Member] = [.init(name: "environment", value: .string(environment))]
            if let reason { extra.append(.init(name: "reason", value: .string(reason))) }
            return .object(members.filter { member in !extra.contains { $0.name == member.name } } + extra)
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

    static func readOut(_ answer: JSONValue, _ page: Page) -> String {
        func number(_ value: JSONValue?) -> String { value?.double.map { Humanize.number($0) } ?? Humanize.absent }
        let title = "\(answer.text("id")): \(answer["design"]?.text("name") ?? ""), \(answer.text("phase"))"
        let arms = page.table(
            [.left("VERSION"), .right("REQUESTS"), .right("OBSERVATIONS"), .right("MEAN")],
            answer.rows("arms").map { arm in
                [
                    arm.cell("version", .strong), arm.count("events"), arm.count("observations"),
                    Cell(number(arm["mean"])),
                ]
            })
        let comparisons = answer.rows("comparisons").map { comparison in
            let interval = comparison["interval"]
            return "\(comparison.text("version")) differs by \(number(comparison["difference"])) "
                + "(\(number(interval?["lower"])) to \(number(interval?["upper"])), "
                + "p \(number(comparison["p_value"]))).\n"
        }.joined()
        return page.heading(Cell.printable(title)) + Cell.printable(answer.text("sentence")) + "\n" + arms
            + comparisons
    }
}
