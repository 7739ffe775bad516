import StewardModel
import StewardStatistics

extension FairnessReport {
    /// The audit for a terminal.
    func text(_ page: Page) -> String {
        let tone: Tone = verdict == .pass ? .good : verdict == .fail ? .bad : .warning
        var text = page.renderer.paint(headline, tone) + "\n"
        var facts = Humanize.count(rows, "decision")
        if rowsWithoutOutcome > 0 {
            facts += ", \(Humanize.count(rowsWithoutOutcome, "row")) without an outcome left out"
        }
        text += page.note(facts + ", \(Self.percent(plan.confidence)) intervals")
        for audit in audits { text += "\n" + section(audit, page) }
        for table in localLaw144 { text += "\n" + section(table, page) }
        return text
    }

    private func section(_ audit: FairnessAudit, _ page: Page) -> String {
        var text = page.heading(Cell.printable(Self.name(audit.attributes)))
        let rates: [GroupRate] = [.selection] + (plan.columns.truth == nil ? [] : [.truePositive, .falsePositive])
        let columns: [Column] =
            [.left("group"), .right("decisions")] + rates.flatMap { [.right($0.words), .left("interval")] }
        text += page.table(
            columns,
            audit.groups.map { group in
                let isReference = group.group == audit.reference
                let name = GroupTable.label(group.group) + (isReference ? " (reference)" : "")
                return [Cell(name, .strong), Cell(Humanize.count(group.counts.decisions))]
                    + rates.flatMap { rate -> [Cell] in
                        let proportion = rate.proportion(of: group.counts)
                        return [
                            Cell(proportion.rate.map { Humanize.decimal($0, places: 3) } ?? Humanize.absent),
                            Cell(Self.range(proportion.wilson(confidence: audit.confidence)), .faint),
                        ]
                    }
            })
        if audit.unknown.decisions > 0 {
            text += page.note("\(Humanize.count(audit.unknown.decisions, "decision")) of unknown group")
        }
        if let omnibus = audit.families.first(where: { $0.rate == .selection })?.omnibus {
            text += page.note(
                "any difference in selection rate: chi-square \(Humanize.number(omnibus.statistic)), "
                    + "\(omnibus.degreesOfFreedom) df, \(Self.pValue(omnibus.pValue))")
        }
        let judgements = audit.judgements.map { judgement -> [Cell] in
            let bound = Humanize.number(judgement.rule.bound)
            return [
                judgement.verdict.mark, Cell("\(judgement.rule.measure.rawValue) \(bound)"), Cell(judgement.sentence),
            ]
        }
        let widths = [14, judgements.map { $0[1].text.count }.max() ?? 0, 0]
        for row in judgements { text += page.renderer.line(row, [.left(""), .left(""), .left("")], widths) + "\n" }
        return text
    }

    private func section(_ table: LocalLaw144, _ page: Page) -> String {
        var text = page.heading(
            "Local Law 144, \(Self.basisWords(table.basis)): \(Cell.printable(Self.name(table.attributes)))")
        text += page.table(
            [.left("category"), .right("applicants"), .right("share"), .right("rate"), .right("impact ratio")],
            table.categories.map { category in
                [
                    Cell(GroupTable.label(category.category), .strong), Cell(Humanize.count(category.applicants)),
                    Cell(Humanize.share(category.share)),
                    Cell(category.rate.rate.map { Humanize.decimal($0, places: 3) } ?? Humanize.absent),
                    Cell(
                        category.impactRatio.map { Humanize.decimal($0, places: 2) }
                            ?? (category.isExcluded ? "left out" : Humanize.absent)),
                ]
            })
        return text + page.note("\(Humanize.count(table.unknown, "applicant")) of unknown category")
    }

    static func basisWords(_ basis: LocalLaw144.Basis) -> String {
        basis == .selectionRate ? "selection rate" : "scoring rate"
    }

    static func range(_ interval: ConfidenceInterval?, places: Int = 3) -> String {
        guard let interval else { return Humanize.absent }
        let upper = interval.upper.isFinite ? Humanize.decimal(interval.upper, places: places) : "∞"
        return "\(Humanize.decimal(interval.lower, places: places)) to \(upper)"
    }

    /// `95%`
    static func percent(_ share: Double) -> String { Humanize.number(share * 100) + "%" }

    static func pValue(_ p: Double) -> String { p < 0.001 ? "p < 0.001" : "p = \(Humanize.decimal(p, places: 3))" }
}
