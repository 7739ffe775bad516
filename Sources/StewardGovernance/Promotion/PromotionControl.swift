import StewardJSON
import StewardModel
import StewardPolicy

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
    private let budget: @Sendable (String) -> Int64?
    private let now: @Sendable () -> Timestamp

    /// - Parameter budget: the most that any member of a budget has spent, in percent; `nil` without such a budget.
    package init(
        governor: Governor, policies: @Sendable @escaping () -> PolicySet, measure: @escaping Measure,
        budget: @Sendable @escaping (String) -> Int64?, now: @Sendable @escaping () -> Timestamp
    ) {
        self.budget = budget
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
        where entry.policy.applies(deployment: request.deployment, environment: request.environment) {
            let policy = entry.policy
            let first = gates.count
            for gate in policy.gates { gates.append(try await judge(gate, policy.name, request, deployment)) }
            if !policy.windows.isEmpty { gates.append(window(policy)) }
            if let approvals = policy.approvals { gates.append(approval(policy.name, approvals, request, state)) }
            for index in first..<gates.count { gates[index].mode = policy.mode }
        }
        return gates + audits(request)
    }

    /// Refuses with every gate where one that is binding did not pass. What only waits for people is put into their
    /// queue.
    package func require(_ request: PromotionRequest, by actor: Actor) async throws {
        let gates = try await gates(request)
        try await note(gates.filter { $0.mode == .shadow && $0.verdict != .pass }, request)
        // Audits are made anew, and asked for in the transaction of the promotion itself.
        let refusing = gates.filter { $0.refuses && !$0.isMadeAnew }
        guard !refusing.isEmpty else { return }
        if refusing.contains(where: { $0.name == Self.approvalGate }) { _ = try await ask(request, by: actor) }
        let names = refusing.map(\.name).joined(separator: ", ")
        throw StewardError(
            .refused, "\(refusing.count) of \(gates.count) gates did not pass: \(names)", field: "version",
            details: [
                .init(
                    name: "gates",
                    json: String(decoding: JSONValue.array(gates.map(\.json)).canonical, as: UTF8.self))
            ])
    }

    private static let approvalGate = "approvals"

    /// Puts on record what policies in shadow mode would have refused.
    private func note(_ gates: [Gate], _ request: PromotionRequest) async throws {
        for (policy, gates) in Dictionary(grouping: gates, by: \.policy).sorted(by: { $0.key < $1.key }) {
            guard let first = gates.first else { continue }
            let digest = policies().promotionEntries.first { $0.policy.name == policy }?.digest ?? ""
            let decision = Decision(
                policy: policy, policyDigest: "sha256:" + digest, mode: first.mode.rawValue, action: "refuse",
                metric: first.name, value: first.value, sampleSize: first.sampleSize ?? 0, comparison: "gate",
                threshold: first.threshold, windowSeconds: 0,
                explanation: gates.map { "\($0.name): \($0.reason)" }.joined(separator: " "))
            try await governor.perform(
                .note(
                    .policyDecided(
                        deployment: request.deployment, environment: request.environment, version: request.version,
                        decision: decision)), by: Actor(.policy, policy))
        }
    }

    /// What bias policies that gate this environment said last; the promotion itself has them audited anew.
    private func audits(_ request: PromotionRequest) -> [Gate] {
        let (state, time) = (governor.state, now())
        guard state.deployments[request.deployment]?.routes[request.environment]?.targets.mainVersion != request.version
        else { return [] }
        return policies().biasEntries
            .filter { $0.policy.gates(deployment: request.deployment, environment: request.environment) }
            .map { entry in
                let latest = state.latestBiasRun(
                    of: entry.policy.name, deployment: request.deployment, version: request.version)
                var gate = Gate.audit(entry.policy.name, nil, entry.policy.name, latest, now: time)
                gate.isMadeAnew = true
                if latest == nil { gate.reason = "It is audited when it is promoted; there is no audit of it yet." }
                return gate
            }
    }

    /// Asks people to agree, unless they are asked already.
    ///
    /// - Returns: the request in their queue, and whether it is new.
    package func ask(_ request: PromotionRequest, by actor: Actor) async throws -> (approval: Approval, isNew: Bool) {
        let longest = policies().promotionEntries.compactMap(\.policy.approvals?.validFor).max() ?? .seconds(86_400)
        let open = governor.state.approval(
            request.deployment, request.environment, request.version, validFor: longest, now: now())
        if let open { return (open, false) }
        let records = try await governor.perform(
            .requestApproval(
                deployment: request.deployment, environment: request.environment, version: request.version,
                reason: request.reason, by: actor), by: actor)
        guard case .approvalRequested(let made) = records.first?.change,
            let approval = governor.state.approvals[made.id]
        else { throw StewardError(.internal, "the request is not there") }
        return (approval, true)
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
            return .metric(
                metric, environment, window, bound, sample, policy, try await measure(series, metric, window))
        case .evaluation(let name, let bound, let age):
            return .evaluation(name, bound, age, policy, version?.evaluations[name], now: now())
        case .noFindings(let criticalOnly):
            let open = governor.state.openFindings.values.map(\.finding).filter {
                $0.deployment == request.deployment && $0.version == request.version
                    && (!criticalOnly || $0.severity == .critical)
            }
            return .findings(open, policy)
        case .card(let fields): return .card(fields, policy, version?.card)
        case .supported: return .lifecycle(request.version, policy, version?.deprecation, now: now())
        case .budget(let name, let most): return .budget(name, most, policy, percent: budget(name))
        case .audit(let name, let age):
            let latest = governor.state.latestBiasRun(
                of: name, deployment: request.deployment, version: request.version)
            return .audit(name, age, policy, latest, now: now())
        }
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
        let counted = (found?.approvedBy ?? []).filter { approver in
            needed.roles.isEmpty || approver.roles.contains(where: needed.roles.contains)
        }
        let count = Int64(counted.count)
        let names = counted.map(\.name).joined(separator: ", ")
        let whose =
            needed.roles.isEmpty ? "" : " with the role \(needed.roles.map(\.rawValue).joined(separator: " or "))"
        return Gate(
            name: Self.approvalGate, policy: policy, verdict: count >= needed.count ? .pass : .inconclusive,
            value: Double(count), threshold: Double(needed.count),
            reason: count >= needed.count
                ? "Approved by \(names)."
                : "\(count) of \(needed.count) people\(whose) have agreed; 'steward approvals' shows the request.")
    }
}
