import StewardModel
import StewardPolicy

/// Points in time as the command line takes them: RFC 3339, or a span such as `15m` or `7d`.
enum Instant {
    static func before(_ now: Timestamp, _ text: String, field: String) throws -> Timestamp {
        try Timestamp(rfc3339: text) ?? (now - span(text, field))
    }

    static func after(_ now: Timestamp, _ text: String, field: String) throws -> Timestamp {
        try Timestamp(rfc3339: text) ?? (now + span(text, field))
    }

    private static func span(_ text: String, _ field: String) throws -> Duration {
        guard let span = DurationText.parse(text) else {
            throw StewardError(
                .invalidInput, "'\(text)' is no time; write a span such as 15m, 24h or 7d, or 2026-03-01T00:00:00Z",
                field: field)
        }
        return span
    }
}
