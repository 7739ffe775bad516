/// Everything an audit says of one attribute, or of one combination of attributes, computed from counts alone.
package struct FairnessAudit: Sendable, Equatable {
    package struct Settings: Sendable, Equatable {
        package var confidence = 0.95
        /// The group that others are compared with; the largest unless named.
        package var reference: [String]?
        package var rules: [FairnessRule]

        package init(confidence: Double = 0.95, reference: [String]? = nil, rules: [FairnessRule] = []) {
            self.confidence = confidence
            self.reference = reference
            self.rules = rules
        }
    }

    package struct Group: Sendable, Equatable {
        package var group: [String]
        package var counts: GroupCounts
        /// Of all decisions whose group is known.
        package var share: Double
        /// The selection rate drawn towards that of all groups; `nil` with fewer than three.
        package var shrunkenSelection: (rate: Double, interval: ConfidenceInterval?)?

        package static func == (a: Self, b: Self) -> Bool { a.group == b.group && a.counts == b.counts }
    }

    /// One rate over all groups: every group beside the reference, p-values corrected over all of them.
    package struct Family: Sendable, Equatable {
        package struct Pair: Sendable, Equatable {
            package var group: [String]
            /// `nil` where either group has no trials: no rate, no difference, no test.
            package var comparison: ProportionComparison?
            package var fisher: FisherExact?
            package var holm: Double?
            package var benjaminiHochberg: Double?
        }

        package var rate: GroupRate
        package var pairs: [Pair]
        package var omnibus: OmnibusTest?
        package var gap: RateGap
    }

    package let attributes: [String]
    package let confidence: Double
    /// The group that the pairs compare with; `nil` where there is no group, or none of the name asked for.
    package let reference: [String]?
    package let groups: [Group]
    /// All groups added up, without ``unknown``.
    package let total: GroupCounts
    package let unknown: GroupCounts
    package let overflow: GroupCounts
    /// Only the rates of which some group has trials.
    package let families: [Family]
    package let judgements: [FairnessJudgement]

    package init(_ table: GroupTable, _ settings: Settings) {
        let sorted = table.sorted
        var total = GroupCounts()
        for (_, counts) in sorted { total += counts }
        self.total = total
        attributes = table.attributes
        confidence = settings.confidence
        unknown = table.unknown
        overflow = table.overflow
        let asked = settings.reference ?? sorted.largest?.group
        let reference = sorted.first { $0.group == asked }
        self.reference = reference?.group
        let selection = sorted.map { GroupRate.selection.proportion(of: $0.counts) }
        let shrinkage = BetaBinomialShrinkage(selection)
        groups = zip(sorted, selection).map { element, proportion in
            Group(
                group: element.group, counts: element.counts,
                share: Double(element.counts.decisions) / Double(max(1, total.decisions)),
                shrunkenSelection: shrinkage.map {
                    ($0.rate(proportion), $0.interval(proportion, confidence: settings.confidence))
                })
        }
        families = GroupRate.allCases.compactMap { rate in
            rate.proportion(of: total).trials == 0
                ? nil : Family(rate, sorted, overall: rate.proportion(of: total), reference: reference)
        }
        judgements = settings.rules.map { FairnessJudgement.of(table, by: $0, reference: settings.reference) }
    }

    /// The worst of the rules' verdicts; no rule is no pass.
    package var verdict: FairnessVerdict {
        let verdicts = judgements.map(\.verdict)
        if verdicts.contains(.fail) { return .fail }
        return verdicts.isEmpty || verdicts.contains(.insufficient) ? .insufficient : .pass
    }
}

extension FairnessAudit.Family {
    fileprivate init(
        _ rate: GroupRate, _ groups: [(group: [String], counts: GroupCounts)], overall: Proportion,
        reference: (group: [String], counts: GroupCounts)?
    ) {
        let proportions = groups.map { rate.proportion(of: $0.counts) }
        self.rate = rate
        omnibus = OmnibusTest(proportions)
        gap = RateGap(proportions.map(\.rate), overall: overall.rate)
        guard let reference else {
            pairs = []
            return
        }
        let base = rate.proportion(of: reference.counts)
        pairs = zip(groups, proportions).filter { $0.0.group != reference.group }.map { element, proportion in
            let comparison = ProportionComparison(proportion, to: base)
            return Pair(group: element.group, comparison: comparison, fisher: comparison?.fisher)
        }
        let tested = pairs.indices.filter { pairs[$0].fisher != nil }
        let raw = tested.compactMap { pairs[$0].fisher?.pValue }
        for (index, pValue) in zip(tested, Multiplicity.holm.adjusted(raw)) { pairs[index].holm = pValue }
        for (index, pValue) in zip(tested, Multiplicity.benjaminiHochberg.adjusted(raw)) {
            pairs[index].benjaminiHochberg = pValue
        }
    }
}
