import ArgumentParser
import Foundation
import StewardJSON
import StewardModel
import StewardPolicy

/// How many events a second one core prices, against the lists that ship.
struct CostBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "Measure how fast events are priced.",
        discussion: """
            Time is that of the processor, so other programs on the machine change little.

            Example:
              steward bench cost --rounds 5 --output json
            """)

    @Option(help: "Rounds, of which the median is shown.") var rounds = 5
    @Option(help: "Events a round.") var events = 1_000_000
    @Option(help: "Folder of price lists.") var prices = "policies/prices"
    @Option(help: "How to print the answer: 'table' for people, 'json' for programs.") var output: OutputFormat = .table

    func validate() throws {
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds must be 1 to 99.") }
        guard (1000...100_000_000).contains(events) else {
            throw ValidationError("--events must be 1000 to 100000000.")
        }
    }

    func run() throws {
        let console = Console.live()
        let names = try FileManager.default.contentsOfDirectory(atPath: prices).filter { $0.hasSuffix(".yaml") }
        let files = try names.map { (path: "\(prices)/\($0)", text: try Files.text("\(prices)/\($0)")) }
        var catalogue = PriceCatalogue.empty
        let loading = try ContinuousClock().measure { catalogue = try PriceCatalogue.load(files: files).get() }
        let questions = Self.questions
        var (rates, priced) = ([Double](), 0)
        for _ in 0..<rounds {
            priced = 0
            let start = clock()
            for index in 0..<events where catalogue.price(questions[index % questions.count]) != nil {
                priced += 1
            }
            rates.append(Double(events) / (Double(max(1, clock() - start)) / Double(CLOCKS_PER_SEC)))
        }
        guard priced == events else {
            throw StewardError(.internal, "\(events - priced) of \(events) events had no price")
        }
        let median = rates.sorted()[rounds / 2]
        let milliseconds = Double(loading.wholeMicroseconds) / 1000
        switch output {
        case .json:
            let answer: JSONValue = [
                "events_per_second": .number(median.rounded()), "models": .integer(Int64(catalogue.models)),
                "load_milliseconds": .number(milliseconds),
            ]
            console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table:
            let rate = "\(Humanize.count(Int64(median))) events/s priced on one core"
            let each = "\(Humanize.decimal(1e9 / median, places: 0)) ns each"
            let load = "\(catalogue.models) models loaded in \(Humanize.decimal(milliseconds, places: 1)) ms"
            console.output("\(rate), \(each); \(load)\n")
        }
    }

    /// Different models, providers, tiers and shapes of usage.
    private static var questions: [PriceQuestion] {
        let models = [
            ("openai", "gpt-5"), ("openai", "gpt-4o-2024-08-06"), ("anthropic", "claude-sonnet-4-5"),
            ("google", "gemini-2.5-pro"), ("aws.bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0"),
            ("mistral", "mistral-small-latest"), ("azure", "gpt-4o"), ("openai", "gpt-5-mini"),
        ]
        return models.enumerated().flatMap { index, model in
            (0..<8).map { shape in
                let usage = Usage(
                    inputTokens: Int64(1000 + shape * 300_000 / 7), outputTokens: Int64(100 + index),
                    cachedInputTokens: Int64(shape * 100), reasoningTokens: Int64(shape))
                return PriceQuestion(
                    provider: model.0, model: model.1, usage: usage, time: Timestamp(seconds: 1_795_219_200))
            }
        }
    }
}
