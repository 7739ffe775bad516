import StewardModel
import StewardStatistics

extension MetricsSnapshot {
    /// The families of the page in the catalogue's order, without the count of dropped series.
    func families() -> [MetricFamily] {
        trafficFamilies() + governanceFamilies() + detectorFamilies() + biasFamilies() + budgetFamilies()
            + ownFamilies()
    }

    private func trafficFamilies() -> [MetricFamily] {
        [
            perSeries(MetricCatalogue.requests) { counts($0.statuses) },
            perSeries(MetricCatalogue.operationDuration) { durations($0.latency) },
            perSeries(MetricCatalogue.timeToFirstToken) { durations($0.timeToFirstToken) },
            perSeries(MetricCatalogue.tokenUsage) { tokens($0.usage) },
            perSeries(MetricCatalogue.cost) { totals in
                totals.cost.map { [MetricPoint(labels: [], value: .nanodollars($0.amount))] } ?? []
            },
            perSeries(MetricCatalogue.unpricedEvents) { single($0.unpricedEvents) },
            perSeries(MetricCatalogue.finishReasons) { counts($0.finishReasons) },
            perSeries(MetricCatalogue.errors) { counts($0.errorTypes) },
        ]
    }

    private func budgetFamilies() -> [MetricFamily] {
        func family(
            _ declaration: MetricDeclaration, _ value: (BudgetState) -> MetricValue
        ) -> MetricFamily {
            MetricFamily(
                declaration: declaration,
                points: budgets.map { MetricPoint(labels: [$0.budget, $0.member], value: value($0)) })
        }
        return [
            family(MetricCatalogue.budgetLimit) { .nanodollars($0.limit.amount) },
            family(MetricCatalogue.budgetSpent) { .nanodollars($0.spent.amount) },
            family(MetricCatalogue.budgetReserved) { .nanodollars($0.reserved.amount) },
            family(MetricCatalogue.budgetRefused) { .integer($0.refused) },
        ]
    }

    private func governanceFamilies() -> [MetricFamily] {
        [
            MetricFamily(
                declaration: MetricCatalogue.routeWeight,
                points: routes.flatMap { route in
                    route.targets.map {
                        MetricPoint(
                            labels: [route.deployment, route.environment, $0.version], value: .integer($0.weight))
                    }
                }),
            MetricFamily(
                declaration: MetricCatalogue.routeFrozen,
                points: routes.map {
                    MetricPoint(labels: [$0.deployment, $0.environment], value: .integer($0.isFrozen ? 1 : 0))
                }),
            MetricFamily(
                declaration: MetricCatalogue.rolloutStep,
                points: rollouts.map { MetricPoint(labels: $0.labels, value: .integer($0.step)) }),
            MetricFamily(
                declaration: MetricCatalogue.rolloutPhase,
                points: rollouts.flatMap { rollout in
                    (MetricCatalogue.rolloutPhase.labels.last?.values ?? []).map {
                        MetricPoint(labels: rollout.labels + [$0], value: .integer($0 == rollout.phase ? 1 : 0))
                    }
                }),
            MetricFamily(
                declaration: MetricCatalogue.findings,
                points: findings.map { MetricPoint(labels: [$0.deployment, $0.severity], value: .integer($0.count)) }),
            MetricFamily(
                declaration: MetricCatalogue.decisions,
                points: decisions.map {
                    MetricPoint(
                        labels: [$0.deployment, $0.environment, $0.action, $0.actorKind], value: .integer($0.count))
                }),
            MetricFamily(
                declaration: MetricCatalogue.policyValue,
                points: policies.flatMap { point($0.labels, $0.value.map(MetricValue.number)) }),
            MetricFamily(
                declaration: MetricCatalogue.policyThreshold,
                points: policies.flatMap { point($0.labels, $0.threshold.map(MetricValue.number)) }),
            MetricFamily(
                declaration: MetricCatalogue.policyVerdict,
                points: policies.flatMap { state in
                    [Verdict.pass, .fail, .inconclusive].map {
                        MetricPoint(
                            labels: state.labels + [$0.rawValue], value: .integer($0 == state.verdict ? 1 : 0))
                    }
                }),
        ]
    }

    private func detectorFamilies() -> [MetricFamily] {
        func oneOf(_ labels: [String], _ states: [String], is state: String) -> [MetricPoint] {
            states.map { MetricPoint(labels: labels + [$0], value: .integer($0 == state ? 1 : 0)) }
        }
        return [
            MetricFamily(
                declaration: MetricCatalogue.driftScore,
                points: drift.flatMap { point($0.series.labels + [$0.signal], $0.shareMoved.map(MetricValue.number)) }),
            MetricFamily(
                declaration: MetricCatalogue.driftVerdict,
                points: drift.flatMap { state in
                    oneOf(
                        state.series.labels + [state.signal], ["drift", "no_drift", "insufficient_evidence"],
                        is: state.verdict)
                }),
            MetricFamily(
                declaration: MetricCatalogue.anomalyState,
                points: anomalies.flatMap { state in
                    oneOf(state.series.labels + [state.signal], ["learning", "usual", "alarm"], is: state.state)
                }),
        ]
    }

    private func biasFamilies() -> [MetricFamily] {
        [
            MetricFamily(
                declaration: MetricCatalogue.biasImpactRatio,
                points: biasAudits.flatMap { audit in
                    audit.impactRatios.map {
                        MetricPoint(labels: audit.labels + [$0.attribute], value: .number($0.ratio))
                    }
                }),
            MetricFamily(
                declaration: MetricCatalogue.biasVerdict,
                points: biasAudits.flatMap { audit in
                    [FairnessVerdict.pass, .fail, .insufficient].map {
                        MetricPoint(labels: audit.labels + [$0.rawValue], value: .integer($0 == audit.verdict ? 1 : 0))
                    }
                }),
            MetricFamily(
                declaration: MetricCatalogue.biasAuditTime,
                points: biasAudits.map {
                    MetricPoint(labels: $0.labels, value: .microseconds($0.time.microseconds))
                }),
        ]
    }

    private func ownFamilies() -> [MetricFamily] {
        let results = [
            NamedCount(name: "accepted", count: intake.accepted),
            NamedCount(name: "duplicate", count: intake.duplicates),
            NamedCount(name: "rejected", count: intake.rejected),
            NamedCount(name: "refused", count: intake.refused),
        ]
        let scalars: [(MetricDeclaration, MetricValue?)] = [
            (MetricCatalogue.intakeQueueEvents, .integer(queue.events)),
            (MetricCatalogue.intakeQueueBytes, .integer(queue.bytes)),
            (MetricCatalogue.intakeQueueLimit, .integer(queue.limitBytes)),
            (MetricCatalogue.commits, .integer(commits.histogram.count)),
            (MetricCatalogue.commitDuration, .histogram(commits)),
            (MetricCatalogue.storeBytes, storeBytes.map(MetricValue.integer)),
            (MetricCatalogue.auditLogSize, .integer(audit.records)),
            (MetricCatalogue.auditCheckpointTime, audit.checkpoint.map { .microseconds($0.microseconds) }),
            (MetricCatalogue.policyFilesInForce, .integer(hasPolicyFilesInForce ? 1 : 0)),
        ]
        return [MetricFamily(declaration: MetricCatalogue.intakeEvents, points: counts(results))]
            + scalars.map { MetricFamily(declaration: $0, points: point([], $1)) } + loopFamilies()
    }

    private func loopFamilies() -> [MetricFamily] {
        func family(_ declaration: MetricDeclaration, _ value: (MetricsSnapshot.Loop) -> MetricValue?) -> MetricFamily {
            MetricFamily(declaration: declaration, points: loops.flatMap { point([$0.name], value($0)) })
        }
        return [
            family(MetricCatalogue.loopFinished) { $0.finished.map { .microseconds($0.microseconds) } },
            family(MetricCatalogue.loopDuration) { $0.duration.map { .microseconds($0.wholeMicroseconds) } },
            family(MetricCatalogue.loopFailures) { .integer($0.failures) },
        ]
    }

    /// The families that follow the count of dropped series.
    func processFamilies() -> [MetricFamily] {
        [
            MetricFamily(
                declaration: MetricCatalogue.buildInfo, points: point([process.version], .integer(1))),
            MetricFamily(
                declaration: MetricCatalogue.startTime, points: point([], .microseconds(process.started.microseconds))),
            MetricFamily(
                declaration: MetricCatalogue.residentMemory,
                points: point([], process.residentMemoryBytes.map(MetricValue.integer))),
        ]
    }

    /// The points that `totals` makes of each series, with the labels of the series before their own.
    private func perSeries(
        _ declaration: MetricDeclaration, _ totals: (SeriesTotals) -> [MetricPoint]
    ) -> MetricFamily {
        let points = series.flatMap { entry in
            totals(entry).map { MetricPoint(labels: entry.series.labels + $0.labels, value: $0.value) }
        }
        return MetricFamily(declaration: declaration, points: points)
    }

    private func counts(_ counts: [NamedCount]) -> [MetricPoint] {
        counts.map { MetricPoint(labels: [$0.name], value: .integer($0.count)) }
    }

    private func single(_ count: Int64) -> [MetricPoint] { [MetricPoint(labels: [], value: .integer(count))] }

    /// Nothing for a duration that no event reported: buckets of zeros would claim a measurement.
    private func durations(_ totals: DurationTotals) -> [MetricPoint] {
        totals.histogram.isEmpty ? [] : [MetricPoint(labels: [], value: .histogram(totals))]
    }

    private func tokens(_ usage: Usage) -> [MetricPoint] {
        let sums: [(String, Int64?)] = [
            ("input", usage.inputTokens), ("output", usage.outputTokens), ("cached_input", usage.cachedInputTokens),
            ("cache_write", usage.cacheWriteTokens), ("reasoning", usage.reasoningTokens),
        ]
        return sums.flatMap { name, sum in point([name], sum.map(MetricValue.integer)) }
    }

    private func point(_ labels: [String], _ value: MetricValue?) -> [MetricPoint] {
        value.map { [MetricPoint(labels: labels, value: $0)] } ?? []
    }
}

extension MetricsSnapshot.BiasAudit {
    fileprivate var labels: [String] { [policy, deployment, version] }
}

extension MetricsSnapshot.PolicyState {
    fileprivate var labels: [String] { [policy] + series.labels }
}

extension SeriesKey {
    fileprivate var labels: [String] { [deployment, environment, version] }
}

extension MetricsSnapshot.Rollout {
    fileprivate var labels: [String] { [series.deployment, series.environment, series.version] }
}
