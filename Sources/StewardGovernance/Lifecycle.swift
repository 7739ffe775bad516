import StewardModel
import StewardPolicy

/// Holds lifecycle policies against the versions that serve: what is deprecated is a finding, which becomes critical
/// when its end of life is there. Pure; callers are told beside every answer, policy or not.
package enum Lifecycle {
    package static func commands(
        _ policies: PolicySet, _ state: GovernanceState, now: Timestamp
    ) -> [(policy: String, commands: [Command])] {
        policies.lifecycleEntries.map { entry in
            var commands: [Command] = []
            for (name, deployment) in state.deployments.sorted(by: { $0.key < $1.key }) {
                for (environment, route) in deployment.routes.sorted(by: { $0.key < $1.key })
                where entry.policy.applies(deployment: name, environment: environment) {
                    for version in route.plan.serving {
                        let series = SeriesKey(deployment: name, environment: environment, version: version)
                        commands += judge(
                            entry, series, deployment.version(named: version)?.deprecation, route, state, now,
                            number: state.size + Int64(commands.count))
                    }
                }
            }
            return (entry.policy.name, commands)
        }.filter { !$0.commands.isEmpty }
    }

    private static func judge(
        _ entry: PolicySet.LifecycleEntry, _ series: SeriesKey, _ deprecation: VersionNote.Deprecation?,
        _ route: GovernanceState.Route, _ state: GovernanceState, _ now: Timestamp, number: Int64
    ) -> [Command] {
        let open = state.openFindings.values.first { open in
            open.finding.decision?.policy == entry.policy.name && open.finding.series == series
        }?.finding
        let severity = deprecation.flatMap { Self.severity($0, entry.policy, now) }
        var commands: [Command] = []
        if let open, open.severity != severity {
            let reason = severity == nil ? "It is no longer deprecated." : "Its end of life has come."
            commands.append(.note(.findingResolved(id: open.id, reason: reason)))
        }
        guard let deprecation, let severity, open?.severity != severity else { return commands }
        let decision = decision(entry, series, deprecation, severity, now)
        commands.append(
            .note(
                .findingOpened(
                    Finding(
                        id: "F\(number)-\(entry.policy.name)", severity: severity, deployment: series.deployment,
                        environment: series.environment, version: series.version,
                        title: "\(series.deployment) \(series.version): \(decision.explanation)",
                        basis: .policy(decision)))))
        if severity == .critical, entry.policy.mode == .enforce, entry.policy.atEnd == .freeze, !route.frozen {
            commands.append(
                .freeze(
                    deployment: series.deployment, environment: series.environment, reason: decision.explanation,
                    decision: decision))
        }
        return commands
    }

    /// `nil` while the version is neither deprecated nor near its end.
    static func severity(
        _ deprecation: VersionNote.Deprecation, _ policy: LifecyclePolicy, _ now: Timestamp
    ) -> Severity? {
        if let end = deprecation.endOfLife {
            if now >= end { return .critical }
            if now >= end - policy.warnBefore { return .warning }
        }
        return now >= deprecation.deprecated ? .warning : nil
    }

    private static func decision(
        _ entry: PolicySet.LifecycleEntry, _ series: SeriesKey, _ deprecation: VersionNote.Deprecation,
        _ severity: Severity, _ now: Timestamp
    ) -> Decision {
        let days = deprecation.endOfLife.map { Double(($0 - now).components.seconds) / 86_400 }
        var text = "it serves and is deprecated since \(deprecation.deprecated.rfc3339)"
        if let end = deprecation.endOfLife {
            text =
                severity == .critical
                ? "it serves past its end of life at \(end.rfc3339)" : "it serves and its life ends at \(end.rfc3339)"
        }
        let next = deprecation.successor.map { "; \($0) is to follow it" } ?? ""
        return Decision(
            policy: entry.policy.name, policyDigest: "sha256:" + entry.digest, mode: entry.policy.mode.rawValue,
            action: severity == .critical ? entry.policy.atEnd.rawValue : LifecyclePolicy.AtEnd.alert.rawValue,
            metric: "days_to_end_of_life", value: days, sampleSize: 0, comparison: "below",
            threshold: severity == .critical ? 0 : Double(entry.policy.warnBefore.components.seconds) / 86_400,
            windowSeconds: 0, explanation: "\(text)\(next).")
    }
}
