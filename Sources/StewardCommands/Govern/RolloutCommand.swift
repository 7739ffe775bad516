import ArgumentParser
import StewardJSON
import StewardModel

struct RolloutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Bring a version in by steps, watched by guards that roll it back.",
        subcommands: [List.self, Start.self, Abort.self, Pause.self, Resume.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the rollouts of a deployment and what their guards say.",
            discussion: """
                Example:
                  steward rollout support-bot
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @OptionGroup var options: DaemonOptions

        func run() throws { try options.session().show(.get("deployments", deployment, "rollouts"), Self.report) }

        static func report(_ answer: JSONValue, _ page: Page) -> String {
            let rollouts = answer.rows("rollouts")
            guard !rollouts.isEmpty else {
                return "No rollout yet. Start one: steward rollout start NAME VERSION\n"
            }
            return rollouts.map { RolloutCommand.detail($0, page) }.joined(separator: "\n")
        }
    }

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a rollout by the policy that applies, or by a named one.",
            discussion: """
                Example:
                  steward rollout start support-bot v8 --reason "new prompt"
                  steward rollout start support-bot v8 --retry
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "The registered version to bring in.")
        var version: String

        @Option(help: "The rollout policy to go by. (default: the first that applies)")
        var policy: String?

        @Flag(help: "Try a version again that was rolled back a short while ago.")
        var retry = false

        @OptionGroup var environmentOption: EnvironmentOption
        @OptionGroup var reasonOption: ReasonOption
        @OptionGroup var options: DaemonOptions

        func run() throws {
            try options.session().show(
                .send(
                    "POST", "deployments", deployment, "rollouts",
                    body: [
                        "version": .string(version), "environment": .string(environmentOption.environment),
                        "policy": policy.map { .string($0) }, "retry": .bool(retry),
                        "reason": reasonOption.reason.map { .string($0) },
                    ]), RolloutCommand.detail)
        }
    }

    struct Abort: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a rollout and go back to what served before. Works in every phase.",
            discussion: """
                Example:
                  steward rollout abort support-bot R42
                """)
        @OptionGroup var target: Target
        func run() throws { try target.send("abort") }
    }

    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Advance no further for now; the guards keep watching.",
            discussion: """
                Example:
                  steward rollout pause support-bot R42
                """)
        @OptionGroup var target: Target
        func run() throws { try target.send("pause") }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Go on after a pause, or after you looked at what held it.",
            discussion: """
                Example:
                  steward rollout resume support-bot R42
                """)
        @OptionGroup var target: Target
        func run() throws { try target.send("resume") }
    }

    /// The rollout that a verb is about.
    struct Target: ParsableArguments {
        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "The rollout's id, as 'steward rollout' shows it.")
        var id: String

        @OptionGroup var reasonOption: ReasonOption
        @OptionGroup var options: DaemonOptions

        func send(_ verb: String) throws {
            try options.session().show(
                .send(
                    "POST", "deployments", deployment, "rollouts", id, verb,
                    body: ["reason": reasonOption.reason.map { .string($0) }]), RolloutCommand.detail)
        }
    }

    static func detail(_ rollout: JSONValue, _ page: Page) -> String {
        let phase = rollout.text("phase")
        let title =
            "\(rollout.text("id")): \(rollout.text("deployment")) \(rollout.text("version")) in "
            + "\(rollout.text("environment")), \(phase.replacing("_", with: " "))"
        let step = rollout["weight"]?.int64.map {
            "Step \(rollout.count("step").text) of \(rollout.count("steps").text), \($0) %. "
        }
        let text =
            page.heading(Cell.printable(title)) + (step ?? "")
            + Cell.printable(rollout["reason"]?.string ?? "Started by \(rollout.text("started_by")).") + "\n"
        let guards = rollout.rows("guards")
        guard !guards.isEmpty else { return text }
        func number(_ state: JSONValue, _ name: String) -> Cell {
            let isShare = state["share_above"]?.double != nil || state.text("metric").hasSuffix("_rate")
            return Cell(state[name]?.double.map(isShare ? Humanize.share : Humanize.number) ?? Humanize.absent)
        }
        func name(_ state: JSONValue) -> Cell {
            Cell(
                state.text("metric")
                    + (state["share_above"]?.double.map { ", share above \(Humanize.number($0))" } ?? ""))
        }
        return text
            + page.table(
                [
                    .left("GUARD"), .left("VERDICT"), .right("NEW"), .right("STABLE"), .right("LIMIT"),
                    .right("REQUESTS"),
                ],
                guards.map { state in
                    [
                        name(state), state.cell("verdict"), number(state, "value"),
                        number(state, "stable_value"), number(state, "threshold"), state.count("sample_size"),
                    ]
                })
    }
}
