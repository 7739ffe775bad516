import StewardJSON
import StewardModel

/// A request that other people agree to a promotion.
package struct Approval: Sendable, Equatable {
    package enum Status: String, Sendable { case open, rejected, used }

    package var id: String
    package var deployment: String
    package var environment: String
    package var version: String
    package var requestedBy: String
    package var reason: String?
    package var requested = Timestamp(microseconds: 0)
    package var approvedBy: [Approver] = []

    /// Somebody who agreed, and what their token let them do then.
    package struct Approver: Sendable, Equatable {
        package var name: String
        package var roles: [Role]
    }
    package var status = Status.open
    package var rejectedBy: String?
}

extension GovernanceState {
    private static let keptApprovals = 1000

    /// The request that a promotion of this version rests on, still open and not older than `validFor`.
    package func approval(
        _ deployment: String, _ environment: String, _ version: String, validFor: Duration, now: Timestamp
    ) -> Approval? {
        approvals.values.filter {
            $0.status == .open && $0.deployment == deployment && $0.environment == environment
                && $0.version == version && now < $0.requested + validFor
        }.max { $0.requested < $1.requested }
    }

    func requestApproval(
        _ deployment: String, _ environment: String, _ version: String, _ reason: String?, by actor: Actor
    ) throws(StewardError) -> [Change] {
        try check(environment, "environment")
        try check(reason: reason)
        try checkRegistered(version, try self.deployment(deployment), field: "version")
        return [
            .approvalRequested(
                Approval(
                    id: "A\(size)", deployment: deployment, environment: environment, version: version,
                    requestedBy: actor.identity, reason: reason))
        ]
    }

    func answerApproval(
        _ id: String, approve: Bool, _ reason: String?, by actor: Actor, _ roles: [Role]
    ) throws(StewardError) -> [Change] {
        try check(reason: reason)
        guard let approval = approvals[id] else {
            throw StewardError(.notFound, "there is no request '\(id)'; 'steward approvals' shows them", field: "id")
        }
        guard approval.status == .open else {
            throw StewardError(.conflict, "the request is settled (\(approval.status.rawValue))", field: "id")
        }
        if approve {
            guard actor.identity != approval.requestedBy else {
                throw StewardError(
                    .refused, "'\(actor.identity)' asked for it; somebody else must approve (four eyes)", field: "id")
            }
            if approval.approvedBy.contains(where: { $0.name == actor.identity }) { return [] }
        }
        return [
            .approvalAnswered(
                id: id, deployment: approval.deployment, environment: approval.environment, approved: approve,
                roles: roles, reason: reason)
        ]
    }

    mutating func applyApproval(_ record: Record) {
        switch record.change {
        case .approvalRequested(var approval):
            approval.requested = record.time
            approvals[approval.id] = approval
            guard approvals.count > 2 * Self.keptApprovals else { return }
            let settled = approvals.values.filter { $0.status != .open }.sorted { $0.requested < $1.requested }
            for approval in settled.dropLast(Self.keptApprovals) { approvals[approval.id] = nil }
        case .approvalAnswered(let id, _, _, let approved, let roles, _):
            if approved {
                approvals[id]?.approvedBy.append(.init(name: record.actor.identity, roles: roles))
            } else {
                approvals[id]?.status = .rejected
                approvals[id]?.rejectedBy = record.actor.identity
            }
        case .routeChanged(let change) where change.kind != .rollback && change.kind != .cap:
            // One approval carries one promotion.
            for (id, approval) in approvals
            where approval.status == .open && !approval.approvedBy.isEmpty
                && approval.deployment == change.deployment && approval.environment == change.environment
                && change.plan.serving.contains(approval.version)
            { approvals[id]?.status = .used }
        default: break
        }
    }
}
