/// One decision about a member of a group.
package struct AuditedDecision: Sendable, Equatable {
    package var isSelected: Bool
    /// What turned out to be true; `nil` while nobody knows.
    package var isPositive: Bool?
    package var score: Double?
    /// Whether the score lies above the threshold of the audit, for the scoring rate; `nil` without a score.
    package var isAboveThreshold: Bool?

    package init(
        isSelected: Bool, isPositive: Bool? = nil, score: Double? = nil, isAboveThreshold: Bool? = nil
    ) {
        self.isSelected = isSelected
        self.isPositive = isPositive
        self.score = score
        self.isAboveThreshold = isAboveThreshold
    }
}

/// What is kept of a group's decisions: counts that merge by addition, in any order to the same bits.
///
/// Every rate, interval and test of an audit is computed from these; the decisions themselves are not needed again.
package struct GroupCounts: Sendable, Equatable {
    package var decisions: Int64 = 0
    package var selected: Int64 = 0

    /// The confusion matrix of the decisions whose truth is known.
    package var truePositives: Int64 = 0
    package var falsePositives: Int64 = 0
    package var falseNegatives: Int64 = 0
    package var trueNegatives: Int64 = 0

    package var scores = ScoreCounts()

    package init() {}

    package init(decisions: Int64, selected: Int64) {
        self.decisions = decisions
        self.selected = selected
    }

    /// How many decisions have a known truth.
    package var labelled: Int64 { truePositives + falsePositives + falseNegatives + trueNegatives }

    package mutating func add(_ decision: AuditedDecision) {
        decisions += 1
        if decision.isSelected { selected += 1 }
        switch (decision.isSelected, decision.isPositive) {
        case (true, true?): truePositives += 1
        case (true, false?): falsePositives += 1
        case (false, true?): falseNegatives += 1
        case (false, false?): trueNegatives += 1
        case (_, nil): break
        }
        if let score = decision.score {
            scores.add(score, isAboveThreshold: decision.isAboveThreshold, isPositive: decision.isPositive)
        }
    }

    package static func += (sum: inout GroupCounts, other: GroupCounts) {
        sum.decisions += other.decisions
        sum.selected += other.selected
        sum.truePositives += other.truePositives
        sum.falsePositives += other.falsePositives
        sum.falseNegatives += other.falseNegatives
        sum.trueNegatives += other.trueNegatives
        sum.scores += other.scores
    }
}
