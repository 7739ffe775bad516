import StewardModel
import StewardPolicy
import StewardStore

/// States what is wrong about money: budgets that are overspent, and requests whose price is not known. Both are
/// counts, not estimates, so there is no chance in them and nothing to correct for.
package struct SpendWatch: Sendable {
    /// How far back requests without a price are stated; priced or gone, they are not any more.
    package static let lookBack = Duration.seconds(3600)

    private let budgets: BudgetOffice
    private let store: Store

    package init(budgets: BudgetOffice, store: Store) {
        self.budgets = budgets
        self.store = store
    }

    package func detections(now: Timestamp) async throws -> [Detection] {
        let points = try await store.rollups(minutes: (now - Self.lookBack).minute..<now.minute + 1) { _ in true }
        return budgets.standings().compactMap { Self.overspend($0.standing, $0.policy) } + Self.unpriced(points)
    }

    /// `nil` below the limit.
    static func overspend(_ standing: BudgetStanding, _ policy: BudgetPolicy) -> Detection? {
        guard standing.spent >= standing.limit, let overrun = standing.overrun else { return nil }
        let name = BudgetLevel.key(standing.budget, standing.member)
        let consequence =
            policy.mode == .shadow || policy.action == .warn
            ? "nothing is held back" : "action \(policy.action.rawValue)"
        var detection = Detection(
            key: .init(kind: .overspend, series: overrun.series, signal: "budget:\(name)"),
            severity: policy.mode == .enforce && policy.action == .block ? .critical : .warning,
            title: "budget \(name) is spent: $\(standing.spent.dollars) of $\(standing.limit.dollars) "
                + "(\(standing.percent) %) since \(overrun.time.rfc3339); \(consequence) until "
                + standing.window.upperBound.rfc3339,
            since: overrun.time, method: "ledger", guarantee: "an exact sum of stored events",
            sampleSize: standing.events)
        let spent = Double(standing.spent.amount) / 1e9
        detection.after = .init(value: spent, lower: spent, upper: spent)
        detection.expectedUpper = Double(standing.limit.amount) / 1e9
        return detection
    }

    /// One for each version that has such requests.
    static func unpriced(_ points: [RollupPoint]) -> [Detection] {
        var found: [SeriesKey: (first: Int64, absent: Int64, events: Int64)] = [:]
        for point in points {
            guard let absent = point.cell[.cost]?.absent, absent > 0 else { continue }
            let known = found[point.key]
            found[point.key] = (
                min(known?.first ?? point.minute, point.minute), (known?.absent ?? 0) + absent,
                (known?.events ?? 0) + point.cell.events
            )
        }
        func names(_ key: SeriesKey) -> [String] { [key.deployment, key.environment, key.version] }
        let sorted = found.sorted { names($0.key).lexicographicallyPrecedes(names($1.key)) }
        return sorted.map { series, sums in
            let since = Timestamp(minute: sums.first)
            return Detection(
                key: .init(kind: .unpriced, series: series, signal: "cost"), severity: .warning,
                title:
                    "requests of \(series.version) have no price: their cost is unknown, not $0; add the model to the "
                    + "price lists",
                since: since, method: "count", guarantee: "an exact count of stored events", sampleSize: sums.absent)
        }
    }
}
