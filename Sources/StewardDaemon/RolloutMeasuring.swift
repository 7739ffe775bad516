import StewardAnalysis
import StewardGovernance
import StewardModel
import StewardPolicy
import StewardStore

extension RolloutMeasurer {
    /// Reads the all-time rollups, so that a late event counts for the version that served it, whenever it comes.
    init(store: Store) {
        self.init(
            counts: { scope in
                var canary = RollupCell()
                var stable = RollupCell()
                let totals = try await store.totals(deployment: scope.deployment, environment: scope.environment)
                for (key, cell) in totals {
                    if key.version == scope.version {
                        canary.add(cell)
                    } else if scope.stable.contains(key.version) {
                        stable.add(cell)
                    }
                }
                let scores = try await store.scores(scope.guards.map(\.metric))
                func tallies(_ cell: RollupCell) -> [Tally] {
                    zip(scope.guards, scope.thresholds).map { $0.metric.tally(cell, beyond: $1, scores) }
                }
                return RolloutCounts(events: canary.events, canary: tallies(canary), stable: tallies(stable))
            },
            value: { series, metric in
                let cell = try await store.totals().first { $0.key == series }?.cell
                let scores = try await store.scores([metric])
                return cell.flatMap { metric.measure($0, scores).value }
            })
    }
}
