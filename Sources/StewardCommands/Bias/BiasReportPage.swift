import StewardJSON
import StewardModel
import StewardStatistics

extension BiasReport {
    /// The page: plain words first, tables and drawn intervals, method and limits, and how to check that it is true.
    func page(_ proof: BiasReportProof, isForPaper: Bool) -> FairnessPage {
        FairnessPage(
            title: "\(deployment), version \(version)", facts: facts, verdict: verdict, audits: audits,
            localLaw144: localLaw144, excludedBelowShare: json["declared"]?["exclude_below_share"]?.double,
            rules: rules, confidence: confidence, source: .counts, isForPaper: isForPaper,
            otherFailures: serviceFailures,
            sections: [scores(), service()].filter { !$0.isEmpty }, closing: verification(proof))
    }

    private var facts: [(name: String, value: String)] {
        let declared = json["declared"] ?? .null
        func list(_ values: [JSONValue]) -> String { values.compactMap(\.string).joined(separator: " or ") }
        let window = json["window"] ?? .null
        var facts = [
            (name: "Policy", value: "\(json.text("policy")): \(json.text("summary"))"),
            ("Window", "\(Self.second(window.text("from"))) to \(Self.second(window.text("until")))"),
            ("Decisions", Humanize.count(json["decisions"]?.int64 ?? 0)),
            ("Groups by", audits.map { FairnessReport.name($0.attributes) }.joined(separator: "; ")),
        ]
        if let outcomes = declared["favourable_outcomes"]?.array {
            facts.append((name: "Favourable outcome", value: list(outcomes)))
        }
        facts.append(
            (
                name: "Truth",
                value: declared["ground_truth"]?["name"]?.string.map {
                    "\($0), favourable when \(list(declared["ground_truth"]?.rows("favourable") ?? []))"
                } ?? "not declared"
            ))
        if let score = declared["score"]?["name"]?.string {
            facts.append((name: "Score", value: score + threshold(declared)))
        }
        if let since = json["counted_since"]?.string {
            facts.append((name: "Counted since", value: Self.second(since)))
        }
        facts.append((name: "Made", value: "\(Self.second(time)), on \(json.text("trigger")), as audit \(id)"))
        return facts
    }

    private func threshold(_ declared: JSONValue) -> String {
        guard let threshold = json["threshold"]?.double else { return "" }
        let name = declared["score"]?["threshold"]?.string == nil ? "threshold" : "median of all"
        let precision = json["threshold_is_exact"]?.bool == false ? ", known to a thousandth" : ""
        return "; \(name) \(Humanize.number(threshold))\(precision)"
    }

    /// A time without its fraction.
    private static func second(_ text: String) -> String {
        Timestamp(rfc3339: text).map { Timestamp(seconds: $0.seconds).rfc3339 } ?? text
    }

    // MARK: - Scores

    private func scores() -> String {
        let tables = audits.filter { $0.total.scores.count > 0 }.map { audit in
            let groups = audit.groups.prefix(FairnessPage.maximumGroups)
            let rows = groups.map { group in
                let scores = group.counts.scores
                let scoring = GroupRate.scoring.proportion(of: group.counts)
                return [
                    GroupTable.label(group.group), Humanize.count(scores.count), FairnessPage.decimal(scores.mean),
                    FairnessPage.decimal(scoring.rate) + "\n"
                        + FairnessReport.range(scoring.wilson(confidence: confidence)),
                    scores.calibration.map { FairnessPage.decimal($0.expectedError) } ?? Humanize.absent,
                ]
            }
            return "<h3>By \(HTMLText.escape(FairnessReport.name(audit.attributes)))</h3>\n"
                + ScoreChart.figure(Array(groups), threshold: json["threshold"]?.double)
                + FairnessPage.table(
                    caption:
                        "The share of scores above the threshold, and how far scores are from what came true, on "
                        + "average over twenty bins.",
                    ["Group", "Scores", "Mean", "Above threshold", "Calibration error"], Array(rows))
        }
        return tables.isEmpty
            ? "" : "<section>\n<h2>Scores</h2>\n\(tables.joined(separator: "\n"))\n</section>"
    }

    // MARK: - Service

    private static let shownSignals = 12
    /// More columns do not fit on a page.
    private static let groupsAcross = 6

    private func service() -> String {
        let tables = json.rows("service").flatMap(Self.tables)
        guard !tables.isEmpty else { return "" }
        return """
            <section>
            <h2>How each group is served</h2>
            <p>Waiting, errors, length and cost are no decisions about people. Who waits longer or gets less is shown \
            all the same\(json.rows("service_rules").isEmpty ? "; no rule of this audit judges it" : "").</p>
            \(json.rows("service_rules").map(serviceRule).joined(separator: "\n"))
            \(tables.joined(separator: "\n"))
            </section>
            """
    }

    private static func tables(_ attribute: JSONValue) -> [String] {
        let signals = attribute.rows("signals").filter { signal in
            signal.rows("groups").contains { $0["mean"]?.double != nil }
        }.prefix(shownSignals)
        let names = signals.first?.rows("groups").prefix(FairnessPage.maximumGroups).map { $0.text("group") } ?? []
        return stride(from: 0, to: names.count, by: groupsAcross).map { start in
            let across = names[start..<min(start + groupsAcross, names.count)]
            let rows = signals.map { signal in
                let (name, unit) = (signal.text("signal").replacing("_", with: " "), signal.text("unit"))
                return [unit.isEmpty || name.hasSuffix(unit) ? name : "\(name), \(unit)"]
                    + across.map { cell($0, signal, attribute) }
            }
            return FairnessPage.table(
                caption:
                    "By \(attribute.text("name").replacing(" x ", with: " × ")): means with their intervals. * marks "
                    + "a mean that differs from that of \(attribute.text("reference")) with p below 0.05 after Holm’s "
                    + "correction.", ["Measured"] + across, rows)
        }
    }

    private var serviceFailures: [String] {
        json.rows("service_rules").filter { $0.text("verdict") == FairnessVerdict.fail.rawValue }.map {
            "\(Self.title($0)): \($0.text("sentence"))"
        }
    }

    private static func title(_ rule: JSONValue) -> String {
        let measure = rule.text("measure").split { $0 == "_" || $0 == "." }.joined(separator: " ")
        return "\(rule.text("name").replacing(" x ", with: " × ")), \(measure)"
    }

    private func serviceRule(_ rule: JSONValue) -> String {
        FairnessPage.rule(
            FairnessVerdict(rawValue: rule.text("verdict")) ?? .insufficient, title: Self.title(rule),
            bound: "at most \(Humanize.number(rule["bound"]?.double ?? .nan))", sentence: rule.text("sentence"))
    }

    private static func cell(_ name: String, _ signal: JSONValue, _ attribute: JSONValue) -> String {
        guard let group = signal.rows("groups").first(where: { $0.text("group") == name }),
            let mean = group["mean"]?.double
        else { return Humanize.absent }
        let mark = (group["p_holm"]?.double).map { $0 < 0.05 ? " *" : "" } ?? ""
        let bounds = group.rows("interval").compactMap(\.double)
        let interval =
            bounds.count == 2 ? "\n\(Humanize.number(bounds[0])) to \(Humanize.number(bounds[1]))" : ""
        return Humanize.number(mean) + mark + interval
    }

    // MARK: - Verification

    private func verification(_ proof: BiasReportProof) -> String {
        """
        <section class="method">
        <h2>Verification</h2>
        <p>Every number above was computed again from the audit’s counts when this page was made, and gave the same \
        verdict. \(HTMLText.escape(proof.sentence))</p>
        <dl>
        <dt>Report</dt><dd><code>\(HTMLText.escape(proof.digest))</code></dd>
        <dt>Policy</dt><dd><code>\(HTMLText.escape(json.text("policy_digest")))</code></dd>
        <dt>Log</dt><dd>record \(proof.record) of <code>\(HTMLText.escape(proof.origin))</code></dd>
        <dt>Root</dt><dd><code>\(HTMLText.escape(proof.root))</code></dd>
        <dt>Check again</dt><dd><code>steward audit proof \(proof.record)</code>, and \
        <code>steward audit verify</code> on an export</dd>
        </dl>
        </section>
        """
    }
}
