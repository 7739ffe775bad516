import StewardMetrics
import StewardModel
import StewardStatistics

/// Snapshots with fixed contents for the tests of the page.
enum Snapshots {
    static let process = MetricsSnapshot.Process(
        version: "1.2.3", started: Timestamp(microseconds: 1_772_546_580_250_000), residentMemoryBytes: 52_428_800)

    /// One of everything, with names that need escaping and a version that nobody priced.
    static var full: MetricsSnapshot {
        var snapshot = MetricsSnapshot(process: process)
        snapshot.series = [supportBot(version: "v6", scale: 1), supportBot(version: "v7", scale: 3), unpriced]
        snapshot.routes = [
            .init(
                deployment: "support-bot", environment: "production", isFrozen: true,
                targets: [.init(version: "v6", weight: 90), .init(version: "v7", weight: 10)])
        ]
        snapshot.rollouts = [
            .init(
                series: SeriesKey(deployment: "support-bot", environment: "production", version: "v7"), step: 2,
                phase: "both_bad")
        ]
        snapshot.findings = [.init(deployment: "support-bot", severity: "critical", count: 1)]
        snapshot.decisions = [
            .init(
                deployment: "support-bot", environment: "production", action: "promote", actorKind: "person", count: 2),
            .init(
                deployment: "support-bot", environment: "production", action: "rollback", actorKind: "policy",
                count: 1),
        ]
        let canary = SeriesKey(deployment: "support-bot", version: "v7")
        snapshot.biasAudits = [
            .init(
                policy: "hiring", deployment: "screening", version: "v1", verdict: .fail,
                time: Timestamp(seconds: 1_772_546_000), impactRatios: [("sex", 0.625), ("sex x race", 0.5)]),
            .init(
                policy: "hiring", deployment: "screening", version: "v2", verdict: .insufficient,
                time: Timestamp(seconds: 1_772_546_100), impactRatios: []),
        ]
        snapshot.policies = [
            .init(policy: "error-rate", series: canary, value: 0.125, threshold: 0.05, verdict: .fail),
            .init(policy: "latency", series: canary, value: nil, threshold: 2, verdict: .inconclusive),
        ]
        snapshot.drift = [
            .init(series: canary, signal: "output_tokens", shareMoved: 0.23, verdict: "drift"),
            .init(series: canary, signal: "cost", shareMoved: nil, verdict: "insufficient_evidence"),
        ]
        snapshot.budgets = [
            .init(
                budget: "support-month", member: "", limit: Nanodollars(500_000_000_000),
                spent: Nanodollars(123_456_789_012),
                reserved: Nanodollars(250_000_000), refused: 3)
        ]
        snapshot.anomalies = [.init(series: canary, signal: "latency_p95_seconds", state: "alarm")]
        snapshot.intake = IntakeTotals(accepted: 412, duplicates: 3, rejected: 2, refused: 1)
        snapshot.queue = .init(events: 17, bytes: 34_816, limitBytes: 67_108_864)
        for microseconds in [400, 900, 4_000, 4_100, 60_000, 3_000_000] as [Int64] {
            snapshot.commits.record(microseconds: microseconds)
        }
        snapshot.storeBytes = 1_048_576
        snapshot.loops = [
            .init(
                name: "policies", finished: Timestamp(seconds: 1_772_546_641), duration: .milliseconds(12),
                failures: 0),
            .init(name: "detectors", finished: nil, duration: nil, failures: 2),
        ]
        snapshot.audit = .init(records: 12, checkpoint: Timestamp(seconds: 1_772_546_640))
        return snapshot
    }

    /// `count` series with one request each, the first seen first.
    static func wide(count: Int) -> MetricsSnapshot {
        var snapshot = MetricsSnapshot(process: process)
        snapshot.series = (0..<count).map { index in
            var totals = MetricsSnapshot.SeriesTotals(series: SeriesKey(deployment: "d\(index)", version: "v1"))
            totals.statuses = [.init(name: index % 2 == 0 ? "ok" : "error", count: 1)]
            totals.latency.record(microseconds: Int64(index + 1))
            totals.usage = Usage(inputTokens: 7)
            totals.cost = Nanodollars(1_000_000_001)
            totals.unpricedEvents = 2
            totals.errorTypes = [.init(name: "timeout", count: 1)]
            return totals
        }
        return snapshot
    }

    private static func supportBot(version: String, scale: Int64) -> MetricsSnapshot.SeriesTotals {
        var totals = MetricsSnapshot.SeriesTotals(series: SeriesKey(deployment: "support-bot", version: version))
        totals.statuses = [.init(name: "ok", count: 6 * scale), .init(name: "error", count: scale)]
        for microseconds in [8_000, 25_000, 130_000, 1_200_000, 5_000_000, 90_000_000] as [Int64] {
            totals.latency.record(microseconds: microseconds * scale)
        }
        for microseconds in [900, 45_000, 300_000, 12_000_000] as [Int64] {
            totals.timeToFirstToken.record(microseconds: microseconds * scale)
        }
        totals.usage = Usage(
            inputTokens: 1_200 * scale, outputTokens: 340 * scale, cachedInputTokens: 200 * scale, cacheWriteTokens: 0,
            reasoningTokens: 55 * scale)
        totals.cost = Nanodollars(1_234_567_891 * scale)
        totals.finishReasons = [.init(name: "stop", count: 5 * scale), .init(name: "length", count: scale)]
        totals.errorTypes = [.init(name: "rate_limited", count: scale)]
        return totals
    }

    private static var unpriced: MetricsSnapshot.SeriesTotals {
        let series = SeriesKey(deployment: "tri\"cky\\bot", environment: "line\nbreak", version: "größe 🙂")
        var totals = MetricsSnapshot.SeriesTotals(series: series)
        totals.statuses = [.init(name: "ok", count: 4)]
        totals.unpricedEvents = 4
        return totals
    }
}
