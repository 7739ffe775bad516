import ArgumentParser
import StewardJSON
import StewardModel

struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Show or set which versions serve a deployment, and with what weights.",
        subcommands: [Show.self, Set.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the routes of a deployment.",
            discussion: """
                Example:
                  steward route support-bot
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @OptionGroup var options: DaemonOptions

        func run() throws { try options.session().show(.get("deployments", deployment), Self.report) }

        static func report(_ answer: JSONValue, _ page: Page) -> String {
            let routes = answer.rows("routes")
            guard !routes.isEmpty else {
                return "No version serves \(answer.cell("name").text) yet. Promote one: steward promote NAME VERSION\n"
            }
            return page.table(
                [.left("ENVIRONMENT"), .left("SERVES"), .left("SINCE"), .left("FROZEN"), .right("RECORD")],
                routes.map { route in
                    let isFrozen = route["frozen"]?.bool == true
                    return [
                        route.cell("environment", .strong), route.targets, route.ago("since", page),
                        isFrozen ? Cell("yes", .warning) : Cell("no"), route.count("record"),
                    ]
                })
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set the weights of the versions that serve an environment.",
            discussion: """
                Weights are whole numbers; a version gets its weight's share of the sum.

                Example:
                  steward route set support-bot v6=90 v7=10 --reason "first tenth"
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "Versions with their weights, such as v6=90 v7=10.")
        var targets: [WeightedVersion]

        @OptionGroup var environmentOption: EnvironmentOption
        @OptionGroup var reasonOption: ReasonOption
        @OptionGroup var options: DaemonOptions

        func validate() throws {
            let names = targets.map(\.version)
            guard Swift.Set(names).count == names.count else {
                throw ValidationError("A version is given twice; give each version one weight.")
            }
            guard targets.contains(where: { $0.weight > 0 }) else {
                throw ValidationError("At least one weight must be above 0.")
            }
        }

        func run() throws {
            let targets = targets.map { target -> JSONValue in
                ["version": .string(target.version), "weight": .integer(target.weight)]
            }
            try options.session().show(
                .send(
                    "PUT", "deployments", deployment, "routes", environmentOption.environment,
                    body: ["targets": .array(targets), "reason": reasonOption.reason.map { .string($0) }])
            ) { Self.report($0, deployment: deployment, $1) }
        }

        static func report(_ answer: JSONValue, deployment: String, _ page: Page) -> String {
            let record = answer["record"]?.int64.map { " Audit record \(Humanize.count($0))." } ?? ""
            let environment = answer.cell("environment").text
            return page.renderer.paint("✓", .good)
                + " \(Cell.printable(deployment)) in \(environment) now serves \(answer.targets.text).\(record)\n"
        }
    }
}

/// A version and its weight as `VERSION=WEIGHT`. The last `=` separates them, since a version's name may hold one.
struct WeightedVersion: ExpressibleByArgument, Equatable {
    var version: String
    var weight: Int64

    init?(argument: String) {
        guard let separator = argument.lastIndex(of: "="), separator != argument.startIndex,
            let weight = Int64(argument[argument.index(after: separator)...]), weight >= 0
        else { return nil }
        self.version = String(argument[..<separator])
        self.weight = weight
    }
}
