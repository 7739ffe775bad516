import StewardModel
import StewardStatistics

/// Made-up events that look like the traffic of three deployments: about 1.5 KB of JSON each, all different, marked as
/// simulated. The same seed and time give the same bytes.
struct EventGenerator {
    /// An event's JSON, and where in it the bytes of its id stand.
    struct Template {
        var json: [UInt8]
        var idOffset: Int
    }

    /// Every id has this length, so that a template can be sent again under another id.
    static let idLength = 26

    private var random: SplitMix64
    private let start: Timestamp
    private let vocabulary: [String]

    /// Events lie within the half minute before `time`, as those of a client that sends what it has gathered.
    init(seed: UInt64, time: Timestamp) {
        var random = SplitMix64(state: seed)
        var words: [String] = []
        let syllables = ["ra", "te", "lo", "mi", "su", "ven", "cor", "dal", "pre", "ni", "gas", "tor", "el", "quo"]
        for _ in 0..<512 {
            words.append((0..<Int(1 + random.next(below: 4))).map { _ in random.element(of: syllables) }.joined())
        }
        self.random = random
        start = time - .seconds(30)
        vocabulary = words
    }

    /// `bench-` with the run and the number within the run in hexadecimal.
    static func id(run: UInt32, number: UInt64) -> [UInt8] {
        func hexadecimal(_ value: UInt64, digits: Int) -> [UInt8] {
            (0..<digits).reversed().map { digit in
                let nibble = UInt8(truncatingIfNeeded: value >> UInt64(digit * 4)) & 0xF
                return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
        }
        return Array("bench-".utf8) + hexadecimal(UInt64(run), digits: 8) + [0x2D] + hexadecimal(number, digits: 11)
    }

    mutating func next() -> Template {
        let service = random.element(of: Self.services)
        let version = random.next(below: 10) < 8 ? "v1" : "v2"
        let failed = random.next(below: 100) < 2
        let time = start + .milliseconds(Int64(random.next(below: 30_000)))
        let inputTokens = 20 + random.next(below: 4000)
        let outputTokens = failed ? 0 : 1 + random.next(below: 900)
        let firstToken = 80 + random.next(below: 700)
        let latency = firstToken + outputTokens * (8 + random.next(below: 12))

        var text = "{\"id\":\""
        let idOffset = text.utf8.count
        text += String(repeating: "0", count: Self.idLength)
        text += "\",\"time\":\"\(time.rfc3339)\",\"deployment\":\"\(service.deployment)\",\"version\":\"\(version)\""
        text += ",\"environment\":\"production\",\"operation\":\"chat\",\"provider\":\"\(service.provider)\""
        text += ",\"model\":\"\(service.model)\",\"response_model\":\"\(service.model)\",\"latency_ms\":\(latency)"
        text += ",\"usage\":{\"input_tokens\":\(inputTokens),\"output_tokens\":\(outputTokens)"
        text += ",\"cached_input_tokens\":\(inputTokens / 4)}"
        if failed {
            text += ",\"status\":\"error\",\"error\":{\"type\":\"\(random.element(of: Self.errors))\""
            text += ",\"message\":\"\(sentence(words: 8))\"}"
        } else {
            text += ",\"status\":\"ok\",\"finish_reason\":\"\(outputTokens > 850 ? "length" : "stop")\""
            text += ",\"time_to_first_token_ms\":\(firstToken)"
        }
        text += ",\"session\":\"s\(random.next(below: 50_000))\",\"user\":\"u\(random.next(below: 20_000))\""
        text += ",\"team\":\"\(random.element(of: Self.teams))\",\"simulated\":true"
        text += ",\"input\":[{\"role\":\"user\",\"content\":\"\(sentence(words: 30 + Int(random.next(below: 80))))\"}]"
        text += ",\"output\":\"\(failed ? "" : sentence(words: 30 + Int(random.next(below: 80))))\"}"
        return Template(json: Array(text.utf8), idOffset: idOffset)
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
