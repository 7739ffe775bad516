/// The bias audit of New York City's Local Law 144 for one set of categories: sex, race/ethnicity, or their
/// combinations.
///
/// - When not to use: as a verdict. The law prescribes the ratio and its publication, and names no threshold; the
///   four-fifths rule is a practice of another authority.
/// - Reference: 6 RCNY § 5-300 (definitions) and § 5-301 (bias audit).
package struct LocalLaw144: Sendable, Equatable {
    package enum Basis: String, Sendable, CaseIterable {
        /// For tools that move candidates forward or classify them.
        case selectionRate = "selection_rate"
        /// For tools that score: the share above the median of the whole sample.
        case scoringRate = "scoring_rate"
    }

    package struct Category: Sendable, Equatable {
        package var category: [String]
        package var applicants: Int64
        /// Of the applicants whose category is known.
        package var share: Double
        package var rate: Proportion
        /// Rate over the highest rate of a category that takes part; `nil` where it is left out or there is none.
        package var impactRatio: Double?
        /// The ratio's interval. The highest category was picked by the same data, so it says nothing of chance alone.
        package var interval: ConfidenceInterval?
        /// Whether the category was left out of the ratios for holding a smaller share than the option allows.
        package var isExcluded: Bool
    }

    /// What the categories are of; more than one for intersections.
    package let attributes: [String]
    package let basis: Basis
    package let categories: [Category]
    /// The category that the ratios refer to.
    package let highest: [String]?
    /// Applicants of no known category, whom the published summary must count.
    package let unknown: Int64
    /// Categories below this share are left out of the ratios; `nil` leaves none out. The summary must then say so and
    /// why, and still shows their counts and rates (§ 5-301(d)).
    package let excludedBelowShare: Double?

    /// The share below which the law lets an auditor leave a category out.
    package static let smallShare = 0.02

    package init(
        _ table: GroupTable, basis: Basis, excludedBelowShare: Double? = nil, confidence: Double = 0.95
    ) {
        attributes = table.attributes
        self.basis = basis
        self.excludedBelowShare = excludedBelowShare
        unknown = table.unknown.decisions
        let rate: GroupRate = basis == .selectionRate ? .selection : .scoring
        let groups = table.sorted
        let applicants = groups.reduce(0) { $0 + $1.counts.decisions }
        var categories = groups.map { group, counts in
            let share = Double(counts.decisions) / Double(max(1, applicants))
            return Category(
                category: group, applicants: counts.decisions, share: share, rate: rate.proportion(of: counts),
                isExcluded: excludedBelowShare.map { share < $0 } ?? false)
        }
        let highest = categories.filter { !$0.isExcluded && $0.rate.rate != nil }
            .max { ($0.rate.rate ?? 0) < ($1.rate.rate ?? 0) }
        self.highest = highest?.category
        for index in categories.indices where !categories[index].isExcluded {
            guard let highest, let comparison = ProportionComparison(categories[index].rate, to: highest.rate) else {
                continue
            }
            categories[index].impactRatio = comparison.ratio
            if categories[index].category != highest.category {
                categories[index].interval = comparison.ratioInterval(confidence: confidence)
            }
        }
        self.categories = categories
    }
}
