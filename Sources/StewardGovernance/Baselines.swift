import StewardModel

extension GovernanceState {
    /// How far back a version's service counts when it becomes the baseline of the next.
    package static let baselineSpan = Duration.seconds(86_400)

    /// What an environment is compared with now.
    package func baseline(_ key: EnvironmentKey) -> BaselineState? {
        baselines[key].flatMap { $0.isDropped ? nil : $0 }
    }

    private func nextBaselineNumber(_ key: EnvironmentKey) -> Int64 { (baselines[key]?.baseline.number ?? 0) + 1 }

    /// The baselines that follow from the routes as they stand: the version that a route came from, over its last day
    /// of service. A baseline that a person set stays, and so does one of the same version while a canary grows.
    package var dueBaselines: [Change] {
        var changes: [Change] = []
        for (name, deployment) in deployments.sorted(by: { $0.key < $1.key }) {
            for (environment, route) in deployment.routes.sorted(by: { $0.key < $1.key }) {
                let key = EnvironmentKey(deployment: name, environment: environment)
                let present = baseline(key)
                guard present.map({ $0.baseline.kind == .previousVersion }) ?? true,
                    let before = route.earlier.last?.targets.mainVersion,
                    route.plan.serving.contains(where: { $0 != before }),
                    before != present?.baseline.series.version
                else { continue }
                let baseline = Baseline(
                    kind: .previousVersion, name: Baseline.Kind.previousVersion.rawValue,
                    number: nextBaselineNumber(key),
                    series: SeriesKey(deployment: name, environment: environment, version: before),
                    from: route.since - Self.baselineSpan, until: route.since)
                changes.append(.baselineSet(deployment: name, environment: environment, baseline))
            }
        }
        return changes
    }

    func pinBaseline(
        _ name: String, _ series: SeriesKey, _ from: Timestamp, _ until: Timestamp
    ) throws(StewardError) -> [Change] {
        for (value, field) in [(name, "name"), (series.environment, "environment"), (series.version, "version")] {
            if let problem = Name.problem(value) { throw StewardError(.invalidInput, problem, field: field) }
        }
        guard from < until else { throw StewardError(.invalidInput, "must be later than from", field: "until") }
        let key = EnvironmentKey(deployment: series.deployment, environment: series.environment)
        let present = baseline(key)?.baseline
        let baseline = Baseline(
            kind: .pinned, name: name, number: nextBaselineNumber(key), series: series, from: from, until: until)
        if var present {
            present.number = baseline.number
            if present == baseline { return [] }
        }
        return [.baselineSet(deployment: series.deployment, environment: series.environment, baseline)]
    }

    /// Last week's hours; the questions are frozen from the week before `now`.
    func followLastWeek(_ name: String, _ key: EnvironmentKey, now: Timestamp) throws(StewardError) -> [Change] {
        for (value, field) in [(name, "name"), (key.environment, "environment")] {
            if let problem = Name.problem(value) { throw StewardError(.invalidInput, problem, field: field) }
        }
        if let present = baseline(key)?.baseline, present.kind == .sameHoursLastWeek, present.name == name { return [] }
        let baseline = Baseline(
            kind: .sameHoursLastWeek, name: name, number: nextBaselineNumber(key),
            series: SeriesKey(
                deployment: key.deployment, environment: key.environment, version: Baseline.everyVersion),
            from: now - Baseline.week, until: now)
        return [.baselineSet(deployment: key.deployment, environment: key.environment, baseline)]
    }

    func dropBaseline(_ key: EnvironmentKey) throws(StewardError) -> [Change] {
        guard baseline(key) != nil else {
            throw StewardError(
                .notFound, "'\(key.deployment)' has no baseline in '\(key.environment)'", field: "environment")
        }
        return [.baselineDropped(deployment: key.deployment, environment: key.environment)]
    }
}
