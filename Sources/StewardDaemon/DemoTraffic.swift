import Foundation
import StewardJSON
import StewardModel
import StewardStatistics

/// Simulated traffic of three deployments, all of it marked as such: what `steward serve --demo` shows.
///
/// Pure: the same seed, calls and routes give the same events.
struct DemoTraffic {
    /// Who calls a deployment, and what its versions do.
    struct Caller {
        var deployment: String
        var team: String
        var eventsPerSecond: Double
        /// The first is what serves at the start. A version that somebody else registers behaves like it.
        var versions: [Behaviour]
    }

    /// How one version behaves.
    struct Behaviour {
        var version: String
        var provider: String
        var model: String
        var errorRate: Double
        /// Median latency in milliseconds; the spread is log-normal.
        var latencyMilliseconds: Double
        var inputTokens: Double
        var outputTokens: Double
    }

    /// `v2` of the support bot fails every fifth request; `v3` is as good as `v1`, quicker and cheaper.
    static let callers = [
        Caller(
            deployment: "support-bot", team: "care", eventsPerSecond: 25,
            versions: [
                Behaviour(
                    version: "v1", provider: "openai", model: "gpt-4o-mini", errorRate: 0.004,
                    latencyMilliseconds: 640, inputTokens: 900, outputTokens: 180),
                Behaviour(
                    version: "v2", provider: "openai", model: "gpt-4.1-mini", errorRate: 0.20,
                    latencyMilliseconds: 980, inputTokens: 900, outputTokens: 260),
                Behaviour(
                    version: "v3", provider: "openai", model: "gpt-4.1-nano", errorRate: 0.004,
                    latencyMilliseconds: 520, inputTokens: 900, outputTokens: 190),
            ]),
        Caller(
            deployment: "contract-review", team: "legal", eventsPerSecond: 2,
            versions: [
                Behaviour(
                    version: "v1", provider: "anthropic", model: "claude-sonnet-4-5", errorRate: 0.008,
                    latencyMilliseconds: 3900, inputTokens: 6200, outputTokens: 720)
            ]),
        Caller(
            deployment: unregistered, team: "care", eventsPerSecond: 4,
            versions: [
                Behaviour(
                    version: "2026-09", provider: "acme", model: "acme-translate-2", errorRate: 0.002,
                    latencyMilliseconds: 310, inputTokens: 240, outputTokens: 260)
            ]),
    ]

    /// A deployment that only sends events, as a team does that has not registered anything yet.
    static let unregistered = "translator"

    private static let sessions: UInt64 = 2000
    private var random: SplitMix64
    private var number: UInt64 = 0
    private let run: String

    /// - Parameter run: makes the ids of this run differ from those of others.
    init(seed: UInt64, run: String) {
        random = SplitMix64(seed: seed)
        self.run = run
    }

    /// The events of a span as NDJSON. Each session asks `version` who answers it, as clients do, and stays with that.
    mutating func events(
        from start: Timestamp, for span: Duration, version: (_ deployment: String, _ key: String) -> String?
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 4096)
        let seconds = Double(span.wholeMicroseconds) / 1e6
        for caller in Self.callers {
            for _ in 0..<count(mean: caller.eventsPerSecond * seconds) {
                let offset = Duration.microseconds(Int64(random.unit() * Double(span.wholeMicroseconds)))
                let session = "\(caller.deployment)-\(random.next() % Self.sessions)"
                guard let version = version(caller.deployment, session) else { continue }
                var behaviour = caller.versions.first { $0.version == version } ?? caller.versions[0]
                behaviour.version = version
                write(behaviour, of: caller, session: session, at: start + offset, to: &writer)
                writer.endLine()
            }
        }
        return writer.bytes
    }

    /// A whole number with this mean, at most one away from it.
    private mutating func count(mean: Double) -> Int {
        Int(mean) + (random.unit() < mean - mean.rounded(.down) ? 1 : 0)
    }

    private mutating func write(
        _ behaviour: Behaviour, of caller: Caller, session: String, at time: Timestamp, to writer: inout JSONWriter
    ) {
        number += 1
        let isError = random.unit() < behaviour.errorRate
        let latency = behaviour.latencyMilliseconds * random.logNormal(sigma: 0.45)
        let input = Int64(behaviour.inputTokens * random.logNormal(sigma: 0.6)) + 1
        let output = Int64(behaviour.outputTokens * random.logNormal(sigma: 0.7)) + 1
        writer.beginObject()
        writer.member("id", "demo-\(run)-\(number)")
        writer.member("time", time.rfc3339)
        writer.member("deployment", caller.deployment)
        writer.member("version", behaviour.version)
        writer.member("operation", "chat")
        writer.member("provider", behaviour.provider)
        writer.member("model", behaviour.model)
        writer.member("status", isError ? "error" : "ok")
        writer.member("latency_ms", (latency * 10).rounded() / 10)
        writer.member("team", caller.team)
        writer.member("session", session)
        writer.member("simulated", true)
        if isError {
            writer.object("error") { writer in
                writer.member("type", "upstream_timeout")
                writer.member("message", "the model did not answer in time")
            }
        } else {
            writer.member("finish_reason", random.unit() < 0.97 ? "stop" : "length")
            writer.member("time_to_first_token_ms", (latency * 2.5).rounded() / 10)
            writer.object("usage") { writer in
                writer.member("input_tokens", input)
                writer.member("output_tokens", output)
            }
        }
        writer.endObject()
    }
}

extension SplitMix64 {
    /// Median 1. The sum of twelve uniforms stands for a normal: its tails end at six sigma, which suits latencies.
    fileprivate mutating func logNormal(sigma: Double) -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += unit() }
        return exp(sigma * sum)
    }
}
