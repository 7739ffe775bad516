import ArgumentParser
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy

struct PolicySimulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Play a rollout policy many times, and say how often and how soon it rolls back.",
        discussion: """
            Plays the real engine with made-up traffic and a seeded clock, without a daemon. With --harm as the \
            --baseline it says how often a harmless version is rolled back.

            Example:
              steward policy simulate policies/rollout/canary.yaml --harm 0.06
              steward policy simulate canary.yaml --harm 0.02 --runs 10000
            """)

    @Argument(help: "The rollout policy's file.")
    var file: String

    @Option(help: "The stable version's share of bad requests.")
    var baseline = 0.02

    @Option(help: "The new version's share of bad requests.")
    var harm: Double

    @Option(help: "All requests to the deployment, per second.")
    var rate = 1000.0

    @Option(help: "How many rollouts to play.")
    var runs = 1000

    @Option(help: "Seed of the traffic: the same seed plays the same.")
    var seed: UInt64 = 1

    @Option(help: "What reaches the new version: steady, none, stops, delayed or nan.")
    var traffic: RolloutSimulation.Traffic = .steady

    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let console = Console.live()
        let document: PolicyDocument
        switch PolicyDocument.parse(file: file, text: try Files.text(file)) {
        case .failure(let problems): throw StewardError(.configuration, problems.description)
        case .success(let found): document = found
        }
        guard case .rollout(let policy) = document else {
            throw StewardError(.invalidInput, "is no rollout policy but \(document.kindName)", field: file)
        }
        var simulation = try RolloutSimulation(
            policy,
            .init(
                stableRate: baseline, canaryRate: harm, requestsPerSecond: rate, lookSeconds: 2, runs: runs,
                seed: seed, traffic: traffic))
        let answer = Self.json(try simulation.run())
        switch outputOptions.output {
        case .json: console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table: console.output(Self.report(answer, Page(renderer: console.outputRenderer, now: console.now())))
        }
    }

    static func json(_ outcome: RolloutSimulation.Outcome) -> JSONValue {
        func median(_ values: [Int64]) -> JSONValue {
            RolloutSimulation.Outcome.median(values).map { .integer($0) } ?? .null
        }
        return [
            "runs": .integer(Int64(outcome.runs)), "completed": .integer(Int64(outcome.completed)),
            "rolled_back": .integer(Int64(outcome.rolledBack)), "undecided": .integer(Int64(outcome.undecided)),
            "rolled_back_share": .number(Double(outcome.rolledBack) / Double(max(outcome.runs, 1))),
            "median_bad_requests": median(outcome.harmed), "median_requests": median(outcome.served),
            "median_seconds": median(outcome.seconds), "furthest_step": .integer(Int64(outcome.furthestStep + 1)),
            "first_advance_seconds": outcome.firstAdvanceSeconds.map { .integer($0) } ?? .null,
        ]
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let share = (answer["rolled_back_share"]?.double ?? 0) * 100
        var text =
            "\(answer.count("rolled_back").text) of \(answer.count("runs").text) rollouts were rolled back "
            + "(\(Humanize.number(share)) %), \(answer.count("completed").text) completed, "
            + "\(answer.count("undecided").text) were undecided at the deadline.\n"
        if answer["median_seconds"]?.int64 != nil {
            text +=
                "Half of the rollbacks came within \(answer.count("median_seconds").text) s, after "
                + "\(answer.count("median_requests").text) requests to the new version, "
                + "\(answer.count("median_bad_requests").text) of them bad.\n"
        }
        let first = answer["first_advance_seconds"]?.int64.map { ", the first of them after \($0) s" } ?? ""
        text += "None came further than step \(answer.count("furthest_step").text)\(first).\n"
        return text
    }
}

extension RolloutSimulation.Traffic: ExpressibleByArgument {}
