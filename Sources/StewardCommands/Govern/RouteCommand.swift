import ArgumentParser
import StewardJSON
import StewardModel
import StewardPolicy

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
                [.left("ENVIRONMENT"), .left("SERVES"), .left("SINCE"), .left("STATE"), .right("RECORD")],
                routes.map { route in
                    [
                        route.cell("environment", .strong), serves(route), route.ago("since", page), state(route),
                        route.count("record"),
                    ]
                })
        }

        /// `v2 10% · v1 90%; 2 rules first; shadow v3`
        private static func serves(_ route: JSONValue) -> Cell {
            let rules = Int64(route.rows("targeting").count)
            var parts = [route.targets.text]
            if rules > 0 { parts.append("\(Humanize.count(rules, "rule")) first") }
            if let member = route["sticky_by"]?.string { parts.append("by \(member)") }
            if let shadow = route["shadow"] {
                parts.append("shadow \(shadow.text("version")) \(shadow.count("percentage").text)%")
            }
            return Cell(parts.joined(separator: "; "))
        }

        private static func state(_ route: JSONValue) -> Cell {
            if route["disabled"]?.bool == true { return Cell("switched off", .bad) }
            return route["frozen"]?.bool == true ? Cell("frozen", .warning) : Cell("open")
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set the weights of the versions that serve an environment.",
            discussion: """
                Weights are whole numbers; a version gets its weight's share of the sum. Rules, what callers are split \
                by, and a shadow come from a file.

                Example:
                  steward route set support-bot v7=10 v6=90 --reason "first tenth"
                  steward route set support-bot --file route.yaml

                  # route.yaml
                  targets: [{version: v7, weight: 10}, {version: v6, weight: 90}]
                  targeting:
                    - {if: [{attribute: segment.tier, in: [gold]}], version: v6}
                  sticky_by: session
                  shadow: {version: v8, percentage: 5}
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "Versions with their weights, such as v6=90 v7=10.")
        var targets: [WeightedVersion] = []

        @Option(help: "A file with the whole route, in YAML or JSON, instead.")
        var file: String?

        @OptionGroup var environmentOption: EnvironmentOption
        @OptionGroup var reasonOption: ReasonOption
        @OptionGroup var options: DaemonOptions

        func validate() throws {
            guard targets.isEmpty == (file != nil) else {
                throw ValidationError("Give versions with their weights, or a file.")
            }
            guard file == nil else { return }
            let names = targets.map(\.version)
            guard Swift.Set(names).count == names.count else {
                throw ValidationError("A version is given twice; give each version one weight.")
            }
            guard targets.contains(where: { $0.weight > 0 }) else {
                throw ValidationError("At least one weight must be above 0.")
            }
        }

        func run() throws {
            let shares = targets.map { target -> JSONValue in
                ["version": .string(target.version), "weight": .integer(target.weight)]
            }
            var members = try file.map(Self.route) ?? [.init(name: "targets", value: .array(shares))]
            if let reason = reasonOption.reason { members.append(.init(name: "reason", value: .string(reason))) }
            try options.session().show(
                DaemonClient.Call(
                    method: "PUT", path: ["deployments", deployment, "routes", environmentOption.environment],
                    body: JSONValue.object(members).text)
            ) { Self.report($0, deployment: deployment, $1) }
        }

        /// The members of a route as a file has them.
        private static func route(file: String) throws -> [JSONValue.Member] {
            switch YAMLNode.parse(file: file, text: try Files.text(file)) {
            case .success(let node):
                guard let members = node.json.members else {
                    throw StewardError(.invalidInput, "must hold targets, and what else a route has", field: file)
                }
                return members
            case .failure(let problems): throw StewardError(.invalidInput, problems.description)
            }
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
