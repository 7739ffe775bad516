import StewardAnalysis
import StewardGovernance
import StewardModel
import StewardPolicy
import StewardStore

extension ExperimentControl.Sources {
    /// How long before an experiment its covariate is looked at.
    private static let historyHours: Int64 = 14 * 24
    /// Values of a segment that are read, most requests first; the audit log keeps what was counted of them.
    private static let mostGroups = 50

    init(store: Store) {
        self.init(
            totals: { deployment, environment, design in
                let totals = try await store.totals(deployment: deployment, environment: environment)
                let scores = try await store.scores(design.metrics)
                return Self.counts(design, totals.map { ($0.key.version, $0.cell) }, scores)
            },
            minutes: { experiment, minutes in
                let versions = Set(experiment.design.arms.map(\.version))
                let points = try await store.rollups(minutes: minutes) { series in
                    series.deployment == experiment.deployment && series.environment == experiment.environment
                        && versions.contains(series.version)
                }
                let scores = try await store.scores(experiment.design.metrics)
                return Self.counts(experiment.design, points.map { ($0.key.version, $0.cell) }, scores)
            },
            segments: { deployment, environment, design, since in
                try await Self.segments(store, deployment, environment, design, hour: since.minute / 60)
            })
    }

    private static func counts(
        _ design: Experiment.Design, _ cells: [(version: String, cell: RollupCell)], _ scores: ScoreSignals
    ) -> [ArmCounts] {
        design.arms.map { arm in
            let cell = cells.reduce(into: RollupCell()) { if $1.version == arm.version { $0.add($1.cell) } }
            return ArmCounts(
                events: cell.events, primary: design.primary.tally(cell, beyond: design.threshold, scores),
                guardrails: design.guardrails.map { rule in
                    let limit: Double? = if case .absolute(let limit) = rule.limit { limit } else { nil }
                    return rule.metric.tally(cell, beyond: limit, scores)
                })
        }
    }

    private static func segments(
        _ store: Store, _ deployment: String, _ environment: String, _ design: Experiment.Design, hour: Int64
    ) async throws -> SegmentCounts {
        let scores = try await store.scores(design.metrics)
        let declarations = Set(design.groupAttributes.map { GroupDeclaration(attributes: [$0]) })
        let first = design.covariate == nil ? hour : hour - historyHours
        let points = try await store.groups(of: declarations, hours: first..<Int64.max) { series in
            series.deployment == deployment && series.environment == environment
        }
        var tallies: [SegmentCounts.Group: [Tally]] = [:]
        var history: [String: Tally] = [:]
        for point in points {
            let attribute = point.declaration.attributes[0]
            let value =
                switch point.value {
                case .known(let values): values[0]
                case .unknown: "(unknown)"
                case .overflow: "(others)"
                }
            let tally = design.primary.tally(point.cell.signals, beyond: design.threshold, scores)
            if point.hour < hour {
                if attribute == design.covariate {
                    history[value, default: Tally()] = history[value, default: Tally()] + tally
                }
            } else if let arm = design.arms.firstIndex(where: { $0.version == point.series.version }) {
                let group = SegmentCounts.Group(attribute: attribute, value: value)
                let none = [Tally](repeating: Tally(), count: design.arms.count)
                tallies[group, default: none][arm] = (tallies[group] ?? none)[arm] + tally
            }
        }
        return SegmentCounts(
            tallies: largest(tallies, design), history: history.compactMapValues(\.mean))
    }

    /// The largest groups of each attribute, for what is kept has bounds.
    private static func largest(
        _ tallies: [SegmentCounts.Group: [Tally]], _ design: Experiment.Design
    ) -> [SegmentCounts.Group: [Tally]] {
        var kept: [SegmentCounts.Group: [Tally]] = [:]
        for attribute in design.groupAttributes {
            let groups = tallies.filter { $0.key.attribute == attribute }.sorted { left, right in
                let (a, b) = (left.value.reduce(0) { $0 + $1.count }, right.value.reduce(0) { $0 + $1.count })
                return a == b ? left.key.value < right.key.value : a > b
            }
            for (group, tallies) in groups.prefix(mostGroups / max(1, design.arms.count / 2)) { kept[group] = tallies }
        }
        return kept
    }
}

extension Experiment.Design {
    fileprivate var metrics: [Metric] { [primary] + guardrails.map(\.metric) }
}
