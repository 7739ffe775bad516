/// The rates of a group that an audit compares; raw values are their names in JSON and policies.
package enum GroupRate: String, Sendable, CaseIterable {
    case selection = "selection_rate"
    case truePositive = "true_positive_rate"
    case falsePositive = "false_positive_rate"
    case falseNegative = "false_negative_rate"
    case positivePredictiveValue = "positive_predictive_value"
    case accuracy = "accuracy"
    /// The share of scores above the threshold.
    case scoring = "scoring_rate"
    /// The share that is positive in truth: not the model's doing, but what the others are read against.
    case base = "base_rate"

    package func proportion(of counts: GroupCounts) -> Proportion {
        switch self {
        case .selection: Proportion(counts.selected, of: counts.decisions)
        case .truePositive:
            Proportion(counts.truePositives, of: counts.truePositives + counts.falseNegatives)
        case .falsePositive:
            Proportion(counts.falsePositives, of: counts.falsePositives + counts.trueNegatives)
        case .falseNegative:
            Proportion(counts.falseNegatives, of: counts.truePositives + counts.falseNegatives)
        case .positivePredictiveValue:
            Proportion(counts.truePositives, of: counts.truePositives + counts.falsePositives)
        case .accuracy: Proportion(counts.truePositives + counts.trueNegatives, of: counts.labelled)
        case .scoring: Proportion(counts.scores.above, of: counts.scores.compared)
        case .base: Proportion(counts.truePositives + counts.falseNegatives, of: counts.labelled)
        }
    }

    /// What the rate is, in a sentence after "the".
    package var words: String {
        switch self {
        case .selection: "selection rate"
        case .truePositive: "true positive rate"
        case .falsePositive: "false positive rate"
        case .falseNegative: "false negative rate"
        case .positivePredictiveValue: "positive predictive value"
        case .accuracy: "accuracy"
        case .scoring: "scoring rate"
        case .base: "base rate"
        }
    }

    /// What its denominator counts.
    package var trialWords: String {
        switch self {
        case .selection: "decisions"
        case .truePositive, .falseNegative: "decisions that were positive in truth"
        case .falsePositive: "decisions that were negative in truth"
        case .positivePredictiveValue: "selected whose truth is known"
        case .accuracy, .base: "decisions whose truth is known"
        case .scoring: "scores"
        }
    }
}
