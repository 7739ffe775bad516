import StewardJSON
import StewardModel
import StewardPolicy

/// One thing that a promotion has to pass, with its numbers.
package struct Gate: Sendable, Equatable {
    package var name: String
    package var policy: String
    package var verdict: Verdict
    package var value: Double?
    package var threshold: Double?
    package var sampleSize: Int64?
    package var reason: String
    /// Whether it can hold up a promotion; gates of policies that only warn cannot.
    package var isBinding = true

    package var json: JSONValue {
        [
            "name": .string(name), "policy": .string(policy), "verdict": .string(verdict.rawValue),
            "value": value.map { .number($0) } ?? .null, "threshold": threshold.map { .number($0) } ?? .null,
            "sample_size": sampleSize.map { .integer($0) } ?? .null, "reason": .string(reason),
            "binding": .bool(isBinding),
        ]
    }
}

/// A promotion that somebody asks for.
package struct PromotionRequest: Sendable {
    package var deployment: String
    package var environment: String
    package var version: String
    package var reason: String?

    package init(deployment: String, environment: String, version: String, reason: String?) {
        self.deployment = deployment
        self.environment = environment
        self.version = version
        self.reason = reason
    }
}

/// Holds the promotion policies against a version, and lets it through or says which gate refused and why.
package struct PromotionControl: Sendable {
    /// The metric of a version in an environment over the span before now.
    package typealias Measure = @Sendable (SeriesKey, Metric, Duration) async throws -> Measurement

    private let governor: Governor
    private let policies: @Sendable () -> PolicySet
    private let measure: Measure
    private let now: @Sendable () -> Timestamp

    package init(
        governor: Governor, policies: @Sendable @escaping () -> PolicySet, measure: @escaping Measure,
        now: @Sendable @escaping () -> Timestamp
    ) {
        self.governor = governor
        self.policies = policies
        self.measure = measure
        self.now = now
    }

    /// Every gate, in the order of the files; changes nothing.
    package func gates(_ request: PromotionRequest) async throws -> [Gate] {
        let state = governor.state
        let deployment = try state.deployment(request.deployment)
        try state.checkRegistered(request.version, deployment, field: "version")
        var gates: [Gate] = []
        if deployment.routes[request.environment]?.frozen == true {
            gates.append(
                Gate(name: "frozen", policy: "", verdict: .fail, reason: "The route is frozen; unfreeze it first."))
        }
        for entry in policies().promotionEntries
        where entry.policy.mode != .shadow
            && entry.policy.applies(deployment: request.deployment, environment: request.environment)
        {
            let policy = entry.policy
            let first = gates.count
            for gate in policy.gates { gates.append(try await judge(gate, policy.name, request, deployment)) }
            if !policy.windows.isEmpty { gates.append(window(policy)) }
            if let approvals = policy.approvals { gates.append(approval(policy.name, approvals, request, state)) }
            for index in first..<gates.count { gates[index].isBinding = policy.mode == .enforce }
        }
        return gates
    }

    /// Refuses with every gate where one that is binding did not pass. What only waits for people is put into their
    /// queue.
    package func require(_ request: PromotionRequest, by actor: Actor) async throws {
        let gates = try await gates(request)
        let refusing = gates.filter { $0.isBinding && $0.verdict != .pass }
        guard !refusing.isEmpty else { return }
        if refusing.contains(where: { $0.name == Self.approvalGate }) { try await ask(request, by: actor) }
        throw StewardError(
            .refused, refusing.map { "\($0.name): \($0.reason)" }.joined(separator: " "), field: "version",
            details: [
                .init(
                    name: "gates",
                    json: String(decoding: JSONValue.array(gates.map(\.json)).canonical, as: UTF8.self))
            ])
    }

    private static let approvalGate = "approvals"

    /// Opens a request unless one is open.
    private func ask(_ request: PromotionRequest, by actor: Actor) async throws {
        let state = governor.state
        let longest = policies().promotionEntries.compactMap(\.policy.approvals?.validFor).max() ?? .zero
        let open = state.approval(
            request.deployment, request.environment, request.version, validFor: longest, now: now())
        guard open == nil else { return }
        try await governor.perform(
            .requestApproval(
                deployment: request.deployment, environment: request.environment, version: request.version,
                reason: request.reason, by: actor), by: actor)
    }

    // MARK: Judging

    private func judge(
        _ gate: PromotionGate, _ policy: String, _ request: PromotionRequest,
        _ deployment: GovernanceState.Deployment
    ) async throws -> Gate {
        let version = deployment.version(named: request.version)
        switch gate {
        case .metric(let metric, let environment, let window, let bound, let sample):
            let series = SeriesKey(
                deployment: request.deployment, environment: environment, version: request.version)
            return Self.metric(
                metric, environment, window, bound, sample, policy, try await measure(series, metric, window))
        case .evaluation(let name, let bound, let maximumAge):
            return evaluation(name, bound, maximumAge, policy, version?.evaluations[name])
        case .noFindings(let criticalOnly):
            let open = governor.state.openFindings.values.filter {
                $0.finding.deployment == request.deployment && $0.finding.version == request.version
                    && (!criticalOnly || $0.finding.severity == .critical)
            }
            let titles = open.map(\.finding.title).sorted().joined(separator: " ")
            return Gate(
                name: "findings", policy: policy, verdict: open.isEmpty ? .pass : .fail, value: Double(open.count),
                threshold: 0, reason: open.isEmpty ? "No finding is open." : titles)
        case .card(let fields):
            let missing = fields.filter { version?.card[$0]?.isEmpty ?? true }
            return Gate(
                name: "card", policy: policy, verdict: missing.isEmpty ? .pass : .fail,
                reason: missing.isEmpty ? "The card is complete." : "Missing: \(missing.joined(separator: ", ")).")
        case .supported:
            let deprecation = version?.deprecation
            let isPast = deprecation.map { now() >= $0.deprecated } ?? false
            let next = deprecation?.successor.map { " Use \($0)." } ?? ""
            return Gate(
                name: "lifecycle", policy: policy, verdict: isPast ? .fail : .pass,
                reason: isPast ? "\(request.version) is deprecated.\(next)" : "It is supported.")
        }
    }

    private static func metric(
        _ metric: Metric, _ environment: String, _ window: Duration, _ bound: PromotionGate.Bound, _ sample: Int64,
        _ policy: String, _ measured: Measurement
    ) -> Gate {
        var gate = Gate(
            name: "\(metric.rawValue) in \(environment)", policy: policy, verdict: .inconclusive,
            value: measured.value, threshold: bound.value, sampleSize: measured.sampleSize, reason: "")
        let span = DurationText.format(window)
        if measured.sampleSize < sample {
            gate.reason = "\(measured.sampleSize) of \(sample) events in the last \(span)."
        } else if let value = measured.value, value.isFinite {
            gate.verdict = bound.holds(value) ? .pass : .fail
            gate.reason = "\(NumberText.short(value)) over \(measured.sampleSize) events in the last \(span)."
        } else {
            gate.reason = "No event in the last \(span) has a value."
        }
        return gate
    }

    private func evaluation(
        _ name: String, _ bound: PromotionGate.Bound, _ maximumAge: Duration?, _ policy: String,
        _ attached: GovernanceState.AttachedEvaluation?
    ) -> Gate {
        var gate = Gate(
            name: "evaluation \(name)", policy: policy, verdict: .inconclusive, threshold: bound.value,
            reason: "No such result is attached.")
        guard let attached else { return gate }
        gate.value = attached.evaluation.score
        gate.sampleSize = attached.evaluation.sampleSize
        if let maximumAge, now() >= attached.time + maximumAge {
            gate.reason = "The result of \(attached.time.rfc3339) is older than \(DurationText.format(maximumAge))."
        } else {
            gate.verdict = bound.holds(attached.evaluation.score) ? .pass : .fail
            gate.reason = "\(NumberText.short(attached.evaluation.score)), attached at \(attached.time.rfc3339)."
        }
        return gate
    }

    private func window(_ policy: PromotionPolicy) -> Gate {
        let isOpen = policy.windows.contains { $0.contains(now()) }
        return Gate(
            name: "change window", policy: policy.name, verdict: isOpen ? .pass : .fail,
            reason: isOpen ? "Changes may be made now." : "No change window is open at \(now().rfc3339).")
    }

    private func approval(
        _ policy: String, _ needed: PromotionPolicy.Approvals, _ request: PromotionRequest, _ state: GovernanceState
    ) -> Gate {
        let found = state.approval(
            request.deployment, request.environment, request.version, validFor: needed.validFor, now: now())
        let count = Int64(found?.approvedBy.count ?? 0)
        let names = found?.approvedBy.joined(separator: ", ") ?? ""
        return Gate(
            name: Self.approvalGate, policy: policy, verdict: count >= needed.count ? .pass : .inconclusive,
            value: Double(count), threshold: Double(needed.count),
            reason: count >= needed.count
                ? "Approved by \(names)."
                : "\(count) of \(needed.count) people have agreed; 'steward approvals' shows the request.")
    }
}
