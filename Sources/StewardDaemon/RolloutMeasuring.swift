import StewardAnalysis
import StewardGovernance
import StewardModel
import StewardPolicy
import StewardStore

extension ExperimentControl {
    /// Reads the all-time rollups of every arm.
    static func measure(_ store: Store) -> Measure {
        { deployment, environment, design in
            var cells: [String: RollupCell] = [:]
            for (key, cell) in try await store.totals()
            where key.deployment == deployment && key.environment == environment {
                cells[key.version, default: RollupCell()].add(cell)
            }
            return design.arms.map { arm in
                let cell = cells[arm.version] ?? RollupCell()
                return ArmCounts(
                    events: cell.events, primary: design.primary.tally(cell, beyond: nil),
                    guardrails: design.guardrails.map { $0.metric.tally(cell, beyond: nil) })
            }
        }
    }
}

extension RolloutMeasurer {
    /// Reads the all-time rollups, so that a late event counts for the version that served it, whenever it comes.
    init(store: Store) {
        self.init(
            counts: { scope in
                var canary = RollupCell()
                var stable = RollupCell()
                for (key, cell) in try await store.totals()
                where key.deployment == scope.deployment && key.environment == scope.environment {
                    if key.version == scope.version {
                        canary.add(cell)
                    } else if scope.stable.contains(key.version) {
                        stable.add(cell)
                    }
                }
                func tallies(_ cell: RollupCell) -> [Tally] {
                    zip(scope.guards, scope.thresholds).map { $0.metric.tally(cell, beyond: $1) }
                }
                return RolloutCounts(events: canary.events, canary: tallies(canary), stable: tallies(stable))
            },
            value: { series, metric in
                let cell = try await store.totals().first { $0.key == series }?.cell
                return cell.flatMap { metric.measure($0).value }
            })
    }
}
