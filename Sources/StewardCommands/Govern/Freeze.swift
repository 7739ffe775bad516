import ArgumentParser
import StewardJSON

struct Freeze: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold a route as it is: nothing is promoted until it is unfrozen.",
        discussion: """
            A rollback still goes through.

            Example:
              steward freeze support-bot --reason "holiday traffic"
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @OptionGroup var environmentOption: EnvironmentOption
    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            Self.call("freeze", deployment, environmentOption, reasonOption), Self.report)
    }

    static func call(
        _ verb: String, _ deployment: String, _ environment: EnvironmentOption, _ reason: ReasonOption
    ) -> DaemonClient.Call {
        .send(
            "POST", "deployments", deployment, verb,
            body: [
                "environment": .string(environment.environment), "reason": reason.reason.map { .string($0) },
            ])
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let state = answer["frozen"]?.bool == true ? "is frozen" : "is no longer frozen"
        let place = Cell.printable("\(answer.text("deployment")) in \(answer.text("environment"))")
        return page.renderer.paint("✓", .good) + " \(place) \(state). Audit record \(answer.count("record").text).\n"
    }
}
