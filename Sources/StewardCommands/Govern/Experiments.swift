import ArgumentParser
import StewardJSON
import StewardModel

struct Experiments: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a deployment's experiments, or the read-out of one.",
        discussion: """
            Intervals and p-values hold however often you look. Experiments are started over the API, with \
            POST /v1/deployments/NAME/experiments.

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
        try options.session().show(DaemonClient.Call(path: path), id == nil ? Self.list : Self.readOut)
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
