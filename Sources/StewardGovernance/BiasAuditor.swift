import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics
import StewardTransparency

/// What an audit is to look at.
package struct BiasRequest: Sendable {
    package var entry: PolicySet.BiasEntry
    package var deployment: String
    package var version: String
    package var from: Timestamp
    package var until: Timestamp
    package var trigger: BiasRun.Trigger
}

/// What came out, with the report that says how.
package struct BiasOutcome: Sendable {
    package var verdict: FairnessVerdict
    package var decisions: Int64
    package var sentence: String
    package var measures: [BiasRun.Measure]
    package var report: JSONValue

    package init(
        verdict: FairnessVerdict, decisions: Int64, sentence: String, measures: [BiasRun.Measure], report: JSONValue
    ) {
        self.verdict = verdict
        self.decisions = decisions
        self.sentence = sentence
        self.measures = measures
        self.report = report
    }
}

/// Runs bias audits: on demand, on schedule, and before promotions. Every run becomes a record.
package struct BiasAuditor: Sendable {
    /// How audits reach what was counted.
    package struct Evidence: Sendable {
        package var audit: @Sendable (BiasRequest) async throws -> BiasOutcome
        /// The versions of which anything was counted by group in a span, most events first.
        package var versions:
            @Sendable (_ policy: BiasPolicy, _ deployment: String, _ from: Timestamp, _ until: Timestamp) async throws
                -> [String]
        package var deployments: @Sendable () async throws -> [String]

        package init(
            audit: @Sendable @escaping (BiasRequest) async throws -> BiasOutcome,
            versions: @Sendable @escaping (BiasPolicy, String, Timestamp, Timestamp) async throws -> [String],
            deployments: @Sendable @escaping () async throws -> [String]
        ) {
            self.audit = audit
            self.versions = versions
            self.deployments = deployments
        }
    }

    /// Versions audited by one command, at most: those with most events.
    package static let maximumVersions = 20

    /// How long after its end a window is still about the present.
    private static let presence = Duration.seconds(3600)

    private let policies: @Sendable () -> PolicySet
    private let governor: Governor
    private let evidence: Evidence
    private let now: @Sendable () -> Timestamp

    package init(
        policies: @Sendable @escaping () -> PolicySet, governor: Governor, evidence: Evidence,
        now: @Sendable @escaping () -> Timestamp
    ) {
        self.policies = policies
        self.governor = governor
        self.evidence = evidence
        self.now = now
    }

    /// Audits a deployment now, by one policy or by all that apply.
    ///
    /// - Parameters:
    ///   - version: `nil` for every version that decided in the window of a policy.
    ///   - since: where the window begins, if not the policy's own length before `until`.
    ///   - until: where it ends, if not now.
    /// - Returns: the runs, each recorded already.
    /// - Throws: `notFound` where no policy applies, or there is no version to audit; `invalidInput` for a window that
    ///   ends before it begins.
    package func run(
        deployment: String, version: String?, policy: String?, since: Timestamp? = nil, until: Timestamp? = nil,
        by actor: Actor
    ) async throws -> [RecordedBiasRun] {
        let applying = policies().biasEntries.filter { $0.policy.applies(deployment: deployment) }
        let entries = applying.filter { entry in policy.map { $0 == entry.policy.name } ?? true }
        guard !entries.isEmpty else {
            let names = applying.map(\.policy.name).joined(separator: ", ")
            throw StewardError(
                .notFound,
                applying.isEmpty
                    ? "no bias policy applies to '\(deployment)'; add a file of kind bias to policies/bias"
                    : "no bias policy '\(policy ?? "")' applies to '\(deployment)'; there are: \(names)",
                field: "policy")
        }
        var runs: [RecordedBiasRun] = []
        let end = until ?? now()
        for entry in entries {
            let window = BiasWindow(from: since ?? end - entry.policy.window, until: end)
            guard window.from < window.until else {
                throw StewardError(.invalidInput, "must lie before the end of the window", field: "since")
            }
            let seen = try await evidence.versions(entry.policy, deployment, window.from, window.until)
            for version in version.map({ [$0] }) ?? Array(seen.prefix(Self.maximumVersions)) {
                runs.append(try await run(entry, deployment, version, .demand, window, by: actor))
            }
        }
        guard !runs.isEmpty else {
            let from = since ?? end - (entries.map(\.policy.window).max() ?? .zero)
            throw StewardError(
                .notFound,
                "nothing of '\(deployment)' was counted by group from \(from.rfc3339) to \(end.rfc3339), the times of "
                    + "the events; name another window, or a version to put that on record", field: "deployment")
        }
        return runs
    }

    /// Audits what its policy's schedule says is due. A deployment without decisions is not due.
    package func tick() async throws {
        let scheduled = policies().biasEntries.filter { $0.policy.schedule != nil }
        guard !scheduled.isEmpty else { return }
        for deployment in try await evidence.deployments() {
            for entry in scheduled where entry.policy.applies(deployment: deployment) {
                let until = now()
                let versions = try await evidence.versions(
                    entry.policy, deployment, until - entry.policy.window, until)
                for version in versions.prefix(Self.maximumVersions)
                where governor.state.isAuditDue(entry, deployment: deployment, version: version, now: until) {
                    _ = try await run(
                        entry, deployment, version, .schedule, BiasWindow(entry.policy, until: now()),
                        by: Actor(.policy, entry.policy.name))
                }
            }
        }
    }

    /// Audits a version by every policy that gates its promotion, and says what the promotion then needs.
    ///
    /// - Returns: a command to be carried out before the promotion; `nil` where no policy gates it.
    package func requirement(
        deployment: String, environment: String, version: String
    ) async throws -> Command? {
        let entries = policies().biasEntries.filter {
            $0.policy.gates(deployment: deployment, environment: environment)
        }
        guard !entries.isEmpty else { return nil }
        var gates: [BiasGate] = []
        for entry in entries {
            let run = try await run(
                entry, deployment, version, .promotion, BiasWindow(entry.policy, until: now()),
                by: Actor(.policy, entry.policy.name))
            gates.append(
                BiasGate(
                    policy: entry.policy.name, deployment: deployment, version: version, record: run.record))
        }
        return .requireAudits(gates, environment: environment, now: now())
    }

    private func run(
        _ entry: PolicySet.BiasEntry, _ deployment: String, _ version: String, _ trigger: BiasRun.Trigger,
        _ window: BiasWindow, by actor: Actor
    ) async throws -> RecordedBiasRun {
        let request = BiasRequest(
            entry: entry, deployment: deployment, version: version, from: window.from, until: window.until,
            trigger: trigger)
        let outcome = try await evidence.audit(request)
        let report = outcome.report.canonical
        let digest = "sha256:" + Digest.sha256(report)
        let run = BiasRun(
            id: "ba-" + digest.dropFirst(7).prefix(16), deployment: deployment, version: version,
            policy: entry.policy.name, policyDigest: "sha256:" + entry.digest, trigger: trigger, from: request.from,
            until: request.until, verdict: outcome.verdict, decisions: outcome.decisions, sentence: outcome.sentence,
            measures: Array(outcome.measures.prefix(BiasRun.maximumMeasures)), report: digest)
        // An audit of times gone by says nothing about what holds now.
        let isPresent = now() < request.until + Self.presence
        let commands = [.note(.biasAudited(run))] + (isPresent ? governor.state.findings(after: run) : [])
        let records = try await governor.perform(commands, by: actor, specs: [digest: report])
        guard let record = records.first else { throw StewardError(.internal, "the audit was not recorded") }
        return RecordedBiasRun(run: run, time: record.time, record: record.sequence, actor: record.actor)
    }
}

/// The decisions that an audit looks at, by their times.
private struct BiasWindow {
    var from: Timestamp
    var until: Timestamp
}

extension BiasWindow {
    init(_ policy: BiasPolicy, until: Timestamp) { self.init(from: until - policy.window, until: until) }
}

/// A run with its place in the log.
package struct RecordedBiasRun: Sendable, Equatable {
    package var run: BiasRun
    package var time: Timestamp
    package var record: Int64
    package var actor: Actor
}

/// A promotion's need of an audit: by this policy, of this version, at this place in the log or later, and passed.
package struct BiasGate: Sendable, Equatable {
    package var policy: String
    package var deployment: String
    package var version: String
    package var record: Int64
}

extension GovernanceState {
    /// Runs kept per deployment, the latest; the log has all.
    static let keptBiasRuns = 1000

    /// The latest run of a policy on a version.
    package func latestBiasRun(policyDigest: String, deployment: String, version: String) -> RecordedBiasRun? {
        biasRuns[deployment]?.last { $0.run.policyDigest == policyDigest && $0.run.version == version }
    }

    package func latestBiasRun(of policy: String, deployment: String, version: String) -> RecordedBiasRun? {
        biasRuns[deployment]?.last { $0.run.policy == policy && $0.run.version == version }
    }

    /// The latest run of every policy on every version, in the order of their names.
    package var latestBiasRuns: [RecordedBiasRun] {
        var latest: [[String]: RecordedBiasRun] = [:]
        for recorded in biasRuns.values.joined() {
            let run = recorded.run
            let key = [run.policy, run.deployment, run.version]
            if recorded.record > latest[key]?.record ?? -1 { latest[key] = recorded }
        }
        return latest.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    func isAuditDue(_ entry: PolicySet.BiasEntry, deployment: String, version: String, now: Timestamp) -> Bool {
        guard let every = entry.policy.schedule else { return false }
        let last = latestBiasRun(policyDigest: "sha256:" + entry.digest, deployment: deployment, version: version)
        return last.map { now >= $0.time + every } ?? true
    }

    /// Refuses unless every gate has an audit that passed. Missing evidence is no pass. Only people can override, two
    /// of them, and the audit stays on record as it came out.
    func require(_ gates: [BiasGate], environment: String, now: Timestamp) throws(StewardError) {
        var refusals: [String] = []
        var rows: [JSONValue] = []
        for gate in gates {
            let run = biasRuns[gate.deployment]?.last {
                $0.record >= gate.record && $0.run.policy == gate.policy && $0.run.version == gate.version
            }?.run
            let decisive = run.flatMap { run in run.measures.first { $0.verdict == run.verdict } }
            let reason = run?.sentence ?? "there is no fresh audit of \(gate.version)"
            rows.append([
                "name": .string("bias audit \(gate.policy)"),
                "verdict": .string((run?.verdict ?? .insufficient).gateVerdict.rawValue),
                "value": decisive?.value.map { .number($0) } ?? .null,
                "threshold": decisive.map { .number($0.bound) } ?? .null,
                "sample_size": run.map { .integer($0.decisions) } ?? .null, "reason": .string(reason),
                "audit": run.map { .string($0.id) } ?? .null,
            ])
            switch run?.verdict {
            case .pass: break
            case .fail: refusals.append("the bias audit '\(gate.policy)' failed: \(reason)")
            case .insufficient, nil:
                refusals.append("the bias audit '\(gate.policy)' found insufficient evidence: \(reason)")
            }
        }
        guard !refusals.isEmpty, let first = gates.first else { return }
        let words = biasOverrides(
            deployment: first.deployment, environment: environment, version: first.version, now: now)
        if words.count >= BiasOverride.approvers { return }
        let ways =
            "'steward bias-audit override' lets it through when \(BiasOverride.approvers) people give their reason; "
            + "\(words.count) did."
        throw StewardError(
            .refused, (refusals + [ways]).joined(separator: " "), field: "version",
            details: [.init(name: "gates", json: String(decoding: JSONValue.array(rows).canonical, as: UTF8.self))])
    }
}

extension FairnessVerdict {
    /// In the words of gates.
    var gateVerdict: Verdict {
        switch self {
        case .pass: .pass
        case .fail: .fail
        case .insufficient: .inconclusive
        }
    }
}
