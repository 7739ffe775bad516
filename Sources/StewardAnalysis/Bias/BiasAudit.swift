import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics
import StewardStore

/// What one audit run looks at.
package struct BiasSubject: Sendable, Equatable {
    package var deployment: String
    package var version: String
    package var from: Timestamp
    package var until: Timestamp

    package init(deployment: String, version: String, from: Timestamp, until: Timestamp) {
        self.deployment = deployment
        self.version = version
        self.from = from
        self.until = until
    }
}

/// A bias policy held against what was counted of one version over its window: every number, and the verdict.
package struct BiasAudit: Sendable {
    package let policy: BiasPolicy
    package let subject: BiasSubject
    /// One for each declaration of the policy, in its order.
    package let audits: [FairnessAudit]
    package let service: [ServiceQuality]
    /// Every rule about service for every declaration.
    package let serviceJudgements: [ServiceJudgement]
    package let localLaw144: [LocalLaw144]
    package let threshold: Double?
    /// Whether every score was compared with the threshold itself; otherwise to the width of a bin.
    package let isThresholdExact: Bool
    /// Since when every declaration of the policy has been counted, as far as any was; `nil`: none ever was.
    package let countedSince: Timestamp?

    package init(
        _ points: [GroupPoint], _ policy: BiasPolicy, _ categories: BiasCategories, subject: BiasSubject,
        scores: [GroupDeclaration: [ScoredGroup: Int64]] = [:], countedSince: Timestamp?,
        named: [Signal: Signal.Description] = [:]
    ) {
        self.policy = policy
        self.subject = subject
        self.countedSince = countedSince
        let evidence = policy.declarations.map {
            BiasEvidence($0, points, policy, categories, scores: scores[$0] ?? [:])
        }
        threshold = evidence.compactMap(\.cut?.threshold).first
        isThresholdExact = evidence.allSatisfy { $0.cut?.isExact ?? true }
        audits = evidence.map { evidence in
            let named = evidence.declaration.attributes.compactMap { policy.references[$0] }
            // An intersection of two references that nobody is in is compared with the largest.
            let isMissing = named.count > 1 && evidence.table.groups[named] == nil
            let reference = named.count == evidence.declaration.attributes.count && !isMissing ? named : nil
            return FairnessAudit(
                evidence.table, .init(confidence: policy.confidence, reference: reference, rules: policy.rules))
        }
        service = zip(evidence, audits).map {
            ServiceQuality($0, reference: $1.reference, policy.confidence, named: named)
        }
        serviceJudgements = service.flatMap { quality in
            policy.serviceRules.map { ServiceJudgement(quality, by: $0) }
        }
        guard let option = policy.localLaw144 else {
            localLaw144 = []
            return
        }
        localLaw144 = evidence.flatMap { evidence in
            LocalLaw144.Basis.allCases.filter { $0 == .selectionRate || evidence.cut != nil }.map { basis in
                LocalLaw144(
                    evidence.table, basis: basis, excludedBelowShare: option.excludedBelowShare,
                    confidence: policy.confidence)
            }
        }
    }

    /// The worst of all; no data is no pass.
    package var verdict: FairnessVerdict {
        let verdicts = audits.map(\.verdict) + serviceJudgements.map(\.verdict)
        if verdicts.contains(.fail) { return .fail }
        return verdicts.isEmpty || verdicts.contains(.insufficient) ? .insufficient : .pass
    }

    /// Decisions counted, whatever their group.
    package var decisions: Int64 {
        audits.first.map { $0.total.decisions + $0.unknown.decisions + $0.overflow.decisions } ?? 0
    }

    /// The verdict in a sentence: what decided it.
    package var sentence: String {
        guard decisions > 0 else {
            return "No decision was counted in the window; without any there is nothing to judge."
        }
        let worst = verdict
        for audit in audits {
            guard let judgement = audit.judgements.first(where: { $0.verdict == worst }) else { continue }
            let name = audit.attributes.joined(separator: " × ")
            return worst == .pass
                ? "Every rule holds for every group, with evidence."
                : "By \(name), \(judgement.rule.measure.rawValue): \(judgement.sentence)"
        }
        if let judgement = serviceJudgements.first(where: { $0.verdict == worst }) {
            return "By \(judgement.attributes.joined(separator: " × ")), \(judgement.rule.name): \(judgement.sentence)"
        }
        return "There is no rule to judge by."
    }

    /// The numbers that decided each rule: of every attribute and rule the group that came out worst.
    package var worst: [Worst] {
        audits.flatMap { audit in
            audit.judgements.compactMap { judgement in
                let entry = judgement.entries.min { Self.rank($0, judgement.rule) < Self.rank($1, judgement.rule) }
                return entry.map { Worst(attributes: audit.attributes, judgement: judgement, entry: $0) }
            }
        }
    }

    package struct Worst: Sendable, Equatable {
        package var attributes: [String]
        package var judgement: FairnessJudgement
        package var entry: FairnessJudgement.Entry
    }

    /// Lower is worse: how far a ratio or difference lies from equality, undefined ones last.
    private static func rank(_ entry: FairnessJudgement.Entry, _ rule: FairnessRule) -> Double {
        guard let estimate = entry.estimate else { return .infinity }
        return rule.measure.scale == .difference ? -abs(estimate) : min(estimate, estimate > 0 ? 1 / estimate : 0)
    }
}

/// Reads what an audit needs from the store, and makes it.
package struct BiasReader: Sendable {
    private let store: Store

    package init(store: Store) { self.store = store }

    private static func hours(_ from: Timestamp, _ until: Timestamp) -> Range<Int64> {
        let (first, last) = (from.minute / 60, until.minute / 60)
        return first..<max(last, first) + 1
    }

    package func audit(_ policy: BiasPolicy, _ subject: BiasSubject) async throws -> BiasAudit {
        let (points, scores) = try await store.groups(
            of: Set(policy.declarations), hours: Self.hours(subject.from, subject.until),
            where: { series in
                series.deployment == subject.deployment && series.version == subject.version && policy.counts(series)
            }, scoresIn: { BiasEvidence.bins(policy, $0) })
        let outcomes = try await store.categories(ofSignalNamed: "outcome")
        var truths: [String: Int32] = [:]
        if let truth = policy.truth { truths = try await store.categories(ofSignalNamed: "ground_truth." + truth.name) }
        let named = Dictionary(try await store.namedSignals().map { ($0.signal, $0) }) { first, _ in first }
        let categories = BiasCategories(
            favourableOutcomes: Set((policy.favourableOutcomes ?? []).compactMap { outcomes[$0] }),
            favourableTruths: Set((policy.truth?.favourable ?? []).compactMap { truths[$0] }))
        let since = try await store.firstHours(of: Set(policy.declarations)).values.max()
        return BiasAudit(
            points, policy, categories, subject: subject, scores: scores,
            countedSince: since.map { Timestamp(minute: $0 * 60) }, named: named)
    }

    /// The versions of which anything was counted by group in a span, most events first.
    package func versions(
        _ policy: BiasPolicy, deployment: String, from: Timestamp, until: Timestamp
    ) async throws -> [String] {
        guard let first = policy.declarations.first else { return [] }
        let points = try await store.groups(of: [first], hours: Self.hours(from, until)) { series in
            series.deployment == deployment && policy.counts(series)
        }
        let events = points.reduce(into: [String: Int64]()) { $0[$1.series.version, default: 0] += $1.cell.events }
        return events.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    /// The deployments of which anything was counted by group.
    package func deployments() async throws -> [String] { try await store.groupedDeployments() }
}
