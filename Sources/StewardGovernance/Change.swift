import StewardJSON
import StewardModel

/// Everything that can change, each with all that is needed to make the change again from the log alone.
package enum Change: Sendable, Equatable {
    case deploymentCreated(String)
    /// A version's name and the digest of its spec; the spec itself is stored beside the log by that digest.
    case versionRegistered(deployment: String, version: String, digest: String)
    case routeChanged(RouteChange)
    case frozen(deployment: String, environment: String, reason: String?, decision: Decision?)
    case unfrozen(deployment: String, environment: String, reason: String?)
    /// The kill switch: callers are told to use what they have built in.
    case disabled(deployment: String, environment: String, reason: String?)
    case enabled(deployment: String, environment: String, reason: String?)
    case versionNoted(deployment: String, version: String, VersionNote)
    case approvalRequested(Approval)
    case approvalAnswered(
        id: String, deployment: String, environment: String, approved: Bool, roles: [Role], reason: String?)
    case experimentStarted(Experiment)
    case experimentMoved(ExperimentMove)
    case rolloutStarted(Rollout)
    case rolloutMoved(RolloutMove)
    /// A policy decided something that changes no route: it alerts, or it would have acted were it enforced.
    case policyDecided(deployment: String, environment: String, version: String, decision: Decision)
    case findingOpened(Finding)
    case findingResolved(id: String, reason: String)
    /// What the versions of an environment are compared with from now on.
    case baselineSet(deployment: String, environment: String, Baseline)
    case baselineDropped(deployment: String, environment: String)
    /// The policies in force: name → digest.
    case policiesLoaded(digest: String, policies: [String: String])
    /// The price lists in force.
    case pricesLoaded(digest: String, version: String, models: Int64)
    case costsRepriced(RepricingRecord)
    case eventsDropped(RetentionRecord)
    case biasAudited(BiasRun)
    case biasProbed(BiasProbe)
    case budgetCrossed(BudgetCrossing)
    case biasOverridden(BiasOverride)
    case tokenCreated(Token)
    case tokenRevoked(id: String)
    case daemonStarted(version: String)
}

package struct RouteChange: Sendable, Equatable {
    package enum Kind: String, Sendable { case set, promote, rollback, cap }
    package var kind: Kind
    package var deployment: String
    package var environment: String
    package var plan: RoutePlan
    /// What was served before, for readers of the log.
    package var previous: [Target]
    package var reason: String?
    package var decision: Decision?
    /// The rollout or experiment that this belongs to; any other change of the route ends it.
    package var rollout: String?
}

/// The numbers behind an automatic decision: enough to check it by hand.
package struct Decision: Sendable, Equatable {
    package var policy: String
    package var policyDigest: String
    package var mode: String
    /// What the policy asks for: `rollback`, `freeze` or `alert`.
    package var action: String
    package var metric: String
    /// `nil` when there was no data and the policy says that this fails.
    package var value: Double?
    package var sampleSize: Int64
    package var comparison: String
    package var threshold: Double?
    package var baselineVersion: String?
    package var baselineValue: Double?
    package var windowSeconds: Int64
    package var explanation: String
}

/// Something that is wrong with a version, from when it was first seen until it no longer holds.
package struct Finding: Sendable, Equatable {
    /// Who states it, with the numbers.
    package enum Basis: Sendable, Equatable {
        case policy(Decision)
        case detector(Detection)
        case audit(Disparity)
    }

    package var id: String
    package var severity: Severity
    package var deployment: String
    package var environment: String
    package var version: String
    package var title: String
    package var basis: Basis

    package init(
        id: String, severity: Severity, deployment: String, environment: String, version: String, title: String,
        basis: Basis
    ) {
        self.id = id
        self.severity = severity
        self.deployment = deployment
        self.environment = environment
        self.version = version
        self.title = title
        self.basis = basis
    }

    /// `policy_breach`, `disparity`, or the kind of the detection.
    package var kind: String {
        switch basis {
        case .policy: "policy_breach"
        case .detector(let detection): detection.key.kind.rawValue
        case .audit: "disparity"
        }
    }

    package var decision: Decision? { if case .policy(let decision) = basis { decision } else { nil } }
    package var detection: Detection? { if case .detector(let detection) = basis { detection } else { nil } }
    package var disparity: Disparity? { if case .audit(let disparity) = basis { disparity } else { nil } }
    package var series: SeriesKey {
        SeriesKey(deployment: deployment, environment: environment, version: version)
    }
}

/// A token, without its secret: only the secret's SHA-256 is kept.
package struct Token: Sendable, Equatable {
    package var id: String
    package var name: String
    package var roles: [Role]
    /// The person who holds it; a token without one counts as a person of its own name.
    package var owner: String?
    /// When set, the token works for this deployment only.
    package var deployment: String?
    package var expires: Timestamp?
    /// Hex SHA-256 of the secret.
    package var hash: String
}

extension Change {
    package var deployment: String? {
        switch self {
        case .deploymentCreated(let name): name
        case .versionRegistered(let name, _, _): name
        case .routeChanged(let change): change.deployment
        case .frozen(let name, _, _, _), .unfrozen(let name, _, _), .policyDecided(let name, _, _, _): name
        case .disabled(let name, _, _), .enabled(let name, _, _): name
        case .versionNoted(let name, _, _), .approvalAnswered(_, let name, _, _, _, _): name
        case .approvalRequested(let approval): approval.deployment
        case .experimentStarted(let experiment): experiment.deployment
        case .experimentMoved(let move): move.deployment
        case .rolloutStarted(let rollout): rollout.deployment
        case .rolloutMoved(let move): move.deployment
        case .findingOpened(let finding): finding.deployment
        case .baselineSet(let name, _, _), .baselineDropped(let name, _): name
        case .biasAudited(let run): run.deployment
        case .biasProbed(let probe): probe.deployment
        case .biasOverridden(let word): word.deployment
        case .findingResolved, .policiesLoaded, .pricesLoaded, .costsRepriced, .eventsDropped, .budgetCrossed,
            .tokenCreated,
            .tokenRevoked,
            .daemonStarted:
            nil
        }
    }

    package var environment: String? {
        switch self {
        case .biasOverridden(let word): word.environment
        case .routeChanged(let change): change.environment
        case .frozen(_, let name, _, _), .unfrozen(_, let name, _), .policyDecided(_, let name, _, _): name
        case .disabled(_, let name, _), .enabled(_, let name, _): name
        case .approvalRequested(let approval): approval.environment
        case .approvalAnswered(_, _, let name, _, _, _): name
        case .experimentStarted(let experiment): experiment.environment
        case .experimentMoved(let move): move.environment
        case .rolloutStarted(let rollout): rollout.environment
        case .rolloutMoved(let move): move.environment
        case .findingOpened(let finding): finding.environment
        case .baselineSet(_, let name, _), .baselineDropped(_, let name): name
        default: nil
        }
    }

    package var action: String {
        switch self {
        case .deploymentCreated: "deployment.create"
        case .versionRegistered: "version.register"
        case .routeChanged(let change): "route.\(change.kind.rawValue)"
        case .frozen: "route.freeze"
        case .unfrozen: "route.unfreeze"
        case .disabled: "route.disable"
        case .enabled: "route.enable"
        case .versionNoted(_, _, let note): note.action
        case .approvalRequested: "approval.request"
        case .approvalAnswered(_, _, _, let approved, _, _): approved ? "approval.approve" : "approval.reject"
        case .experimentStarted: "experiment.start"
        case .experimentMoved(let move): "experiment.\(move.step.name)"
        case .rolloutStarted: "rollout.start"
        case .rolloutMoved(let move): "rollout.\(move.kind.rawValue)"
        case .policyDecided: "policy.decision"
        case .findingOpened: "finding.open"
        case .findingResolved: "finding.resolve"
        case .baselineSet: "baseline.set"
        case .baselineDropped: "baseline.drop"
        case .policiesLoaded: "policy.load"
        case .pricesLoaded: "prices.load"
        case .costsRepriced: "costs.reprice"
        case .eventsDropped: "events.drop"
        case .biasAudited: "bias.audit"
        case .biasProbed: "bias.probe"
        case .budgetCrossed: "budget.cross"
        case .biasOverridden: "bias.override"
        case .tokenCreated: "token.create"
        case .tokenRevoked: "token.revoke"
        case .daemonStarted: "daemon.start"
        }
    }

    /// The action without its noun, as history and counters show it.
    package var shortAction: String {
        switch self {
        case .routeChanged(let change): change.kind == .set ? "route" : change.kind.rawValue
        case .policyDecided: "note"
        case .rolloutStarted, .rolloutMoved, .approvalRequested, .approvalAnswered, .experimentStarted,
            .experimentMoved:
            action
        default: String(action.drop { $0 != "." }.dropFirst())
        }
    }
}
