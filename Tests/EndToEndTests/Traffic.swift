import Foundation
import StewardModel

/// Events as a client would send them.
enum Traffic {
    /// One event as a line of JSON; `extra` is more members, each beginning with a comma.
    static func event(
        id: String, deployment: String = "support-bot", version: String = "v1", time: Timestamp = now,
        failed: Bool = false, inputTokens: Int = 1000, outputTokens: Int = 100, extra: String = ""
    ) -> String {
        let outcome =
            failed
            ? ",\"status\":\"error\",\"error\":{\"type\":\"server_error\"}"
            : ",\"status\":\"ok\",\"finish_reason\":\"stop\",\"time_to_first_token_ms\":120"
        return "{\"id\":\"\(id)\",\"time\":\"\(time.rfc3339)\",\"deployment\":\"\(deployment)\","
            + "\"version\":\"\(version)\",\"provider\":\"openai\",\"model\":\"gpt-4o-mini\",\"latency_ms\":850,"
            + "\"usage\":{\"input_tokens\":\(inputTokens),\"output_tokens\":\(outputTokens)}\(outcome)\(extra)}"
    }

    /// What the event above costs at 0.15 and 0.60 dollars per million tokens.
    static let costNanodollars: Int64 = 1000 * 150 + 100 * 600

    static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
}
