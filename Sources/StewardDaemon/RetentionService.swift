import Logging
import ServiceLifecycle
import StewardGovernance
import StewardModel

/// Keeps the store to its rules: at the start, and then every minute.
struct RetentionService: Service {
    let retention: RetentionControl
    let logger: Logger

    private static let interval = Duration.seconds(60)
    /// Between two steps: intake goes first.
    private static let pause = Duration.milliseconds(20)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var wasOverSize = false
            while !Task.isCancelled {
                wasOverSize = await tick(wasOverSize: wasOverSize)
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func tick(wasOverSize: Bool) async -> Bool {
        do {
            let plan = try await retention.run { try await Task.sleep(for: Self.pause) }
            if let drop = plan.drop {
                logger.notice(
                    "events were dropped",
                    metadata: [
                        "before": "\(Timestamp(minute: drop.beforeDay * 1440).day)", "events": "\(drop.events)",
                        "reason": "\(drop.reason.rawValue)",
                    ])
            }
            if plan.isOverSize, !wasOverSize {
                logger.warning(
                    "the store takes more than retention.size, and no day may be dropped",
                    metadata: ["setting": "retention.size"])
            }
            return plan.isOverSize
        } catch is CancellationError {
            return wasOverSize
        } catch {
            logger.error("retention could not run; it tries again", metadata: ["error": "\(error)"])
            return wasOverSize
        }
    }
}
