import ArgumentParser
import StewardJSON
import StewardModel
import StewardStatistics

/// The audit of a file: what is printed, written as JSON, and drawn on the page.
struct FairnessReport {
    let file: String
    let time: Timestamp
    let plan: FairnessPlan
    let rows: Int64
    let rowsWithoutOutcome: Int64
    /// One for each attribute, then the intersection.
    let audits: [FairnessAudit]
    let localLaw144: [LocalLaw144]
    let medianScore: Double?

    /// - Throws: `invalidInput` where the group to compare with is not among the groups.
    init(_ input: FairnessReader, _ plan: FairnessPlan, file: String, time: Timestamp) throws(StewardError) {
        self.file = file
        self.time = time
        self.plan = plan
        var decisions = input.decisions
        rows = Int64(decisions.decisions.count)
        rowsWithoutOutcome = input.rowsWithoutOutcome
        let medianScore = decisions.medianScore
        self.medianScore = medianScore
        if let medianScore { decisions.compareScores(with: medianScore) }
        let all = Array(decisions.attributes.indices)
        var audits: [FairnessAudit] = []
        var published: [LocalLaw144] = []
        for indices in all.map({ [$0] }) + (plan.intersections ? [all] : []) {
            let table = decisions.table(of: indices)
            let reference = plan.references.map { names in indices.map { names[$0] } }
            // An intersection of two references that nobody is in falls back to the largest.
            let isKnown = reference.map { table.groups[$0] != nil } ?? false
            if let reference, !isKnown, indices.count == 1 {
                let groups = table.sorted.prefix(20).map { "'\(GroupTable.label($0.group))'" }.joined(separator: ", ")
                throw StewardError(
                    .invalidInput, "there is no group '\(GroupTable.label(reference))'; there are \(groups)",
                    field: "--reference")
            }
            audits.append(
                FairnessAudit(
                    table,
                    .init(confidence: plan.confidence, reference: isKnown ? reference : nil, rules: plan.rules)))
            guard plan.localLaw144 else { continue }
            for basis in LocalLaw144.Basis.allCases where basis == .selectionRate || medianScore != nil {
                published.append(
                    LocalLaw144(
                        table, basis: basis, excludedBelowShare: plan.excludedBelowShare, confidence: plan.confidence))
            }
        }
        self.audits = audits
        localLaw144 = published
    }

    /// The worst of all.
    var verdict: FairnessVerdict {
        let verdicts = audits.map(\.verdict)
        return verdicts.contains(.fail) ? .fail : verdicts.contains(.insufficient) ? .insufficient : .pass
    }

    /// Prints the answer, and exits 1 where a rule failed.
    func show(_ console: Console, _ format: OutputFormat) throws {
        switch format {
        case .json: console.output(String(decoding: json.pretty, as: UTF8.self))
        case .table: console.output(text(Page(renderer: console.outputRenderer, now: time)))
        }
        if verdict == .fail { throw ExitCode(StewardError.Code.refused.exitStatus) }
    }

    /// The answer in a sentence without numbers.
    var headline: String {
        switch verdict {
        case .pass: "Passed: every rule holds for every group, with evidence."
        case .fail: "Failed: at least one group lies beyond a bound by more than chance explains."
        case .insufficient: "Insufficient evidence: nothing was shown to fail, and not everything to pass."
        }
    }

    /// The audit to read, print and file.
    var page: FairnessPage {
        let columns = plan.columns
        let favourable =
            columns.favourable.isEmpty ? "1, true or yes" : columns.favourable.joined(separator: " or ")
        var facts = [
            (name: "Decisions", value: Humanize.count(rows)),
            ("Favourable outcome", "\(columns.outcome) is \(favourable)"),
            ("Groups by", audits.map { Self.name($0.attributes) }.joined(separator: "; ")),
            ("Truth", columns.truth ?? "not given"), ("Score", columns.score ?? "not given"),
            ("Made", "\(Timestamp(microseconds: time.seconds * 1_000_000).rfc3339) by Steward"),
        ]
        if rowsWithoutOutcome > 0 {
            facts.insert((name: "Left out", Humanize.count(rowsWithoutOutcome, "row") + " without an outcome"), at: 1)
        }
        return FairnessPage(
            title: file.split(separator: "/").last.map(String.init) ?? file, facts: facts, verdict: verdict,
            audits: audits, localLaw144: localLaw144, excludedBelowShare: plan.excludedBelowShare, rules: plan.rules,
            confidence: plan.confidence)
    }

    static func name(_ attributes: [String]) -> String { attributes.joined(separator: " × ") }
}

extension FairnessVerdict {
    var mark: Cell {
        switch self {
        case .pass: Cell("✓ pass", .good)
        case .fail: Cell("✗ fail", .bad)
        case .insufficient: Cell("? insufficient", .warning)
        }
    }
}
