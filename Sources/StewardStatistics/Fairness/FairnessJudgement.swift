/// What a rule says of a table of groups, with the numbers it rests on.
///
/// - Fail: of some group the interval, at the confidence that the correction leaves it, lies wholly beyond the bound.
/// - Pass: of every group the interval lies wholly within the bound and its margin. All must hold at once, so this
///   needs no correction.
/// - Insufficient: everything else, above all groups too small to be judged. No data is never a pass.
package struct FairnessJudgement: Sendable, Equatable {
    /// The comparison that speaks most strongly for a disparity.
    package struct Evidence: Sendable, Equatable {
        package var reference: [String]
        package var estimate: Double?
        package var interval: ConfidenceInterval?
    }

    /// A group beside the one it is compared with, in one rate.
    package struct Entry: Sendable, Equatable {
        package var group: [String]
        package var rate: GroupRate
        package var proportion: Proportion
        /// The ratio or difference; `nil` where it is undefined.
        package var estimate: Double?
        /// Its interval at the rule's confidence, before any correction.
        package var interval: ConfidenceInterval?
        /// What ``pValue`` is of: for an impact ratio any large enough group, otherwise the reference. `nil` where
        /// nothing lies beyond the bound.
        package var evidence: Evidence?
        /// Two-sided, of lying beyond the bound; `nil` where the group is not judged.
        package var pValue: Double?
        package var adjustedPValue: Double?
        package var verdict: FairnessVerdict
        package var reason: String
    }

    package let rule: FairnessRule
    package let verdict: FairnessVerdict
    /// The answer in a sentence.
    package let sentence: String
    /// The group compared with, for each rate of the measure.
    package let references: [GroupRate: [String]]
    /// How many comparisons the correction allows for.
    package let familySize: Int
    package let entries: [Entry]

    /// - Parameter reference: the group that measures without a highest rate compare with; unless given, the largest.
    package static func of(_ table: GroupTable, by rule: FairnessRule, reference: [String]?) -> FairnessJudgement {
        if let problem = rule.problem { return insufficient(rule, "The rule means nothing: \(problem).") }
        guard table.groups.count > 1 else { return insufficient(rule, "There are not two groups to compare.") }
        let judges = rule.measure.rates.map {
            RateJudge(rule: rule, rate: $0, groups: table.sorted, reference: reference)
        }
        let references = Dictionary(
            uniqueKeysWithValues: judges.compactMap { judge in judge.reference.map { (judge.rate, $0.group) } })
        var entries = judges.flatMap(\.entries)
        let familySize = judges.reduce(0) { $0 + $1.familySize }
        let judged = entries.indices.filter { entries[$0].pValue != nil }
        let adjusted = rule.correction.adjusted(judged.compactMap { entries[$0].pValue }, familySize: familySize)
        for (index, pValue) in zip(judged, adjusted) {
            entries[index].settle(rule, adjustedPValue: pValue, against: references[entries[index].rate] ?? [])
        }
        let (verdict, sentence) = conclusion(entries, table)
        return FairnessJudgement(
            rule: rule, verdict: verdict, sentence: sentence, references: references, familySize: familySize,
            entries: entries)
    }

    private static func conclusion(_ entries: [Entry], _ table: GroupTable) -> (FairnessVerdict, String) {
        let failed = entries.filter { $0.verdict == .fail }
        if let worst = failed.min(by: { ($0.adjustedPValue ?? 1) < ($1.adjustedPValue ?? 1) }) {
            let others = failed.count > 1 ? " The same is true of \(failed.count - 1) more." : ""
            return (.fail, worst.reason + others)
        }
        if table.overflow.decisions > 0 {
            let groups = "groups beyond the limit of \(table.maximumGroups)"
            return (.insufficient, "\(table.overflow.decisions) decisions belong to \(groups), and were not audited.")
        }
        let open = entries.filter { $0.verdict == .insufficient }
        if let nearest = open.min(by: { ($0.pValue ?? 2) < ($1.pValue ?? 2) }) {
            let others = open.count > 1 ? " Of \(entries.count) comparisons \(open.count) are open." : ""
            return (.insufficient, nearest.reason + others)
        }
        let counted = entries.count == 1 ? "In the one comparison" : "In all \(entries.count) comparisons"
        return (.pass, "\(counted) the whole interval lies within the bound.")
    }

    private static func insufficient(_ rule: FairnessRule, _ sentence: String) -> FairnessJudgement {
        FairnessJudgement(
            rule: rule, verdict: .insufficient, sentence: sentence, references: [:], familySize: 0, entries: [])
    }
}

extension FairnessJudgement.Entry {
    /// Turns the corrected p-value and the interval into the group's verdict.
    fileprivate mutating func settle(_ rule: FairnessRule, adjustedPValue: Double, against reference: [String]) {
        self.adjustedPValue = adjustedPValue
        guard let interval, let estimate else { return }
        let allowed = rule.allowed
        if let evidence, let strongest = evidence.estimate, adjustedPValue <= 1 - rule.confidence {
            verdict = .fail
            let bound = strongest < allowed.lowerBound ? allowed.lowerBound : allowed.upperBound
            reason =
                measured(strongest, evidence.interval ?? interval, against: evidence.reference, rule)
                + ", beyond the bound of \(Plain.text(bound)); "
                + "\(Plain.pValue(adjustedPValue)) after \(rule.correction.words)."
        } else if allowed.lowerBound - rule.margin <= interval.lower,
            interval.upper <= allowed.upperBound + rule.margin
        {
            verdict = .pass
            reason = measured(estimate, interval, against: reference, rule) + ", within the bound."
        } else {
            verdict = .insufficient
            reason =
                measured(estimate, interval, against: reference, rule)
                + ", which leaves both sides of the bound possible."
        }
    }

    private func measured(
        _ estimate: Double, _ interval: ConfidenceInterval, against reference: [String], _ rule: FairnessRule
    ) -> String {
        let other = GroupTable.label(reference)
        let relation =
            rule.measure.scale == .ratio
            ? "\(Plain.text(estimate)) times that of \(other)" : "\(Plain.text(estimate)) against \(other)"
        return "\(GroupTable.label(group)): \(rate.words) \(relation) (\(Plain.percent(rule.confidence)) interval "
            + "\(Plain.text(interval.lower)) to \(Plain.text(interval.upper)))"
    }
}
