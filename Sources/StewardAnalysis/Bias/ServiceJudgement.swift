import StewardModel
import StewardPolicy
import StewardStatistics

/// What a rule about service says of the groups of one attribute: fail and pass both take evidence, as with decisions.
package struct ServiceJudgement: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var group: [String]
        package var count: Int64
        package var estimate: Double?
        package var interval: ConfidenceInterval?
        /// Of lying beyond the bound; `nil` where the group is not judged.
        package var pValue: Double?
        package var adjustedPValue: Double?
        package var verdict = FairnessVerdict.insufficient
    }

    package let attributes: [String]
    package let rule: ServiceRule
    package let reference: [String]?
    package let entries: [Entry]
    package let verdict: FairnessVerdict
    package let sentence: String

    init(_ quality: ServiceQuality, by rule: ServiceRule) {
        attributes = quality.attributes
        self.rule = rule
        reference = quality.reference
        let groups = quality.lines.first { $0.name == rule.signal }?.groups ?? []
        let base = groups.first { $0.group == quality.reference }
        var entries = groups.filter { $0.group != quality.reference }.map { Entry($0, base, rule) }
        let judged = entries.indices.filter { entries[$0].pValue != nil }
        let adjusted = Multiplicity.holm.adjusted(judged.compactMap { entries[$0].pValue })
        for (index, pValue) in zip(judged, adjusted) { entries[index].settle(rule, pValue) }
        self.entries = entries
        let verdicts = entries.map(\.verdict)
        verdict =
            verdicts.contains(.fail)
            ? .fail : verdicts.isEmpty || verdicts.contains(.insufficient) ? .insufficient : .pass
        sentence = Self.sentence(entries, verdict, rule, quality.reference.map(GroupTable.label) ?? "")
    }

    /// The group that decided: of those with the rule's verdict the one that lies farthest out.
    package var worst: Entry? {
        entries.filter { $0.verdict == verdict }.max { distance($0) < distance($1) }
    }

    private func distance(_ entry: Entry) -> Double {
        guard let estimate = entry.estimate else { return -1 }
        return rule.scale == .ratio ? max(estimate, 1 / estimate) : abs(estimate)
    }

    private static func sentence(
        _ entries: [Entry], _ verdict: FairnessVerdict, _ rule: ServiceRule, _ reference: String
    ) -> String {
        let what = rule.signal.replacing("_", with: " ")
        guard !entries.isEmpty else { return "There are not two groups of which \(what) was measured." }
        func measured(_ entry: Entry) -> String {
            let estimate = entry.estimate.map(Plain.text) ?? "undefined"
            let (lower, upper) = (entry.interval?.lower ?? .nan, entry.interval?.upper ?? .nan)
            let relation = rule.scale == .ratio ? "\(estimate) times that of" : "\(estimate) apart from that of"
            return "\(GroupTable.label(entry.group)): mean \(what) \(relation) \(reference) (interval "
                + "\(Plain.text(lower)) to \(Plain.text(upper)))"
        }
        switch verdict {
        case .pass: return "Of every group the whole interval of mean \(what) lies within the bound."
        case .fail:
            let failed = entries.filter { $0.verdict == .fail }
            let worst = failed.min { ($0.adjustedPValue ?? 1) < ($1.adjustedPValue ?? 1) }
            return worst.map {
                "\(measured($0)), beyond the bound of \(Plain.text(rule.bound)); "
                    + "\(Plain.pValue($0.adjustedPValue ?? 1)) after Holm's correction."
            } ?? ""
        case .insufficient:
            let open = entries.first { $0.verdict == .insufficient }
            return open.map {
                $0.count < rule.minimum
                    ? "Too few values for \(GroupTable.label($0.group)): \($0.count), where \(rule.minimum) are needed."
                    : "\(measured($0)), which leaves both sides of the bound possible."
            } ?? ""
        }
    }
}

extension ServiceJudgement.Entry {
    fileprivate init(_ group: ServiceQuality.Group, _ base: ServiceQuality.Group?, _ rule: ServiceRule) {
        self.group = group.group
        count = min(group.mean?.count ?? 0, base?.mean?.count ?? 0)
        if let yes = group.proportion, let other = base?.proportion {
            guard let comparison = ProportionComparison(yes, to: other) else { return }
            estimate = comparison.estimate(rule.scale)
            interval = comparison.interval(rule.scale, confidence: rule.confidence)
            pValue = min(
                comparison.pValue(below: rule.allowed.lowerBound, rule.scale),
                comparison.pValue(above: rule.allowed.upperBound, rule.scale))
        } else {
            guard let mean = group.mean, let other = base?.mean, let comparison = MeanComparison(mean, to: other) else {
                return
            }
            estimate = comparison.estimate(rule.scale)
            interval = comparison.interval(rule.scale, confidence: rule.confidence)
            pValue = comparison.pValue(outside: rule.allowed, rule.scale)
        }
        if count < rule.minimum { pValue = nil }
    }

    fileprivate mutating func settle(_ rule: ServiceRule, _ adjusted: Double) {
        adjustedPValue = adjusted
        guard let interval else { return }
        if adjusted <= 1 - rule.confidence {
            verdict = .fail
        } else if rule.allowed.contains(interval.lower), rule.allowed.contains(interval.upper) {
            verdict = .pass
        }
    }
}
