import ArgumentParser
import Foundation
import StewardGovernance
import StewardJSON
import StewardModel
import StewardPolicy
import Synchronization

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
              steward policy simulate canary.yaml --metric error_rate --harm 0.06
            """)

    @Argument(help: "The rollout policy's file.")
    var file: String

    @Option(help: "The stable version's share of bad requests; its mean, for a metric that is one.")
    var baseline = 0.02

    @Option(help: "The new version's share of bad requests, or its mean.")
    var harm: Double

    @Option(help: "The guarded metric that the harm is done to. (default: the first share)")
    var metric: Metric?

    @Option(help: "How widely the values behind a mean are spread: standard deviation in units of the mean.")
    var spread = 1.0

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
        let answer = Self.json(
            try Self.play(
                policy,
                .init(
                    stableRate: baseline, canaryRate: harm, metric: metric, spread: spread, requestsPerSecond: rate,
                    runs: runs, seed: seed, traffic: traffic)))
        switch outputOptions.output {
        case .json: console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table: console.output(Self.report(answer, Page(renderer: console.outputRenderer, now: console.now())))
        }
    }

    /// On every processor; the answer does not depend on how many there are.
    private static func play(
        _ policy: RolloutPolicy, _ scenario: RolloutSimulation.Scenario
    ) throws -> RolloutSimulation.Outcome {
        let parts = try scenario.parts.map { try RolloutSimulation(policy, $0) }
        let results = Mutex<[Result<RolloutSimulation.Outcome, StewardError>]>([])
        DispatchQueue.concurrentPerform(iterations: parts.count) { index in
            var part = parts[index]
            let result = Result { () throws(StewardError) in try part.run() }
            results.withLock { $0.append(result) }
        }
        var outcome = RolloutSimulation.Outcome()
        for result in results.withLock(\.self) { outcome.add(try result.get()) }
        return outcome
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
            "median_seconds": median(outcome.seconds),
            "seconds_90": RolloutSimulation.Outcome.quantile(0.9, outcome.seconds).map { .integer($0) } ?? .null,
            "furthest_step": .integer(Int64(outcome.furthestStep + 1)),
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
            let bad = answer["median_bad_requests"]?.int64.map { ", \($0) of them bad" } ?? ""
            text +=
                "Half of the rollbacks came within \(answer.count("median_seconds").text) s, after "
                + "\(answer.count("median_requests").text) requests to the new version\(bad); nine in ten within "
                + "\(answer.count("seconds_90").text) s.\n"
        }
        let first = answer["first_advance_seconds"]?.int64.map { ", the first of them after \($0) s" } ?? ""
        text += "None came further than step \(answer.count("furthest_step").text)\(first).\n"
        return text
    }
}

extension RolloutSimulation.Traffic: ExpressibleByArgument {}
extension Metric: ExpressibleByArgument {}
