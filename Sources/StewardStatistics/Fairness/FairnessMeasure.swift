/// What a fairness rule can be about. Raw values are the names in policies and JSON.
package enum FairnessMeasure: String, Sendable, CaseIterable {
    /// A group's selection rate over that of the group selected most often: the four-fifths rule's measure.
    case impactRatio = "impact_ratio"
    /// The same of scoring rates.
    case scoringImpactRatio = "scoring_impact_ratio"
    case demographicParityRatio = "demographic_parity_ratio"
    case demographicParityDifference = "demographic_parity_difference"
    case equalOpportunityRatio = "equal_opportunity_ratio"
    case equalOpportunityDifference = "equal_opportunity_difference"
    /// True and false positive rate together.
    case equalizedOddsRatio = "equalized_odds_ratio"
    case equalizedOddsDifference = "equalized_odds_difference"
    case falsePositiveRateRatio = "false_positive_rate_ratio"
    case falsePositiveRateDifference = "false_positive_rate_difference"
    case falseNegativeRateRatio = "false_negative_rate_ratio"
    case falseNegativeRateDifference = "false_negative_rate_difference"
    case predictiveParityRatio = "predictive_parity_ratio"
    case predictiveParityDifference = "predictive_parity_difference"
    case accuracyRatio = "accuracy_ratio"
    case accuracyDifference = "accuracy_difference"

    /// The rates that must be alike.
    package var rates: [GroupRate] {
        switch self {
        case .impactRatio, .demographicParityRatio, .demographicParityDifference: [.selection]
        case .scoringImpactRatio: [.scoring]
        case .equalOpportunityRatio, .equalOpportunityDifference: [.truePositive]
        case .equalizedOddsRatio, .equalizedOddsDifference: [.truePositive, .falsePositive]
        case .falsePositiveRateRatio, .falsePositiveRateDifference: [.falsePositive]
        case .falseNegativeRateRatio, .falseNegativeRateDifference: [.falseNegative]
        case .predictiveParityRatio, .predictiveParityDifference: [.positivePredictiveValue]
        case .accuracyRatio, .accuracyDifference: [.accuracy]
        }
    }

    package var scale: ProportionComparison.Scale { rawValue.hasSuffix("_difference") ? .difference : .ratio }

    /// Whether groups are compared with the one whose rate is highest, which the data pick; otherwise it is the
    /// reference group, which they do not.
    package var comparesWithHighest: Bool { self == .impactRatio || self == .scoringImpactRatio }
}
