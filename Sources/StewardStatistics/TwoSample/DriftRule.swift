/// When a difference between two samples is a finding: it is significant, and it is as large as declared, and both
/// samples are large enough to say so.
///
/// - Assumption: rows are independent draws. Rows that depend on each other, such as the requests of one long
///   conversation, make any such rule report too much.
/// - Null: without a change, the chance that any column at all is reported is at most ``alpha``, because one correction
///   (Holm's) covers all tests of all columns.
/// - When not to use: again and again on data that grow: each look is another chance of a false alarm.
/// - Reference: ``Multiplicity/holm``; the levels are held to simulation in the calibration tests.
package struct DriftRule: Sendable, Equatable {
    /// The chance of any finding without a change, for all columns together; 0…1, both excluded.
    package var alpha = 0.05
    /// The least share of rows that must have moved; 0…1.
    package var leastShareMoved = 0.02
    /// The least ratio between the shares of the most extreme values, in either direction; from 1.
    package var leastTailRatio = 1.25
    /// The least number of rows on each side.
    package var leastRows = 30

    package init() {}

    package enum Verdict: String, Sendable, CaseIterable {
        case drift
        case noDrift = "no_drift"
        case insufficientEvidence = "insufficient_evidence"
    }

    package struct Judgement: Sendable, Equatable {
        package var verdict: Verdict
        /// The corrected p-value of each test, in the order of the evidence; empty where the column was not tested.
        package var adjustedPValues: [Double]
        /// The tests that made it a finding.
        package var deciding: [DriftEvidence.Method]
        /// How many rows more each side needs before there is a verdict.
        package var missingReferenceRows = 0
        package var missingCurrentRows = 0

        /// Of a column that cannot be tested, however many rows it has.
        package static let untestable = Judgement(verdict: .insufficientEvidence, adjustedPValues: [], deciding: [])
    }

    /// Judges all columns of one comparison, in their order. Columns with too few rows take no part in the correction.
    package func judge(_ columns: [DriftEvidence]) -> [Judgement] {
        let isTested = columns.map { missing($0) == (0, 0) }
        let pValues = zip(columns, isTested).flatMap { $1 ? $0.tests.map(\.pValue) : [] }
        var adjusted = Multiplicity.holm.adjusted(pValues)[...]
        return zip(columns, isTested).map { column, isTested in
            guard isTested else {
                let missing = missing(column)
                return Judgement(
                    verdict: .insufficientEvidence, adjustedPValues: [], deciding: [],
                    missingReferenceRows: missing.reference, missingCurrentRows: missing.current)
            }
            let own = Array(adjusted.prefix(column.tests.count))
            adjusted = adjusted.dropFirst(own.count)
            let deciding = zip(column.tests, own).filter { $1 <= alpha && isLarge($0.effect) }.map(\.0.method)
            return Judgement(verdict: deciding.isEmpty ? .noDrift : .drift, adjustedPValues: own, deciding: deciding)
        }
    }

    private func missing(_ column: DriftEvidence) -> (reference: Int, current: Int) {
        let needed = max(leastRows, column.rowsForCategories ?? 0)
        return (max(0, needed - column.referenceCount), max(0, needed - column.currentCount))
    }

    /// An effect that is not a number is not large.
    package func isLarge(_ effect: DriftEvidence.Effect) -> Bool {
        switch effect {
        case .shareMoved(let share): share >= leastShareMoved
        case .tailRatio(let ratio): ratio >= leastTailRatio || ratio <= 1 / leastTailRatio
        }
    }
}
