import StewardModel
import StewardPolicy
import StewardStatistics
import Synchronization

/// A metric over a span of one series.
package struct MeasuredSpan: Sendable, Hashable {
    package var metric: Metric
    package var series: SeriesKey
    package var from: Timestamp
    package var until: Timestamp
}

/// Measures metrics over spans: one answer each, in their order.
package typealias Measure = @Sendable ([MeasuredSpan]) async throws -> [Measurement]

extension Watch {
    /// What has to be measured for it; what a policy says of findings, audits and budgets needs nothing.
    var spans: [MeasuredSpan] {
        switch entry.policy.subject {
        case .metric(let metric):
            let reference = previous.map {
                MeasuredSpan(metric: metric, series: $0.series, from: $0.from, until: $0.until)
            }
            return [MeasuredSpan(metric: metric, series: series, from: from, until: until)]
                + (reference.map { [$0] } ?? [])
        case .burnRate(let metric, _, let shortWindow):
            return [from, max(until - shortWindow, from)].map {
                MeasuredSpan(metric: metric, series: series, from: $0, until: until)
            }
        case .findings, .audit, .budget: return []
        }
    }

    /// What the policy is held against, and the same of its reference.
    ///
    /// - Parameters:
    ///   - found: the measurements of ``spans``.
    ///   - budget: the most that any member of a budget has spent, in percent; `nil` without such a budget.
    func measured(
        _ found: ArraySlice<Measurement>, _ state: GovernanceState, _ budget: (String) -> Int64?
    ) -> (current: Measurement, previous: Measurement?) {
        switch entry.policy.subject {
        case .metric: return (found[found.startIndex], found.dropFirst().first)
        case .burnRate(_, let objective, _):
            let (whole, short) = (found[found.startIndex], found[found.startIndex + 1])
            let rate = whole.value.flatMap { long in short.value.map { min(long, $0) } }
            return (Measurement(value: rate.map { $0 / (1 - objective) }, sampleSize: whole.sampleSize), nil)
        case .findings(let filter):
            let open = state.openFindings(about: series).count { open in
                open.finding.decision?.policy != entry.policy.name
                    && filter.matches(
                        kind: open.finding.kind, signal: open.finding.detection?.key.signal,
                        severity: open.finding.severity, open: until - open.opened)
            }
            return (Measurement(value: Double(open), sampleSize: 1), nil)
        case .audit(let policy):
            let run = state.latestBiasRun(of: policy, deployment: series.deployment, version: series.version)?.run
            let value: Double? =
                switch run?.verdict {
                case .pass: 0
                case .fail: 1
                case .insufficient, nil: nil
                }
            return (Measurement(value: value, sampleSize: run.map { max($0.decisions, 1) } ?? 0), nil)
        case .budget(let name):
            let percent = budget(name)
            return (Measurement(value: percent.map { Double($0) }, sampleSize: percent == nil ? 0 : 1), nil)
        }
    }
}

/// Watches all routes: measures, judges, and lets the governor carry out what follows.
package final class PolicyGuard: Sendable {
    private struct Key: Hashable {
        var policy: String
        var series: SeriesKey
    }

    private let source: @Sendable () -> PolicySet
    private let governor: Governor
    private let budget: @Sendable (String) -> Int64?
    private let now: @Sendable () -> Timestamp
    private let latest = Mutex<[Key: PolicyState]>([:])

    /// - Parameter budget: the most that any member of a budget has spent, in percent; `nil` without such a budget.
    package init(
        policies: @Sendable @escaping () -> PolicySet, governor: Governor,
        budget: @Sendable @escaping (String) -> Int64?, now: @Sendable @escaping () -> Timestamp
    ) {
        self.budget = budget
        source = policies
        self.governor = governor
        self.now = now
    }

    package var policies: PolicySet { source() }

    /// What each policy said last, for those to whom it applies now.
    package var states: [PolicyState] { latest.withLock { Array($0.values) } }

    /// Looks at everything once.
    package func tick(_ measure: @escaping Measure) async throws {
        var seen: [Key: PolicyState] = [:]
        let policies = policies
        let watches = Judgement.watches(policies, governor.state, now: now())
        var found = try await measure(watches.flatMap(\.spans))[...]
        for watch in watches {
            let count = watch.spans.count
            let measured = watch.measured(found.prefix(count), governor.state, budget)
            found = found.dropFirst(count)
            let policy = watch.entry.policy
            let verdict = policy.evaluate(current: measured.current, previous: measured.previous)
            let key = Key(policy: policy.name, series: watch.series)
            let last = latest.withLock { $0[key]?.verdict.verdict }
            let commands = Judgement.commands(for: watch, verdict, last: last, governor.state, now: now())
            if !commands.isEmpty { try await governor.perform(commands, by: Actor(.policy, policy.name)) }
            seen[key] = PolicyState(policy: policy.name, series: watch.series, verdict: verdict, evaluated: now())
        }
        for (policy, commands) in Lifecycle.commands(policies, governor.state, now: now()) {
            try await governor.perform(commands, by: Actor(.policy, policy))
        }
        let resolutions = Judgement.resolutions(governor.state, inForce: Set(policies.names.keys))
        if !resolutions.isEmpty { try await governor.perform(resolutions, by: .daemon) }
        latest.withLock { [seen] in $0 = seen }
    }
}
