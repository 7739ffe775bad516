import Foundation
import StewardModel
import StewardWire
import Testing

/// Every body in `Fixtures/events` is decoded, and what came of it must read as the `.txt` file beside it says. To add
/// a case, add the two files.
@Suite("Bodies of events")
struct EventFixtureTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/events")

    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? [])
        .filter { !$0.hasSuffix(".txt") }.sorted()

    @Test func fixturesAreThere() { #expect(Self.names.count > 20) }

    @Test(arguments: names) func decodesAsWritten(_ name: String) throws {
        let file = Self.folder.appending(path: name)
        let body = [UInt8](try Data(contentsOf: file))
        let expected = try String(contentsOf: file.appendingPathExtension("txt"), encoding: .utf8)
        let actual = EventReport.text(of: body, format: name.hasSuffix(".ndjson") ? .ndjson : .json)
        #expect(actual == expected)
    }
}

/// What decoding a body gave, for people to read and compare.
enum EventReport {
    static let now = Timestamp(seconds: 1_772_550_000)  // 2026-03-03T15:00:00Z

    static func text(of body: [UInt8], format: EventFormat) -> String {
        var made = 0
        func makeID() -> String {
            made += 1
            return "made-\(made)"
        }
        do throws(StewardError) {
            let decoded = try EventDecoder.decode(body, format: format, now: now, limits: .init(), makeID: makeID)
            var lines = ["count \(decoded.count)"]
            lines += decoded.events.map { "\($0.index) accepted\(fields(of: $0.event))" }
            lines += decoded.rejected.map { "\($0.index) rejected \($0.field ?? "-"): \($0.reason)" }
            return lines.joined(separator: "\n") + "\n"
        } catch {
            return "\(error.code.rawValue): \(error.message)\n"
        }
    }

    private static func fields(of event: Event) -> String {
        func shown(_ value: Any?) -> String? {
            guard let text = value.map({ "\($0)" }) else { return nil }
            let quoted = text.debugDescription
            return quoted.utf8.count <= 80 ? quoted : "\(text.utf8.count) bytes"
        }
        let series = event.series
        let usage = event.usage
        let values: [(String, Any?)] = [
            ("id", event.id), ("time", event.time.rfc3339), ("deployment", series.deployment),
            ("environment", series.environment), ("version", series.version), ("operation", event.operation),
            ("provider", event.provider), ("model", event.model), ("responseModel", event.responseModel),
            ("status", event.status), ("error.type", event.error?.type), ("error.code", event.error?.code),
            ("error.message", event.error?.message), ("finishReason", event.finishReason),
            ("latencyMicroseconds", event.latencyMicroseconds),
            ("timeToFirstTokenMicroseconds", event.timeToFirstTokenMicroseconds),
            ("usage", usage == nil ? nil : "present"), ("inputTokens", usage?.inputTokens),
            ("outputTokens", usage?.outputTokens), ("cachedInputTokens", usage?.cachedInputTokens),
            ("cacheWriteTokens", usage?.cacheWriteTokens), ("reasoningTokens", usage?.reasoningTokens),
            ("audioInputTokens", usage?.audioInputTokens), ("audioOutputTokens", usage?.audioOutputTokens),
            ("images", usage?.images), ("session", event.session), ("user", event.user), ("subject", event.subject),
            ("team", event.team), ("project", event.project), ("outcome", event.outcome), ("traceID", event.traceID),
            ("spanID", event.spanID), ("simulated", event.simulated), ("payloadBytes", event.payload.count),
        ]
        let maps =
            event.segments.sorted { $0.key < $1.key }.map { ("segments.\($0.key)", $0.value as Any?) }
            + event.scores.sorted { $0.key < $1.key }.map { ("scores.\($0.key)", $0.value as Any?) }
        return (values + maps).map { (name, value) in shown(value).map { "\n    \(name) \($0)" } ?? "" }.joined()
    }
}
