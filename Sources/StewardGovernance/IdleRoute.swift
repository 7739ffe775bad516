import StewardModel

/// A version that a route serves and nobody has called for a while.
package struct IdleRoute: Sendable, Equatable {
    package var series: SeriesKey
    package var digest: String
    package var weight: Int64
    package var servedSince: Timestamp
    /// `nil` where there never was one.
    package var lastEvent: Timestamp?

    /// Since when nobody calls: the last event, or when the route began.
    package var idleSince: Timestamp { lastEvent.map { max($0, servedSince) } ?? servedSince }

    /// What the capacity that is kept for it has cost since then, rounded down to whole minutes; `nil` when it would
    /// not fit.
    ///
    /// - Parameter hourly: what the version's spec says as `capacity_usd_per_hour`.
    package func capacityCost(hourly: Nanodollars, now: Timestamp) -> Nanodollars? {
        let minutes = max(0, now.minute - idleSince.minute)
        let (product, overflow) = hourly.amount.multipliedReportingOverflow(by: minutes)
        return overflow ? nil : Nanodollars(product / 60)
    }
}

extension GovernanceState {
    /// What routes have served since before `limit` without an event since then, in the order of names.
    ///
    /// - Parameter lastMinutes: the minute of the last event of each series.
    package func idleRoutes(since limit: Timestamp, lastMinutes: [SeriesKey: Int64]) -> [IdleRoute] {
        var found: [IdleRoute] = []
        for (name, deployment) in deployments.sorted(by: { $0.key < $1.key }) {
            for (environment, route) in deployment.routes.sorted(by: { $0.key < $1.key }) where route.since < limit {
                for target in route.targets where target.weight > 0 {
                    let key = SeriesKey(deployment: name, environment: environment, version: target.version)
                    let seen = lastMinutes[key].map { Timestamp(minute: $0) }
                    guard seen.map({ $0 < limit }) ?? true,
                        let digest = deployment.version(named: target.version)?.digest
                    else { continue }
                    found.append(
                        IdleRoute(
                            series: key, digest: digest, weight: Int64(target.weight), servedSince: route.since,
                            lastEvent: seen))
                }
            }
        }
        return found
    }
}
