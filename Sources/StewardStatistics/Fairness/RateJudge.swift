/// Lays out the comparisons of one rate: which group is the reference, which groups are large enough, and the raw
/// p-value of each. What they add up to is ``FairnessJudgement``'s to say.
struct RateJudge {
    let rule: FairnessRule
    let rate: GroupRate
    let reference: (group: [String], proportion: Proportion)?
    private let groups: [(group: [String], counts: GroupCounts)]
    /// Groups large enough to be judged, and to be compared with.
    private let candidates: [(group: [String], proportion: Proportion)]

    init(rule: FairnessRule, rate: GroupRate, groups: [(group: [String], counts: GroupCounts)], reference: [String]?) {
        self.rule = rule
        self.rate = rate
        self.groups = groups
        let proportions = groups.map { (group: $0.group, proportion: rate.proportion(of: $0.counts)) }
        let candidates = proportions.filter { $0.proportion.trials >= rule.minimumTrials }
        self.candidates = candidates
        let asked = reference ?? groups.largest?.group
        self.reference =
            rule.measure.comparesWithHighest
            // A handful of decisions would set the mark at 1 for all others.
            ? candidates.max { ($0.proportion.rate ?? 0) < ($1.proportion.rate ?? 0) }
            : proportions.first { $0.group == asked }
    }

    /// Where the data pick the reference, any pair might have been the one looked at.
    var familySize: Int {
        rule.measure.comparesWithHighest ? candidates.count * (candidates.count - 1) / 2 : max(0, candidates.count - 1)
    }

    /// One for every group but the reference; those that can be judged have a p-value and await their verdict.
    var entries: [FairnessJudgement.Entry] {
        groups.compactMap { group, counts in
            guard group != reference?.group else { return nil }
            let proportion = rate.proportion(of: counts)
            var entry = FairnessJudgement.Entry(
                group: group, rate: rate, proportion: proportion, verdict: .insufficient, reason: "")
            guard let reference, let comparison = ProportionComparison(proportion, to: reference.proportion) else {
                entry.reason = obstacle(group, proportion) ?? "There is no group to compare with."
                return entry
            }
            entry.estimate = comparison.estimate(rule.measure.scale)
            entry.interval = comparison.interval(for: rule)
            if let obstacle = obstacle(group, proportion) {
                entry.reason = obstacle
                return entry
            }
            (entry.evidence, entry.pValue) = evidence(group, proportion)
            return entry
        }
    }

    /// The strongest evidence that a group lies beyond the bound. Who is below the bound beside any group is so beside
    /// the highest, whichever that truly is; a large group often shows it better than the one with the highest count.
    private func evidence(_ group: [String], _ proportion: Proportion) -> (FairnessJudgement.Evidence?, Double) {
        let rivals = rule.measure.comparesWithHighest ? candidates : [reference].compactMap { $0 }
        var strongest: (group: [String], comparison: ProportionComparison)?
        var smallest = 1.0
        for rival in rivals where rival.group != group {
            guard let comparison = ProportionComparison(proportion, to: rival.proportion),
                let pValue = comparison.pValue(beyond: rule, below: smallest)
            else { continue }
            smallest = pValue
            strongest = (rival.group, comparison)
        }
        return (
            strongest.map {
                FairnessJudgement.Evidence(
                    reference: $0.group, estimate: $0.comparison.estimate(rule.measure.scale),
                    interval: $0.comparison.interval(for: rule))
            }, smallest
        )
    }

    /// Why a group cannot be judged.
    private func obstacle(_ group: [String], _ proportion: Proportion) -> String? {
        func shortage(_ group: [String], _ count: Int64) -> String? {
            guard count < rule.minimumTrials else { return nil }
            return "too few \(rate.trialWords) for \(GroupTable.label(group)): \(count), where \(rule.minimumTrials) "
                + "are needed."
        }
        if let shortage = shortage(group, proportion.trials) {
            return shortage.prefix(1).uppercased() + shortage.dropFirst()
        }
        guard let reference else { return nil }
        if let shortage = shortage(reference.group, reference.proportion.trials) {
            return "In the group compared with there are " + shortage
        }
        guard rule.measure.scale == .ratio else { return nil }
        let name = GroupTable.label(reference.group)
        let needed = "of the \(rate.words) \(rule.minimumSuccesses) are needed in the numerator for a ratio"
        if reference.proportion.successes < max(1, rule.minimumSuccesses) {
            return "\(name), the group compared with, has \(reference.proportion.successes); \(needed)."
        }
        let expected = Double(proportion.trials) * (reference.proportion.rate ?? 0)
        if max(Double(proportion.successes), expected) < Double(rule.minimumSuccesses) {
            return "\(GroupTable.label(group)) has \(proportion.successes), and \(Plain.text(expected)) would be "
                + "expected at the rate of \(name); \(needed)."
        }
        return nil
    }
}

extension [(group: [String], counts: GroupCounts)] {
    /// The group with the most decisions; the first of several.
    var largest: Element? {
        self.max { $0.counts.decisions < $1.counts.decisions }.flatMap { most in
            first { $0.counts.decisions == most.counts.decisions }
        }
    }
}
