import StewardModel
import StewardStatistics

/// A made-up call of a model, before it is written down for the daemon.
struct MadeUpCall {
    var deployment: String
    var version: String
    var provider: String
    var model: String
    var time: Timestamp
    var inputTokens: UInt64
    var outputTokens: UInt64
    var latencyMilliseconds: UInt64
    var firstTokenMilliseconds: UInt64
    /// `nil` when the call did not fail.
    var error: (type: String, message: String)?
    var session: String
    var user: String
    var team: String
    var input: String
    var output: String

    var cachedTokens: UInt64 { inputTokens / 4 }
    var finishReason: String { outputTokens > 850 ? "length" : "stop" }
}

/// Makes up calls that look like the traffic of three deployments. The same seed and time give the same calls.
struct CallGenerator {
    private var random: SplitMix64
    private let start: Timestamp
    private let vocabulary: [String]

    /// Calls lie within the half minute before `time`, as those of a client that sends what it has gathered.
    init(seed: UInt64, time: Timestamp) {
        var random = SplitMix64(seed: seed)
        var words: [String] = []
        let syllables = ["ra", "te", "lo", "mi", "su", "ven", "cor", "dal", "pre", "ni", "gas", "tor", "el", "quo"]
        for _ in 0..<512 {
            words.append((0..<Int(1 + random.next(below: 4))).map { _ in random.element(of: syllables) }.joined())
        }
        self.random = random
        start = time - .seconds(30)
        vocabulary = words
    }

    mutating func next() -> MadeUpCall {
        let service = random.element(of: Self.services)
        let version = random.next(below: 10) < 8 ? "v1" : "v2"
        let failed = random.next(below: 100) < 2
        let time = start + .milliseconds(Int64(random.next(below: 30_000)))
        let inputTokens = 20 + random.next(below: 4000)
        let outputTokens = failed ? 0 : 1 + random.next(below: 900)
        let firstToken = 80 + random.next(below: 700)
        let latency = firstToken + outputTokens * (8 + random.next(below: 12))
        let error = failed ? (type: random.element(of: Self.errors), message: sentence(words: 8)) : nil
        return MadeUpCall(
            deployment: service.deployment, version: version, provider: service.provider, model: service.model,
            time: time, inputTokens: inputTokens, outputTokens: outputTokens, latencyMilliseconds: latency,
            firstTokenMilliseconds: firstToken, error: error, session: "s\(random.next(below: 50_000))",
            user: "u\(random.next(below: 20_000))", team: random.element(of: Self.teams),
            input: sentence(words: 30 + Int(random.next(below: 80))),
            output: failed ? "" : sentence(words: 30 + Int(random.next(below: 80))))
    }

    private mutating func sentence(words: Int) -> String {
        (0..<words).map { _ in random.element(of: vocabulary) }.joined(separator: " ")
    }

    private struct Service {
        var deployment: String
        var provider: String
        var model: String
    }

    private static let services = [
        Service(deployment: "support-bot", provider: "openai", model: "gpt-4o-mini"),
        Service(deployment: "code-review", provider: "anthropic", model: "claude-sonnet-4-5"),
        Service(deployment: "search-answers", provider: "openai", model: "gpt-4o"),
    ]
    private static let errors = ["rate_limit_exceeded", "timeout", "server_error"]
    private static let teams = ["care", "platform", "search"]
}

extension SplitMix64 {
    /// 0 ..< `bound`, with a bias too small to matter for test traffic.
    mutating func next(below bound: UInt64) -> UInt64 { next() % bound }

    mutating func element<Element>(of list: [Element]) -> Element { list[Int(next(below: UInt64(list.count)))] }
}
