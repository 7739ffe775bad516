import StewardAnalysis
import StewardStatistics

/// The comparison in words and as a table.
enum DriftText {
    static func report(_ report: FileDriftReport, _ page: Page) -> String {
        let columns: [Column] = [
            .left(""), .left("Column"), .left("Verdict"), .right("Reference"), .right("Current"), .left("Why"),
        ]
        let rows = report.columns.map { column -> [Cell] in
            let (mark, tone) = mark(column.judgement.verdict)
            return [
                Cell(mark, tone), Cell(column.name, .strong), Cell(words(column.judgement.verdict), tone),
                Cell(Humanize.count(Int64(column.referenceCount))), Cell(Humanize.count(Int64(column.currentCount))),
                Cell(reason(column, report.rule)),
            ]
        }
        var text = page.table(columns, rows)
        for column in report.columns {
            text += column.notes.map { page.note(Cell.printable("\(column.name): \($0)")) }.joined()
        }
        return text + "\n" + page.renderer.paint(summary(report), report.hasDrift ? .bad : .plain) + "\n"
    }

    /// One sentence; what comes first in it names what is counted.
    static func summary(_ report: FileDriftReport) -> String {
        let parts = [
            (report.count(.drift), "drifted"), (report.count(.noDrift), "did not drift"),
            (report.count(.insufficientEvidence), "cannot be judged"),
        ].filter { $0.0 > 0 }.enumerated().map { index, part in
            "\(index == 0 ? Humanize.count(Int64(part.0), "column") : "\(part.0)") \(part.1)"
        }
        return parts.joined(separator: ", ") + "."
    }

    static func words(_ verdict: DriftRule.Verdict) -> String {
        switch verdict {
        case .drift: "drift"
        case .noDrift: "no drift"
        case .insufficientEvidence: "insufficient evidence"
        }
    }

    private static func mark(_ verdict: DriftRule.Verdict) -> (String, Tone) {
        switch verdict {
        case .drift: ("✗", .bad)
        case .noDrift: ("✓", .good)
        case .insufficientEvidence: ("?", .warning)
        }
    }

    /// Why the verdict is what it is, with its numbers.
    static func reason(_ column: FileDriftReport.Column, _ rule: DriftRule) -> String {
        switch column.judgement.verdict {
        case .insufficientEvidence: insufficiency(column)
        case .noDrift: quiet(column, rule)
        case .drift: finding(column)
        }
    }

    /// Each difference once, with the tests that found it.
    private static func finding(_ column: FileDriftReport.Column) -> String {
        var found: [(size: String, tests: [String])] = []
        for (test, p) in zip(column.evidence.tests, column.judgement.adjustedPValues)
        where column.judgement.deciding.contains(test.method) {
            let (size, name) = (size(test, column), "\(name(test.method)) p \(probability(p))")
            if let index = found.firstIndex(where: { $0.size == size }) {
                found[index].tests.append(name)
            } else {
                found.append((size, [name]))
            }
        }
        let sizes = found.map { "\($0.size) (\($0.tests.joined(separator: ", ")))" }
        return ([headline(column)].compactMap { $0 } + sizes).joined(separator: "; ")
    }

    /// What moved, in the column's own numbers; `nil` where nothing but the missing values did.
    private static func headline(_ column: FileDriftReport.Column) -> String? {
        guard column.judgement.deciding != [.missing] else { return nil }
        switch column.statistics {
        case .numeric(let numeric):
            let (before, after) = (numeric.outline.referenceQuantiles, numeric.outline.currentQuantiles)
            return "median \(Humanize.number(before[3])) → \(Humanize.number(after[3])), "
                + "p95 \(Humanize.number(before[5])) → \(Humanize.number(after[5]))"
        case .categorical(let categorical):
            let moved = zip(categorical.names, categorical.cells.counts.shares).max {
                abs($0.1.current - $0.1.reference) < abs($1.1.current - $1.1.reference)
            }
            return moved.map { "'\($0)' \(share($1.reference)) → \(share($1.current))" }
        case nil: return nil
        }
    }

    /// `5%`, `0.9%`.
    static func share(_ value: Double) -> String { Humanize.number(value * 100) + "%" }

    private static func insufficiency(_ column: FileDriftReport.Column) -> String {
        let needs = [
            ("reference", column.judgement.missingReferenceRows), ("current", column.judgement.missingCurrentRows),
        ].filter { $0.1 > 0 }.map { "\(Humanize.count(Int64($0.1))) more in the \($0.0) file" }
        return needs.isEmpty
            ? column.notes.last ?? "there is nothing to compare"
            : "too few values: needs " + needs.joined(separator: " and ")
    }

    private static func quiet(_ column: FileDriftReport.Column, _ rule: DriftRule) -> String {
        let tests = zip(column.evidence.tests, column.judgement.adjustedPValues)
        guard let least = tests.min(by: { $0.1 < $1.1 }) else { return "all values are equal" }
        let p = "\(name(least.0.method)) p \(probability(least.1))"
        return least.1 > rule.alpha
            ? "nothing significant (\(p))" : "significant (\(p)), but smaller than declared: \(size(least.0, column))"
    }

    private static func name(_ method: DriftEvidence.Method) -> String {
        switch method {
        case .kolmogorovSmirnov: "Kolmogorov–Smirnov"
        case .andersonDarling: "Anderson–Darling"
        case .lowerTail, .upperTail: "Fisher"
        case .chiSquarePooled: "chi-square"
        case .missing: "Fisher"
        }
    }

    /// How large the difference is, in plain words.
    private static func size(_ test: DriftEvidence.Test, _ column: FileDriftReport.Column) -> String {
        switch (test.method, test.effect) {
        case (.missing, _):
            let missing = column.missing
            return "missing values \(share(missing?.referenceShare ?? 0)) → \(share(missing?.currentShare ?? 0))"
        case (_, .shareMoved(let moved)): return "\(share(moved)) of rows moved"
        case (let method, .tailRatio(let ratio)):
            let place = tailPlace(method, column)
            if ratio == 0 { return "no current value \(place) any more" }
            if ratio.isInfinite { return "values \(place) are new" }
            return ratio >= 1
                ? "values \(place) are \(Humanize.number(ratio)) times as frequent"
                : "values \(place) are \(Humanize.number(1 / ratio)) times rarer"
        }
    }

    private static func tailPlace(_ method: DriftEvidence.Method, _ column: FileDriftReport.Column) -> String {
        guard case .numeric(let numeric) = column.statistics else { return "in the tail" }
        let tail = method == .lowerTail ? numeric.lowerTail : numeric.upperTail
        return "\(method == .lowerTail ? "below" : "above") \(tail.map { Humanize.number($0.threshold) } ?? "the rest")"
    }

    /// `0.034`, `1e-12`, `<1e-300`.
    static func probability(_ p: Double) -> String {
        if p < 1e-300 { return "<1e-300" }
        if p >= 0.001 { return Humanize.decimal(p, places: 3) }
        var exponent = 0
        var mantissa = p
        while mantissa < 1 {
            mantissa *= 10
            exponent -= 1
        }
        return mantissa.rounded() == 10 ? "1e\(exponent + 1)" : "\(Int(mantissa.rounded()))e\(exponent)"
    }
}
