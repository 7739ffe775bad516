/// Every metric that Steward shows, declared once: the page, its documentation and the check of dashboards read this.
///
/// Names of OpenTelemetry's GenAI conventions (v1.41.1) where one exists, `steward_*` otherwise; base units; counters
/// end in `_total`.
package enum MetricCatalogue {
    /// In the order of the page.
    package static let all: [MetricDeclaration] = [
        requests, operationDuration, timeToFirstToken, tokenUsage, cost, unpricedEvents, finishReasons, errors,
        routeWeight, routeFrozen, rolloutStep, rolloutPhase,
        findings, decisions, policyValue, policyThreshold, policyVerdict,
        driftScore, driftVerdict, anomalyState,
        biasImpactRatio, biasVerdict, biasAuditTime,
        budgetLimit, budgetSpent, budgetReserved, budgetRefused,
        intakeEvents, intakeQueueEvents, intakeQueueBytes, intakeQueueLimit, commits, commitDuration,
        storeBytes, auditLogSize, auditCheckpointTime, policyFilesInForce, loopFinished, loopDuration, loopFailures,
        seriesDropped,
        buildInfo,
        startTime, residentMemory,
    ]

    // MARK: Traffic

    static let requests = MetricDeclaration(
        "steward_requests_total", .counter, unit: "requests", labels: series + [.init("status", ["ok", "error"])],
        "Requests to models, each counted once however often it was sent.")
    static let operationDuration = MetricDeclaration(
        "gen_ai_client_operation_duration_seconds", .histogram(edgesMicroseconds: operationEdges), unit: "seconds",
        labels: series, "Time from sending a request to the end of its response.")
    static let timeToFirstToken = MetricDeclaration(
        "gen_ai_server_time_to_first_token_seconds", .histogram(edgesMicroseconds: firstTokenEdges), unit: "seconds",
        labels: series, "Time from sending a request to the first token of its response.")
    static let tokenUsage = MetricDeclaration(
        "gen_ai_client_token_usage_total", .counter, unit: "tokens", labels: series + [.init("token_type", tokenTypes)],
        "Tokens used: input includes cached_input and cache_write, output includes reasoning.")
    static let cost = MetricDeclaration(
        "steward_cost_dollars_total", .counter, unit: "dollars", labels: series,
        "Cost of the events that have a price, exact to the nanodollar; see steward_unpriced_events_total.")
    static let unpricedEvents = MetricDeclaration(
        "steward_unpriced_events_total", .counter, unit: "events", labels: series,
        "Events whose cost is unknown because there was no price or no usage.")
    static let finishReasons = MetricDeclaration(
        "steward_finish_reasons_total", .counter, unit: "requests", labels: series + [.init("finish_reason")],
        "Requests by the reason the model gave for ending its response.")
    static let errors = MetricDeclaration(
        "steward_errors_total", .counter, unit: "requests", labels: series + [.init("error_type")],
        "Failed requests by type of error.")

    // MARK: Governance

    static let routeWeight = MetricDeclaration(
        "steward_route_weight", .gauge, labels: series, "Integer weight of a version in the route of its environment.")
    static let routeFrozen = MetricDeclaration(
        "steward_route_frozen", .gauge, labels: [.init("deployment"), .init("environment")],
        "1 while the route is frozen, else 0.")
    static let rolloutStep = MetricDeclaration(
        "steward_rollout_step", .gauge, labels: series,
        "The step, from 1, whose share a version is served at by the rollout under way.")
    static let rolloutPhase = MetricDeclaration(
        "steward_rollout_phase", .gauge,
        labels: series + [
            .init(
                "phase", ["waiting", "progressing", "awaiting_approval", "paused", "held", "both_bad"])
        ], "1 for the phase that a rollout under way is in, else 0; both_bad and held wait for a person.")
    static let findings = MetricDeclaration(
        "steward_findings", .gauge, unit: "findings",
        labels: [.init("deployment"), .init("severity", ["critical", "warning", "info"])], "Findings that are open now."
    )
    static let decisions = MetricDeclaration(
        "steward_decisions_total", .counter, unit: "decisions",
        labels: [
            .init("deployment"), .init("environment"), .init("action"),
            .init("actor_kind", ["person", "policy", "system"]),
        ], "Decisions on record, by what was done and what kind of actor did it.")
    static let policyValue = MetricDeclaration(
        "steward_policy_value", .gauge, labels: policy, "Value a policy measured last, in the unit of its metric.")
    static let policyThreshold = MetricDeclaration(
        "steward_policy_threshold", .gauge, labels: policy,
        "Threshold that steward_policy_value was compared with last.")
    static let policyVerdict = MetricDeclaration(
        "steward_policy_verdict", .gauge, labels: policy + [.init("verdict", ["pass", "fail", "inconclusive"])],
        "1 for the verdict a policy gave last, 0 for the other two.")

    static let driftScore = MetricDeclaration(
        "steward_drift_score", .gauge, labels: series + [.init("signal")],
        "Share of a version's events, 0 to 1, that would have to move for the signal to be as in its baseline.")
    static let driftVerdict = MetricDeclaration(
        "steward_drift_verdict", .gauge,
        labels: series + [.init("signal"), .init("verdict", ["drift", "no_drift", "insufficient_evidence"])],
        "1 for what is held of the signal against its baseline now, 0 for the other two.")
    static let anomalyState = MetricDeclaration(
        "steward_anomaly_state", .gauge,
        labels: series + [.init("signal"), .init("state", ["learning", "usual", "alarm"])],
        "1 for what the monitor of the signal says now, 0 for the other two.")
    static let biasImpactRatio = MetricDeclaration(
        "steward_bias_impact_ratio", .gauge, labels: bias + [.init("attribute")],
        "Lowest impact ratio of any group of an audited attribute or intersection, in the last bias audit.")
    static let biasVerdict = MetricDeclaration(
        "steward_bias_verdict", .gauge, labels: bias + [.init("verdict", ["pass", "fail", "insufficient"])],
        "1 for the verdict of the last bias audit, 0 for the other two.")
    static let biasAuditTime = MetricDeclaration(
        "steward_bias_audit_timestamp_seconds", .gauge, unit: "seconds", labels: bias,
        "Unix time of the last bias audit.")

    static let budgetLimit = MetricDeclaration(
        "steward_budget_limit_dollars", .gauge, unit: "dollars", labels: budget,
        "What may be spent in the present window of a budget.")
    static let budgetSpent = MetricDeclaration(
        "steward_budget_spent_dollars", .gauge, unit: "dollars", labels: budget,
        "What was spent in the present window of a budget, exact to the nanodollar.")
    static let budgetReserved = MetricDeclaration(
        "steward_budget_reserved_dollars", .gauge, unit: "dollars", labels: budget,
        "What a budget holds back for requests under way.")
    static let budgetRefused = MetricDeclaration(
        "steward_budget_refused", .gauge, unit: "requests", labels: budget,
        "Requests that a budget has refused in its present window.")

    // MARK: Steward itself

    static let intakeEvents = MetricDeclaration(
        "steward_intake_events_total", .counter, unit: "events",
        labels: [.init("result", ["accepted", "duplicate", "rejected", "refused"])],
        "Events that reached the intake since the start: rejected are wrong, refused came when the queue was full.")
    static let intakeQueueEvents = MetricDeclaration(
        "steward_intake_queue_events", .gauge, unit: "events", "Events that wait for a commit.")
    static let intakeQueueBytes = MetricDeclaration(
        "steward_intake_queue_bytes", .gauge, unit: "bytes", "Size of the events that wait for a commit.")
    static let intakeQueueLimit = MetricDeclaration(
        "steward_intake_queue_limit_bytes", .gauge, unit: "bytes",
        "Size of the queue at which the intake refuses further events.")
    static let commits = MetricDeclaration(
        "steward_commits_total", .counter, unit: "commits", "Transactions of the intake since the start.")
    static let commitDuration = MetricDeclaration(
        "steward_commit_duration_seconds", .histogram(edgesMicroseconds: commitEdges), unit: "seconds",
        "Duration of the transactions of the intake.")
    static let storeBytes = MetricDeclaration(
        "steward_store_bytes", .gauge, unit: "bytes", "Size of the store on disk.")
    static let auditLogSize = MetricDeclaration(
        "steward_audit_log_size", .gauge, unit: "records", "Records in the audit log.")
    static let auditCheckpointTime = MetricDeclaration(
        "steward_audit_checkpoint_timestamp_seconds", .gauge, unit: "seconds",
        "Unix time of the last signed checkpoint of the audit log.")
    static let policyFilesInForce = MetricDeclaration(
        "steward_policy_files_in_force", .gauge,
        "1 while the policy files are what is in force, 0 while one of them is wrong and what was before still is.")
    static let loopFinished = MetricDeclaration(
        "steward_loop_finished_timestamp_seconds", .gauge, unit: "seconds", labels: loop,
        "Unix time at which a loop that watches last came to its end without an error.")
    static let loopDuration = MetricDeclaration(
        "steward_loop_duration_seconds", .gauge, unit: "seconds", labels: loop,
        "How long its last look took that had anything new to look at.")
    static let loopFailures = MetricDeclaration(
        "steward_loop_failures_total", .counter, unit: "runs", labels: loop,
        "Times since the start that a loop ended with an error, which is in the log.")
    static let seriesDropped = MetricDeclaration(
        "steward_series_dropped_total", .counter, unit: "series", labels: [.init("metric")],
        "Series beyond the limit per metric, which are shown together as other or left out.")
    static let buildInfo = MetricDeclaration(
        "steward_build_info", .info, labels: [.init("version")], "Version of the daemon.")
    static let startTime = MetricDeclaration(
        "steward_start_time_seconds", .gauge, unit: "seconds", "Unix time at which the daemon started.")
    static let residentMemory = MetricDeclaration(
        "process_resident_memory_bytes", .gauge, unit: "bytes", "Memory of the process that is in RAM.")

    // MARK: Shared labels and edges

    private static let series: [MetricDeclaration.Label] = [
        .init("deployment"), .init("environment"), .init("version"),
    ]
    private static let bias: [MetricDeclaration.Label] = [
        .init("policy"), .init("deployment"), .init("version"),
    ]
    private static let policy = [.init("policy")] + series
    private static let loop: [MetricDeclaration.Label] = [.init("loop")]
    private static let budget: [MetricDeclaration.Label] = [.init("budget"), .init("member")]
    private static let tokenTypes = ["input", "output", "cached_input", "cache_write", "reasoning"]

    /// Bucket advice of the GenAI conventions for `gen_ai.client.operation.duration`: 10 ms doubled up to 82 s.
    private static let operationEdges: [Int64] = (0..<14).map { 10_000 << $0 }
    /// Bucket advice of the GenAI conventions for `gen_ai.server.time_to_first_token`.
    private static let firstTokenEdges: [Int64] = [
        1_000, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 250_000, 500_000, 750_000, 1_000_000,
        2_500_000, 5_000_000, 7_500_000, 10_000_000,
    ]
    private static let commitEdges: [Int64] = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    ]
}

// MARK: - What others read

extension MetricCatalogue {
    /// Every name a query may use, in the order of the page.
    package static var sampleNames: [String] { all.flatMap(\.sampleNames) }

    /// The catalogue as a Markdown table.
    package static var markdown: String {
        var text = "| metric | type | unit | labels | meaning |\n| --- | --- | --- | --- | --- |\n"
        for metric in all {
            let labels = metric.labels.map { label in
                label.values.isEmpty ? "`\(label.name)`" : "`\(label.name)`: \(label.values.joined(separator: ", "))"
            }
            let cells = [
                "`\(metric.name)`", metric.kind.name, metric.unit, labels.joined(separator: "; "), metric.help,
            ]
            text += "| " + cells.joined(separator: " | ") + " |\n"
        }
        return text
    }
}
