import StewardStatistics

/// The comparison of two files, column by column.
package struct FileDriftReport: Sendable {
    package enum Kind: String, Sendable { case numeric, categorical }

    package struct Column: Sendable {
        package let name: String
        package let kind: Kind
        /// How many values were compared.
        package let referenceCount: Int
        package let currentCount: Int
        package let statistics: FileDriftStatistics?
        package let missing: FileDriftMissing?
        package let evidence: DriftEvidence
        package let judgement: DriftRule.Judgement
        /// What a reader must know beside the verdict: cells left out, columns of one file, ids.
        package let notes: [String]
    }

    package let rule: DriftRule
    package let columns: [Column]

    package var hasDrift: Bool { columns.contains { $0.judgement.verdict == .drift } }

    package func count(_ verdict: DriftRule.Verdict) -> Int {
        columns.reduce(0) { $0 + ($1.judgement.verdict == verdict ? 1 : 0) }
    }

    /// - Parameters:
    ///   - columns: by name, in the order to report; `nil` where a file lacks the column.
    ///   - categorical: columns whose numbers are names, such as status codes.
    package init(
        _ columns: [(name: String, reference: FileDriftColumn?, current: FileDriftColumn?)],
        rule: DriftRule = DriftRule(), categorical: Set<String> = []
    ) {
        Self.keepFreedMemory()
        let drafts = Parallel.map(columns.count) { index in
            let (name, reference, current) = columns[index]
            return FileDriftDraft(name: name, reference, current, isCategorical: categorical.contains(name))
        }
        let judged = drafts.indices.filter { drafts[$0].isComparable }
        var judgements = rule.judge(judged.map { drafts[$0].evidence })[...]
        self.rule = rule
        self.columns = drafts.map { draft in
            let judgement: DriftRule.Judgement = draft.isComparable ? judgements.removeFirst() : .untestable
            return Column(
                name: draft.name, kind: draft.kind, referenceCount: draft.evidence.referenceCount,
                currentCount: draft.evidence.currentCount, statistics: draft.statistics, missing: draft.missing,
                evidence: draft.evidence, judgement: judgement, notes: draft.notes)
        }
    }

    /// glibc gives large blocks back to the system when they are freed, and each column would fault the pages of its
    /// megabytes in anew, which takes a third of the time. It stops once it has seen a larger block freed (mallopt(3),
    /// M_MMAP_THRESHOLD); this one is never written to, so it costs no memory. Elsewhere it does nothing.
    private static func keepFreedMemory() {
        let block = UnsafeMutableRawPointer.allocate(byteCount: 24 << 20, alignment: 16)
        block.deallocate()
    }
}

/// A column before the verdict, which needs all columns.
private struct FileDriftDraft {
    let name: String
    let kind: FileDriftReport.Kind
    private(set) var statistics: FileDriftStatistics?
    let missing: FileDriftMissing?
    private(set) var evidence: DriftEvidence
    private(set) var notes: [String] = []

    /// At most this share of the cells of a column of numbers may be no numbers.
    private static let mostTexts = 0.1
    /// More distinct values than this share of the rows are ids or free text, not categories.
    private static let mostDistinct = 0.5

    /// Without statistics and without missing values there is nothing to judge.
    var isComparable: Bool { statistics != nil || !evidence.tests.isEmpty }

    init(name: String, _ reference: FileDriftColumn?, _ current: FileDriftColumn?, isCategorical: Bool) {
        self.name = name
        let given = [reference, current].compactMap { $0 }
        let isNumeric =
            !isCategorical && given.contains { $0.numberCount > 0 }
            && given.allSatisfy { Double($0.textCount) <= Self.mostTexts * Double($0.filledCount) }
        kind = isNumeric ? .numeric : .categorical
        func count(_ column: FileDriftColumn?) -> Int {
            column.map { isNumeric ? $0.numberCount : $0.filledCount } ?? 0
        }
        evidence = DriftEvidence(referenceCount: count(reference), currentCount: count(current), tests: [])
        guard let reference, let current else {
            missing = nil
            notes = ["only in the \(reference == nil ? "current" : "reference") file: there is nothing to compare"]
            return
        }
        missing = FileDriftMissing(reference, current)
        compare(reference, current)
        if let missing {
            evidence.tests.append(
                .init(
                    method: .missing, pValue: missing.pValue,
                    effect: .shareMoved(abs(missing.currentShare - missing.referenceShare))))
        }
    }

    private mutating func compare(_ reference: FileDriftColumn, _ current: FileDriftColumn) {
        for (side, column) in [("reference", reference), ("current", current)] where column.filledCount == 0 {
            notes.append("the \(side) file has no values in this column")
        }
        guard reference.filledCount > 0, current.filledCount > 0 else { return }
        switch kind {
        case .numeric:
            statistics = FileDriftGrid.pooled(reference, current).map { .numeric(.init($0)) }
            for (side, column) in [("reference", reference), ("current", current)] {
                note(column.nonFiniteCount, "NaN or infinite", side)
                note(column.textCount, "no number", side)
            }
            if statistics == nil { notes.append("a file has no finite numbers in this column") }
            if reference.grid != nil || current.grid != nil {
                notes.append(
                    "more than \(FileDriftColumn.mostNumbers) values: compared in bins, in constant memory")
            }
        case .categorical:
            guard let first = reference.categories, let second = current.categories else {
                notes.append("too many or too long values: ids or free text, which cannot be compared as categories")
                return
            }
            let distinct = Set(first.keys).union(second.keys).count
            let rows = reference.filledCount + current.filledCount
            if distinct > 50, Double(distinct) > Self.mostDistinct * Double(rows) {
                notes.append(
                    "\(distinct) distinct values in \(rows) rows: ids or free text, "
                        + "which cannot be compared as categories"
                )
                return
            }
            statistics = FileDriftStatistics.Categorical(reference: first, current: second).map { .categorical($0) }
            if distinct == 1 { notes.append("a single category in both files") }
        }
        if let statistics { evidence = statistics.evidence }
        if case .numeric(let numeric) = statistics, numeric.outline.distinctCount == 1 {
            notes.append("a single value in both files")
        }
    }

    private mutating func note(_ count: Int, _ what: String, _ side: String) {
        if count > 0 {
            notes.append("\(count) \(count == 1 ? "cell is" : "cells are") \(what) in the \(side) file, left out")
        }
    }
}
