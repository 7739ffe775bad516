import Foundation
import Logging
import ServiceLifecycle
import StewardCurl
import StewardGovernance
import StewardModel
import StewardPolicy

/// Makes the calls of webhooks, on threads of their own because they block.
enum HookSender {
    private static let queue = DispatchQueue(label: "steward.webhooks", attributes: .concurrent)
    /// An answer says yes or no by its status; its body is not read further.
    private static let longestAnswer = 64 << 10

    static func send(_ call: HookCall) async -> HookReply {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: answer(call)) }
        }
    }

    private static func answer(_ call: HookCall) -> HookReply {
        let milliseconds = Int(call.timeout / .milliseconds(1))
        do {
            let response = try HTTPClient(peer: "the webhook \(call.hook)").send(
                HTTPRequest(
                    "POST", call.url, headers: call.headers.map { HTTPHeader($0.name, $0.value) }, body: call.body,
                    timeoutMilliseconds: milliseconds, connectTimeoutMilliseconds: milliseconds,
                    maximumResponseBytes: longestAnswer))
            return .status(response.status)
        } catch {
            return .silence((error as? StewardError)?.message ?? "\(error)")
        }
    }

    /// The key of a hook: text as it is, or base 64 behind `whsec_` as Standard Webhooks has it.
    static func key(_ policy: WebhookPolicy) -> [UInt8]? {
        guard let text = ProcessInfo.processInfo.environment[policy.secretVariable], !text.isEmpty else { return nil }
        if text.hasPrefix("whsec_"), let data = Data(base64Encoded: String(text.dropFirst(6))) { return [UInt8](data) }
        return Array(text.utf8)
    }
}

/// Tells webhooks of new records.
struct HookService: Service {
    let notifier: HookNotifier
    let governor: Governor
    let logger: Logger

    private static let interval = Duration.milliseconds(500)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await notifier.tick(size: governor.state.size) { [logger] failure in
                    logger.warning(
                        "a webhook was not told of a record",
                        metadata: [
                            "hook": "\(failure.hook)", "record": "\(failure.record)", "reason": "\(failure.reason)",
                        ])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
