import StewardAnalysis
import StewardGovernance
import StewardModel

/// Which versions are watched, and what each is compared with.
enum WatchPlan {
    /// Every version that serves, and every one seen where no route says who serves.
    static func subjects(_ state: GovernanceState, seen: Set<SeriesKey>) -> [WatchSubject] {
        var result: [WatchSubject] = []
        for (name, deployment) in state.deployments {
            for (environment, route) in deployment.routes {
                for version in route.plan.serving {
                    let series = SeriesKey(deployment: name, environment: environment, version: version)
                    result.append(subject(series, state, served: route.since))
                }
            }
        }
        for series in seen where state.deployments[series.deployment]?.routes[series.environment] == nil {
            result.append(subject(series, state, served: nil))
        }
        return result
    }

    private static func subject(
        _ series: SeriesKey, _ state: GovernanceState, served: Timestamp?
    ) -> WatchSubject {
        let key = GovernanceState.EnvironmentKey(deployment: series.deployment, environment: series.environment)
        guard let known = state.baseline(key) else { return WatchSubject(series: series) }
        let baseline = known.baseline
        switch baseline.kind {
        case .previousVersion:
            guard baseline.series != series else { return WatchSubject(series: series) }
            return WatchSubject(series: series, baseline: baseline, from: served ?? known.since)
        case .sameHoursLastWeek:
            return WatchSubject(series: series, baseline: baseline, from: known.since)
        case .pinned:
            // Never the same events on both sides.
            let from = baseline.series == series ? max(known.since, baseline.until + .minutes(1)) : known.since
            return WatchSubject(series: series, baseline: baseline, from: from)
        }
    }
}
