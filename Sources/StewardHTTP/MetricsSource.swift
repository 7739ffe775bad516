import StewardAnalysis
import StewardGovernance
import StewardIntake
import StewardMetrics
import StewardModel
import StewardPolicy
import StewardStatistics
import StewardStore

/// Gathers what `/metrics` shows. Counters come from the all-time rollups, so they agree with the ledger and survive a
/// restart.
enum MetricsSource {
    static func snapshot(_ api: API) async throws -> MetricsSnapshot {
        let facts = api.facts
        var snapshot = MetricsSnapshot(
            process: .init(
                version: facts.version, started: facts.started, residentMemoryBytes: api.residentBytes()))
        let names = try await api.store.categoryNames()
        snapshot.series = try await api.store.totals().map { totals($0.key, $0.cell, names) }
        govern(&snapshot, api)
        if let report = api.watch.report {
            snapshot.drift = report.standings.map {
                .init(
                    series: $0.series, signal: $0.signal, shareMoved: $0.progress?.shareMoved,
                    verdict: $0.verdict.rawValue)
            }
            snapshot.anomalies = report.monitors.map {
                .init(series: $0.series, signal: $0.metric.rawValue, state: $0.condition.rawValue)
            }
        }
        snapshot.budgets = api.budgets.standings().map { standing, _ in
            .init(
                budget: standing.budget, member: standing.member ?? "", limit: standing.limit, spent: standing.spent,
                reserved: standing.reserved, refused: standing.refused)
        }
        snapshot.intake = api.intake.counters.intake
        snapshot.commits = api.intake.counters.commits
        let queue = api.intake.queued
        snapshot.queue = .init(
            events: Int64(queue.events), bytes: Int64(queue.bytes), limitBytes: Int64(queue.limitBytes))
        snapshot.storeBytes = try await api.store.facts().bytes
        snapshot.audit = .init(
            records: api.governor.state.size, checkpoint: try await api.store.checkpoint()?.time)
        snapshot.hasPolicyFilesInForce = api.book.refusal == nil
        snapshot.loops = api.loops.entries.map {
            .init(name: $0.loop.rawValue, finished: $0.finished, duration: $0.duration, failures: $0.failures)
        }
        return snapshot
    }

    private static func totals(
        _ key: SeriesKey, _ cell: RollupCell, _ names: [Int32: String]
    ) -> MetricsSnapshot.SeriesTotals {
        var totals = MetricsSnapshot.SeriesTotals(series: key)
        totals.statuses = [
            .init(name: "ok", count: cell.events - cell.errors), .init(name: "error", count: cell.errors),
        ]
        totals.latency = durations(cell[.latency])
        totals.timeToFirstToken = durations(cell[.timeToFirstToken])
        totals.usage = Usage(
            inputTokens: cell[.inputTokens]?.sum, outputTokens: cell[.outputTokens]?.sum,
            cachedInputTokens: cell[.cachedInputTokens]?.sum, cacheWriteTokens: cell[.cacheWriteTokens]?.sum,
            reasoningTokens: cell[.reasoningTokens]?.sum)
        totals.cost = cell[.cost].flatMap { $0.count > 0 ? Nanodollars($0.sum) : nil }
        totals.unpricedEvents = cell.unpriced
        totals.finishReasons = counts(cell[.finishReason], names)
        totals.errorTypes = counts(cell[.errorType], names)
        return totals
    }

    private static func durations(_ counts: SignalCounts?) -> DurationTotals {
        counts.map { DurationTotals(histogram: $0.values, sumMicroseconds: $0.sum) } ?? DurationTotals()
    }

    private static func counts(_ counts: SignalCounts?, _ names: [Int32: String]) -> [MetricsSnapshot.NamedCount] {
        (counts?.values.entries ?? []).map { .init(name: names[$0.bin] ?? "other", count: $0.count) }
    }

    private static func govern(_ snapshot: inout MetricsSnapshot, _ api: API) {
        let state = api.governor.state
        for (name, deployment) in state.deployments.sorted(by: { $0.key < $1.key }) {
            for (environment, route) in deployment.routes.sorted(by: { $0.key < $1.key }) {
                snapshot.routes.append(
                    .init(
                        deployment: name, environment: environment, isFrozen: route.frozen,
                        targets: route.targets.map { .init(version: $0.version, weight: $0.weight) }))
            }
        }
        snapshot.rollouts = state.rollouts.values.filter { !$0.phase.isOver }.sorted { $0.id < $1.id }
            .map { .init(series: $0.series, step: Int64($0.step + 1), phase: $0.phase.rawValue) }
        let findings = Dictionary(grouping: state.openFindings.values) { open in
            [open.finding.deployment, open.finding.severity.rawValue]
        }
        snapshot.findings = findings.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { .init(deployment: $0.key[0], severity: $0.key[1], count: Int64($0.value.count)) }
        snapshot.decisions = state.decisions
            .map {
                .init(
                    deployment: $0.key.deployment, environment: $0.key.environment, action: $0.key.action,
                    actorKind: $0.key.actorKind, count: $0.value)
            }
            .sorted {
                ($0.deployment, $0.environment, $0.action, $0.actorKind)
                    < ($1.deployment, $1.environment, $1.action, $1.actorKind)
            }
        snapshot.biasAudits = state.latestBiasRuns.map { recorded in
            let run = recorded.run
            var ratios: [BiasRun.Measure] = []
            for measure in run.measures where measure.measure == FairnessMeasure.impactRatio.rawValue {
                if !ratios.contains(where: { $0.attribute == measure.attribute }) { ratios.append(measure) }
            }
            return .init(
                policy: run.policy, deployment: run.deployment, version: run.version, verdict: run.verdict,
                time: recorded.time,
                impactRatios: ratios.compactMap { measure in measure.value.map { (measure.attribute, $0) } })
        }
        snapshot.policies = api.policyGuard.states
            .map {
                .init(
                    policy: $0.policy, series: $0.series, value: $0.verdict.value, threshold: $0.verdict.threshold,
                    verdict: $0.verdict.verdict)
            }
            .sorted {
                ($0.policy, $0.series.deployment, $0.series.version) < (
                    $1.policy, $1.series.deployment, $1.series.version
                )
            }
    }
}
