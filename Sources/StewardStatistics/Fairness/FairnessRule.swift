/// What must hold of every group, and how much evidence an answer takes.
package struct FairnessRule: Sendable, Equatable {
    package var measure: FairnessMeasure
    /// For a ratio, above 0 and at most 1: a group's ratio may be neither below it nor above its inverse (of an impact
    /// ratio, not below it). For a difference, from 0 to below 1: how far apart rates may lie in either direction.
    package var bound: Double
    /// By how much an interval may reach beyond the bound and still count as within: the difference that the author of
    /// the rule declares to be of no importance. In units of the measure; a bound of "no difference at all" can only
    /// ever be passed with one.
    package var margin: Double
    /// The smallest denominator of a rate on which a group is judged.
    package var minimumTrials: Int64
    /// For ratios: the smallest numerator, either counted or to be expected at the rate of the group compared with.
    package var minimumSuccesses: Int64
    package var correction: Multiplicity
    package var confidence: Double
    /// Whether the audit is looked at again and again as decisions come in. Its intervals then hold at every moment
    /// together, and are wider for it.
    package var isContinuous: Bool

    package init(
        _ measure: FairnessMeasure, bound: Double, margin: Double = 0, minimumTrials: Int64 = 30,
        minimumSuccesses: Int64 = 5, correction: Multiplicity = .holm, confidence: Double = 0.95,
        isContinuous: Bool = false
    ) {
        self.measure = measure
        self.bound = bound
        self.margin = margin
        self.minimumTrials = minimumTrials
        self.minimumSuccesses = minimumSuccesses
        self.correction = correction
        self.confidence = confidence
        self.isContinuous = isContinuous
    }

    /// What makes the rule meaningless, and what to write instead.
    package var problem: String? {
        switch measure.scale {
        case .ratio where !(bound > 0 && bound <= 1): "the bound of a ratio must be above 0 and at most 1"
        case .difference where !(bound >= 0 && bound < 1): "the bound of a difference must be from 0 to below 1"
        default:
            if !(margin >= 0 && margin < 1) {
                "the margin must be from 0 to below 1"
            } else if !(confidence > 0 && confidence < 1) {
                "the confidence must lie between 0 and 1, such as 0.95"
            } else if minimumTrials < 1 || minimumSuccesses < 0 {
                "the minimum of trials must be at least 1, that of successes at least 0"
            } else {
                nil
            }
        }
    }

    /// What a group's measure must lie in.
    var allowed: ClosedRange<Double> {
        switch measure.scale {
        case .ratio: bound...(measure.comparesWithHighest ? .infinity : max(bound, 1 / bound))
        case .difference: -bound...bound
        }
    }
}

/// The answer of a rule. Fail and pass both take evidence; what is neither is `insufficient`.
package enum FairnessVerdict: String, Sendable { case pass, fail, insufficient }
