import ArgumentParser
import StewardJSON
import StewardModel

/// How many decisions a second one core makes about who gets which version, without HTTP.
struct DecisionBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions", abstract: "Measure how fast callers are given versions, in process.",
        discussion: """
            Example:
              steward bench decisions --rounds 5 --output json
            """)

    @Option(help: "Rounds, of which the median is shown.") var rounds = 5
    @Option(help: "Decisions a round and route.") var decisions = 2_000_000
    @Option(help: "How to print the answer: 'table' for people, 'json' for programs.") var output: OutputFormat = .table

    func validate() throws {
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds must be 1 to 99.") }
        guard (1000...1_000_000_000).contains(decisions) else {
            throw ValidationError("--decisions must be 1000 to 1000000000.")
        }
    }

    func run() throws {
        let console = Console.live()
        let callers = (0..<4096).map { number in
            var context = RoutingContext(key: "user-\(number * 7919)@example.com")
            context.fields = [("plan", number.isMultiple(of: 8) ? "beta" : "free"), ("country", "se")]
            return context
        }
        let results = Self.routes.map { name, route in
            (name, (0..<rounds).map { _ in measure(route, callers) }.sorted()[rounds / 2])
        }
        switch output {
        case .json:
            let answer = JSONValue.array(
                results.map { ["route": .string($0.0), "decisions_per_second": .number($0.1.rounded())] })
            console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: console.outputRenderer, now: console.now())
            console.output(
                page.table(
                    [.left("ROUTE"), .right("DECISIONS/S"), .right("EACH")],
                    results.map { name, rate in
                        [
                            Cell(name), Cell(Humanize.count(Int64(rate))),
                            Cell("\(Humanize.decimal(1e9 / rate, places: 0)) ns"),
                        ]
                    }))
        }
    }

    /// Decisions per second of one round. What was decided is summed and held against 0, so that none is left out.
    private func measure(_ route: CompiledRoute, _ callers: [RoutingContext]) -> Double {
        var decided = 0
        let duration = ContinuousClock().measure {
            for index in 0..<decisions where route.evaluate(callers[index & 4095]) != nil { decided += 1 }
        }
        precondition(decided == decisions, "every caller has a key, so every decision is one")
        return Double(decisions) / (Double(duration.wholeMicroseconds) / 1e6)
    }

    private static let routes: [(String, CompiledRoute)] = {
        let canary = RoutePlan(targets: [Target(version: "v2", weight: 5), Target(version: "v1", weight: 95)])
        var targeted = canary
        targeted.rules = [
            TargetingRule(
                name: "staff", conditions: [.init(attribute: .field("team"), comparison: .isIn, values: ["core"])],
                version: "v2"),
            TargetingRule(
                name: "beta", conditions: [.init(attribute: .field("plan"), comparison: .isIn, values: ["beta"])],
                percentage: 50, version: "v2"),
        ]
        targeted.shadow = Shadow(version: "v2", percentage: 10)
        let many = RoutePlan(targets: (1...16).map { Target(version: "v\($0)", weight: Int64($0)) })
        return [
            ("one version", RoutePlan(only: "v1")), ("canary of 5 %", canary), ("16 versions", many),
            ("canary, 2 rules, shadow of 10 %", targeted),
        ].map { ($0.0, CompiledRoute(deployment: "support-bot", plan: $0.1)) }
    }()
}
