import Logging
import ServiceLifecycle
import StewardGovernance
import StewardIntake
import StewardModel
import StewardPolicy
import StewardStore

/// After the price lists changed: prices, once, the events that have had no price. What has one keeps it, unless
/// somebody asks for a repricing.
struct PriceArrivalService: Service {
    let repricing: Repricing
    let governor: Governor
    let prices: PriceCatalogue
    let budgets: BudgetOffice
    let logger: Logger

    func run() async throws {
        let run = RepricingRun(
            id: "arrival-" + String(Live.now().microseconds, radix: 36), catalogue: "sha256:" + prices.digest,
            catalogueVersion: prices.version,
            scope: RepricingScope(since: Timestamp(seconds: 0), until: .latest, unpricedOnly: true),
            reason: "the price lists changed", isDryRun: false)
        do {
            let summary = try await governor.reprice(run, by: .daemon, next: repricing.chunk)
            if summary.total.events > 0 {
                try await budgets.reload()
                logger.info(
                    "events without a price were priced",
                    metadata: [
                        "events": "\(summary.total.events)", "cost": "$\(summary.total.after.dollars)",
                        "still_unpriced": "\(summary.stillUnpriced)",
                    ])
            }
        } catch {
            logger.error(
                "events without a price could not be priced; run 'steward costs reprice'",
                metadata: ["error": "\(error)"])
        }
        // A service that ends would end the daemon.
        try? await gracefulShutdown()
    }
}
