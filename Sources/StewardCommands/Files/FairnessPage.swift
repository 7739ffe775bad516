import StewardModel
import StewardStatistics

/// An audit as one HTML file to read, print and file: no scripts, nothing from elsewhere. Depends on its input alone.
struct FairnessPage {
    /// What was audited.
    var title: String
    /// What the reader has to know of it, by name.
    var facts: [(name: String, value: String)]
    var verdict: FairnessVerdict
    var audits: [FairnessAudit]
    var localLaw144: [LocalLaw144] = []
    var excludedBelowShare: Double?
    var rules: [FairnessRule]
    var confidence: Double
    var source = Source.file
    /// Light and as wide as paper, whatever the reader's screen likes.
    var isForPaper = false
    /// What failed besides the rules about decisions, in a sentence each.
    var otherFailures: [String] = []
    /// HTML behind the attributes and before the method, and behind all.
    var sections: [String] = []
    var closing = ""

    /// Where the decisions were told.
    enum Source { case file, counts }

    /// Tables and charts show this many groups; the JSON has all.
    static let maximumGroups = 60

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en"\(isForPaper ? " class=\"paper\"" : "")>
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Bias audit of \(HTMLText.escape(title))</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <header>
        <p class="kind">Bias audit</p>
        <h1>\(HTMLText.escape(title))</h1>
        \(summary)
        </header>
        \(audits.map(section).joined(separator: "\n"))
        \(sections.joined(separator: "\n"))
        \(localLaw144Section)
        \(method)
        \(closing)
        </body>
        </html>

        """
    }

    // MARK: - The answer first

    private var summary: String {
        let facts = facts.map { fact in
            "<dt>\(HTMLText.escape(fact.name))</dt><dd>\(HTMLText.escape(fact.value))</dd>"
        }
        return """
            <div class="verdict \(verdict.rawValue)">
            <p class="word">\(Self.word(verdict))</p>
            <p>\(plainWords)</p>
            \(failures)
            </div>
            <dl>
            \(facts.joined(separator: "\n"))
            </dl>
            """
    }

    private var plainWords: String {
        switch verdict {
        case .pass:
            "Every rule of this audit holds for every group, and the data are enough to say so."
        case .fail:
            "At least one group is treated differently beyond what the rules allow, and by more than chance explains."
        case .insufficient:
            "Nothing was shown to break the rules, but for some groups the data are too few, or too close to the "
                + "bound, to say that the rules hold. This is not a pass."
        }
    }

    /// What failed, in a sentence each, so that nobody has to look for it.
    private var failures: String {
        let sentences =
            audits.flatMap { audit in
                audit.judgements.filter { $0.verdict == .fail }.map {
                    "\(FairnessReport.name(audit.attributes)), \(Self.words($0.rule.measure)): \($0.sentence)"
                }
            } + otherFailures
        guard !sentences.isEmpty else { return "" }
        return "<ul>\n" + sentences.map { "<li>\(HTMLText.escape($0))</li>" }.joined(separator: "\n") + "\n</ul>"
    }

    static func words(_ measure: FairnessMeasure) -> String {
        measure.rawValue.split(separator: "_").joined(separator: " ")
    }

    static func word(_ verdict: FairnessVerdict) -> String {
        switch verdict {
        case .pass: "Pass"
        case .fail: "Fail"
        case .insufficient: "Insufficient evidence"
        }
    }

    // MARK: - One attribute

    private func section(_ audit: FairnessAudit) -> String {
        let shown = Array(audit.groups.prefix(Self.maximumGroups))
        let ratio = audit.judgements.first { $0.rule.measure.scale == .ratio }
        // A false negative rate is what a true positive rate leaves.
        let errorRates: [GroupRate] = [.base, .truePositive, .falsePositive, .positivePredictiveValue, .accuracy]
        var notes: [String] = []
        if audit.unknown.decisions > 0 {
            notes.append("\(Humanize.count(audit.unknown.decisions, "decision")) of unknown group are in no row.")
        }
        if audit.overflow.decisions > 0 {
            notes.append("\(Humanize.count(audit.overflow.decisions, "decision")) of further groups were not audited.")
        }
        if shown.count < audit.groups.count {
            notes.append("The first \(shown.count) of \(audit.groups.count) groups are shown.")
        }
        if let omnibus = audit.families.first(where: { $0.rate == .selection })?.omnibus {
            notes.append(
                "Is there any difference in selection rate at all? Chi-square \(Humanize.number(omnibus.statistic)) "
                    + "on \(omnibus.degreesOfFreedom) df, \(FairnessReport.pValue(omnibus.pValue)), "
                    + "Cramér’s V \(Humanize.decimal(omnibus.cramersV, places: 3))"
                    + (omnibus.isApproximate ? "; some expected counts are below 5, so this p is rough." : "."))
        }
        return """
            <section>
            <h2>By \(HTMLText.escape(FairnessReport.name(audit.attributes)))</h2>
            \(audit.judgements.map(rule).joined(separator: "\n"))
            <h3>Who is selected</h3>
            \(IntervalChart.rates(shown, .selection, confidence: audit.confidence, reference: audit.reference))
            \(ratio.map { IntervalChart.judgement($0) } ?? "")
            \(groupTable(shown, audit))
            \(notes.map { "<p class=\"note\">\(HTMLText.escape($0))</p>" }.joined(separator: "\n"))
            \(audit.total.labelled == 0 ? "" : errorTable(shown, audit, errorRates))
            </section>
            """
    }

    private func rule(_ judgement: FairnessJudgement) -> String {
        let sign = judgement.rule.measure.scale == .ratio ? "at least" : "at most"
        return Self.rule(
            judgement.verdict, title: Self.words(judgement.rule.measure),
            bound: "\(sign) \(Humanize.number(judgement.rule.bound))"
                + (judgement.rule.isContinuous ? ", watched continuously" : ""), sentence: judgement.sentence)
    }

    static func rule(_ verdict: FairnessVerdict, title: String, bound: String, sentence: String) -> String {
        """
        <div class="rule \(verdict.rawValue)">
        <p><span class="tag">\(word(verdict))</span> <strong>\(HTMLText.escape(title))</strong> \(bound)</p>
        <p>\(HTMLText.escape(sentence))</p>
        </div>
        """
    }

    private func groupTable(_ groups: [FairnessAudit.Group], _ audit: FairnessAudit) -> String {
        let family = audit.families.first { $0.rate == .selection }
        let hasShrunken = groups.contains { $0.shrunkenSelection != nil }
        let rows = groups.map { group -> [String] in
            let proportion = GroupRate.selection.proportion(of: group.counts)
            let pair = family?.pairs.first { $0.group == group.group }
            let isReference = group.group == audit.reference
            return [
                GroupTable.label(group.group), Humanize.count(group.counts.decisions), Humanize.share(group.share),
                Self.decimal(proportion.rate) + "\n"
                    + FairnessReport.range(proportion.wilson(confidence: audit.confidence)),
                isReference ? "reference" : Self.decimal(pair?.comparison?.difference),
                isReference ? "" : Self.decimal(pair?.comparison?.ratio),
                isReference ? "" : pair?.holm.map { $0 < 0.001 ? "<0.001" : Self.decimal($0) } ?? Humanize.absent,
            ] + (hasShrunken ? [Self.decimal(group.shrunkenSelection?.rate)] : [])
        }
        return Self.table(
            caption: "Selection by group, intervals below the rates. Difference and ratio are to the reference group; "
                + "p is Fisher’s, two-sided, after Holm’s correction."
                + (hasShrunken ? " The last column draws small groups towards the rate of all." : ""),
            ["Group", "Decisions", "Share", "Rate", "Difference", "Ratio", "p"] + (hasShrunken ? ["Shrunken"] : []),
            rows)
    }

    private func errorTable(_ groups: [FairnessAudit.Group], _ audit: FairnessAudit, _ rates: [GroupRate]) -> String {
        let rows = groups.map { group in
            [GroupTable.label(group.group), Humanize.count(group.counts.labelled)]
                + rates.map { rate in
                    let proportion = rate.proportion(of: group.counts)
                    guard let value = proportion.rate else { return Humanize.absent }
                    let interval = FairnessReport.range(proportion.wilson(confidence: audit.confidence), places: 2)
                    return "\(Humanize.decimal(value, places: 3))\n\(interval)"
                }
                + [group.counts.scores.calibration.map { Self.decimal($0.bias) } ?? Humanize.absent]
        }
        return "<h3>How often decisions are right</h3>\n"
            + Self.table(
                caption: "Rates among decisions whose truth is known, intervals below. Calibration is the mean score "
                    + "less the share that came true: above 0 where scores promise too much.",
                ["Group", "Known"] + rates.map { Self.sentenceCase($0.words) } + ["Calibration"], rows)
    }

    // MARK: - Pieces

    /// Tables of so few rows are printed on one page.
    private static let shortTableRows = 8

    static func decimal(_ value: Double?) -> String {
        value.map { Humanize.decimal($0, places: 3) } ?? Humanize.absent
    }

    static func sentenceCase(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    /// The first column names the row; all others are numbers. What follows a line break in a cell is set smaller.
    static func table(caption: String, _ titles: [String], _ rows: [[String]]) -> String {
        let head = titles.map { "<th scope=\"col\">\(HTMLText.escape($0))</th>" }.joined()
        let body = rows.map { row in
            let cells = row.dropFirst().map { cell in
                let lines = cell.split(separator: "\n").map { HTMLText.escape(String($0)) }
                return "<td>\(lines.joined(separator: "<br><small>"))\(lines.count > 1 ? "</small>" : "")</td>"
            }.joined()
            return "<tr><th scope=\"row\">\(HTMLText.escape(row.first ?? ""))</th>\(cells)</tr>"
        }
        return """
            <div class="\(rows.count <= shortTableRows ? "scroll short" : "scroll")"><table>
            <caption>\(HTMLText.escape(caption))</caption>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body.joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }
}
