import Logging
import ServiceLifecycle
import StewardGovernance

/// Lets go of reservations that expired, and records the levels that spending went through.
struct BudgetService: Service {
    let budgets: BudgetOffice
    let governor: Governor
    let interval: Duration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await budgets.tick(governor) } catch {
                    logger.error("budgets could not be looked at", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: interval)
            }
        }
    }
}
