import StewardJSON
import StewardModel
import StewardStatistics

/// What a failed bias audit states about a version, with the numbers that decided it. It holds until a later audit by
/// the same policy does not fail.
package struct Disparity: Sendable, Equatable {
    package var policy: String
    /// The id of the audit that failed first.
    package var audit: String
    package var sampleSize: Int64
    package var windowSeconds: Int64
    package var worst: BiasRun.Measure
}

extension BiasRun.Measure {
    /// `female by sex: impact ratio 0.664, where the bound is 0.800`
    fileprivate var title: String {
        let words = measure.split { $0 == "_" || $0 == "." }.joined(separator: " ")
        let measured = value.map(Plain.text) ?? "undefined"
        return "\(group) by \(attribute): \(words) \(measured), where the bound is \(Plain.text(bound))"
    }
}

extension GovernanceState {
    /// What an audit opens or resolves among the findings.
    func findings(after run: BiasRun) -> [Command] {
        let open = openFindings.values.first { known in
            known.finding.deployment == run.deployment && known.finding.version == run.version
                && known.finding.disparity?.policy == run.policy
        }
        switch (run.verdict, open) {
        case (.fail, nil):
            guard let worst = run.measures.first(where: { $0.verdict == .fail }) else { return [] }
            let routes = deployments[run.deployment]?.routes ?? [:]
            let serving = routes.filter { $0.value.plan.serving.contains(run.version) }.keys.min()
            let series = SeriesKey(deployment: run.deployment, version: run.version)
            let disparity = Disparity(
                policy: run.policy, audit: run.id, sampleSize: run.decisions,
                windowSeconds: (run.until - run.from).components.seconds, worst: worst)
            return [
                .note(
                    .findingOpened(
                        Finding(
                            id: "F-\(run.id.dropFirst(3))", severity: .warning, deployment: run.deployment,
                            environment: serving ?? series.environment, version: run.version, title: worst.title,
                            basis: .audit(disparity))))
            ]
        case (.pass, let open?), (.insufficient, let open?):
            let reason =
                run.verdict == .pass ? "Audit \(run.id) passed." : "Audit \(run.id) found too little evidence to say."
            return [.note(.findingResolved(id: open.finding.id, reason: reason))]
        default: return []
        }
    }
}

// MARK: - JSON

extension Disparity {
    /// What a record and the API say of it.
    package var members: [JSONValue.Member] {
        let measured = worst.json.members ?? []
        return [
            .init(name: "policy", value: .string(policy)), .init(name: "audit", value: .string(audit)),
            .init(name: "sample_size", value: .integer(sampleSize)),
            .init(name: "window_seconds", value: .integer(windowSeconds)),
        ] + measured
    }

    init(_ data: RecordFields) throws {
        self.init(
            policy: try data.string("policy"), audit: try data.string("audit"),
            sampleSize: try data.integer("sample_size"), windowSeconds: try data.integer("window_seconds"),
            worst: try BiasRun.Measure(data))
    }
}
