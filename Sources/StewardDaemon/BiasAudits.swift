import Logging
import ServiceLifecycle
import StewardAnalysis
import StewardGovernance
import StewardIntake
import StewardModel
import StewardPolicy
import StewardStatistics
import StewardStore

extension BiasAuditor.Evidence {
    /// What the store's group rollups say.
    init(store: Store) {
        let reader = BiasReader(store: store)
        self.init(
            audit: { request in
                let audit = try await reader.audit(
                    request.entry.policy,
                    BiasSubject(
                        deployment: request.deployment, version: request.version, from: request.from,
                        until: request.until))
                return BiasOutcome(
                    verdict: audit.verdict, decisions: audit.decisions, sentence: audit.sentence,
                    measures: audit.worst.map(BiasRun.Measure.init)
                        + audit.serviceJudgements.compactMap(BiasRun.Measure.init),
                    report: audit.json(
                        policyDigest: "sha256:" + request.entry.digest, trigger: request.trigger.rawValue))
            }, versions: reader.versions, deployments: reader.deployments)
    }
}

extension BiasRun.Measure {
    fileprivate init(_ worst: BiasAudit.Worst) {
        self.init(
            attribute: worst.attributes.joined(separator: " x "), measure: worst.judgement.rule.measure.rawValue,
            group: GroupTable.label(worst.entry.group), value: worst.entry.estimate,
            lower: worst.entry.interval?.lower, upper: worst.entry.interval?.upper, bound: worst.judgement.rule.bound,
            verdict: worst.judgement.verdict)
    }

    fileprivate init?(_ judgement: ServiceJudgement) {
        guard let entry = judgement.worst else { return nil }
        self.init(
            attribute: judgement.attributes.joined(separator: " x "), measure: judgement.rule.name,
            group: GroupTable.label(entry.group), value: entry.estimate, lower: entry.interval?.lower,
            upper: entry.interval?.upper, bound: judgement.rule.bound, verdict: judgement.verdict)
    }
}

/// Runs the audits that are due.
struct BiasAuditService: Service {
    static let interval = Duration.seconds(10)

    let auditor: BiasAuditor
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await auditor.tick() } catch {
                    logger.error("bias audits could not be made", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}

/// Counts what came before a bias policy by its groups, too.
struct RegroupingService: Service {
    let regrouping: Regrouping
    let policies: @Sendable () -> PolicySet
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await tick() } catch {
                    logger.error("stored events could not be counted by group", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: BiasAuditService.interval)
            }
        }
    }

    private func tick() async throws {
        let plan = policies().groupPlan
        guard try await regrouping.isDue(plan) else { return }
        let count = try await regrouping.run(plan)
        if count > 0 {
            logger.info("stored events were counted by the groups of the policies", metadata: ["events": "\(count)"])
        }
    }
}
