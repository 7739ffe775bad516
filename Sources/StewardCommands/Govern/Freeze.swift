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

    @OptionGroup var route: RouteArguments

    func run() throws { try route.send("freeze", Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        RouteArguments.report(answer["frozen"]?.bool == true ? "is frozen" : "is no longer frozen", answer, page)
    }
}

/// The route that a verb changes as a whole.
struct RouteArguments: ParsableArguments {
    @Argument(help: "The deployment.")
    var deployment: String

    @OptionGroup var environmentOption: EnvironmentOption
    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func send(_ verb: String, _ report: (JSONValue, Page) -> String) throws {
        let call = DaemonClient.Call.send(
            "POST", "deployments", deployment, verb,
            body: [
                "environment": .string(environmentOption.environment),
                "reason": reasonOption.reason.map { .string($0) },
            ])
        try options.session().show(call, report)
    }

    static func report(_ state: String, _ answer: JSONValue, _ page: Page) -> String {
        let place = Cell.printable("\(answer.text("deployment")) in \(answer.text("environment"))")
        return page.renderer.paint("✓", .good) + " \(place) \(state). Audit record \(answer.count("record").text).\n"
    }
}
