import Foundation
import StewardModel
import StewardWire
import Testing

/// The table in `policies/prices/README.md` is what the code does: every line of it is a case.
struct RawUsageTests {
    struct Line: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var json: String
        var counts: [Int64]
    }

    static let buckets: [UsageBucket] = [
        .input, .cachedInput, .cacheWrite, .cacheWrite1h, .audioInput, .imageInput, .output, .reasoning, .audioOutput,
        .imageOutput,
    ]

    static let lines: [Line] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../policies/prices/README.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 12, cells[1].hasPrefix("`{") || cells[1].hasPrefix("`[") else { return nil }
            return Line(
                testDescription: cells[0], json: cells[1].trimmingCharacters(in: ["`"]),
                counts: cells[2...].map { $0.isEmpty ? 0 : Int64($0) ?? -1 })
        }
    }()

    static func event(_ members: String) throws -> Event {
        let body = #"{"time":1763700000,"deployment":"d","version":"v",\#(members)}"#
        let decoded = try EventDecoder.decode(
            Array(body.utf8), format: .json, now: Timestamp(seconds: 1_763_700_000), limits: EventLimits(),
            makeID: { "made" })
        return try #require(decoded.events.first?.event, "\(decoded.rejected)")
    }

    @Test(arguments: lines)
    func countsAsTheTableSays(_ line: Line) throws {
        let usage = try #require(try Self.event(#""raw_usage":\#(line.json)"#).usage)
        let buckets = try #require(UsageBuckets(usage))
        #expect(Self.buckets.map { buckets[$0] } == line.counts)
    }

    @Test func theTableIsThere() { #expect(Self.lines.count >= 20) }

    @Test(arguments: [
        #"{"tokens":5}"#, "null", "7", "[]", #"{"prompt_tokens":-1}"#, #"{"prompt_tokens":1.5}"#,
        #"{"prompt_tokens":"5"}"#, #"{"prompt_tokens":99999999999}"#, #"[[[{"prompt_tokens":5}]]]"#,
    ])
    func whatIsNotKnownSaysNothing(_ json: String) throws {
        #expect(try Self.event(#""raw_usage":\#(json)"#).usage == nil)
    }

    @Test func usageStandsAndIsCompleted() throws {
        let raw = #""raw_usage":{"input_tokens":10,"cache_read_input_tokens":90,"output_tokens":5}"#
        let same = try Self.event(#""usage":{"input_tokens":100,"output_tokens":5},"# + raw)
        #expect(same.usage == Usage(inputTokens: 100, outputTokens: 5, cachedInputTokens: 90))
        let other = try Self.event(#""usage":{"input_tokens":50,"output_tokens":5},"# + raw)
        #expect(other.usage == Usage(inputTokens: 50, outputTokens: 5))
    }

    @Test(arguments: [
        (#""service_tier":"flex""#, ServiceTier.flex), (#""service_tier":"default""#, .standard),
        (#""service_tier":"scale""#, .other), (#""raw_usage":{"input_tokens":1,"service_tier":"batch"}"#, .batch),
        (#""service_tier":"priority","raw_usage":{"input_tokens":1,"service_tier":"batch"}"#, .priority),
    ])
    func tiers(_ members: String, _ tier: ServiceTier) throws {
        #expect(try Self.event(members).serviceTier == tier)
    }
}
