import StewardJSON
import StewardModel
import StewardStatistics

extension ExperimentPage {
    private static func section(_ title: String, _ parts: [String]) -> String {
        let heading = "<h2>\(HTMLText.escape(title))</h2>"
        let shown = parts.filter { !$0.isEmpty }
        return (["<section>", heading] + shown + ["</section>"]).joined(separator: "\n")
    }

    private static func paragraph(_ text: String) -> String { "<p>\(HTMLText.escape(text))</p>" }

    private static func note(_ text: String) -> String { "<p class=\"note\">\(HTMLText.escape(text))</p>" }

    // MARK: - May it be believed?

    var sampleRatio: String {
        let ratio = answer["sample_ratio"]
        let isOff = ratio?["mismatch"]?.bool == true
        let p = ExperimentText.pValue(ratio?["p_value"])
        let sentence =
            isOff
            ? "No (p \(p)). Something loses or sends requests unevenly; until that is found, no number below says "
                + "anything about the versions."
            : "Yes: the counts are what the weights make likely (p \(p))."
        let verdict = FairnessPage.rule(
            isOff ? .fail : .pass, title: "Sample ratio", bound: "p at least 0.001", sentence: sentence)
        return Self.section("Did the versions get their shares?", [verdict, armsTable])
    }

    private var armsTable: String {
        let arms = answer.rows("arms")
        let total = max(1, arms.reduce(0.0) { $0 + ($1["weight"]?.double ?? 0) })
        return FairnessPage.table(
            caption: "Share is the weight in force; the mean is of \(metric).",
            ["Version", "Share", "Requests", "Observations", "Mean"],
            arms.map { arm in
                [
                    arm.text("version"), Humanize.share((arm["weight"]?.double ?? 0) / total),
                    ExperimentText.count(arm["events"]), ExperimentText.count(arm["observations"]),
                    ExperimentText.number(arm["mean"]),
                ]
            })
    }

    // MARK: - What it says

    var primary: String {
        let comparisons = answer.rows("comparisons")
        let table = FairnessPage.table(
            caption: "Differences from \(control). \(intervalWords)", ["Version", "Difference", "Relative", "p"],
            comparisons.map { comparison in
                [
                    comparison.text("version"),
                    ExperimentText.number(comparison["difference"])
                        + Self.small(comparison["interval"]) { Humanize.number($0) },
                    (comparison["relative"]?.double.map { Humanize.share($0) } ?? Humanize.absent)
                        + Self.small(comparison["relative_interval"]) { Humanize.share($0) },
                    ExperimentText.pValue(comparison["p_value"]),
                ]
            })
        let chart = EffectChart.figure(comparisons, control: control, metric: metric)
        return Self.section("Does \(metric) improve?", [chart, table] + notes.map(Self.note))
    }

    /// An interval on a line of its own; nothing where there is none.
    private static func small(_ interval: JSONValue?, _ number: (Double) -> String) -> String {
        guard let lower = interval?["lower"]?.double, let upper = interval?["upper"]?.double else { return "" }
        return "\n\(number(lower)) to \(number(upper))"
    }

    private var notes: [String] {
        var notes: [String] = []
        if let more = answer["overrun"]?.int64, more > 0 {
            notes.append("\(Humanize.count(more, "observation")) came beyond the declared largest sample.")
        }
        if let next = answer["next_look_at"]?.int64, answer.text("phase") == "running" {
            notes.append("The next look is at \(Humanize.count(next)) observations.")
        }
        if let explained = answer["explained_variance"]?.double {
            notes.append(
                "\(Humanize.share(explained)) of the variance was known from \(design.text("covariate")) before the "
                    + "experiment and is taken out.")
        }
        return notes
    }

    private var intervalWords: String {
        let arms = Double(max(1, design.rows("arms").count - 1))
        let bar = Humanize.number((design["alpha"]?.double ?? 0) / arms)
        let words =
            design["maximum_sample"]?.int64 == nil
            ? "Intervals hold at every look together, so looking often costs nothing."
            : "Intervals are those of the last look on record; between looks there are none that hold."
        return arms > 1 ? "\(words) A p below \(bar) decides." : words
    }

    var guardrails: String {
        let rules = answer.rows("arms").flatMap { arm in
            arm.rows("guardrails").map { guardrail in
                let isBroken = guardrail["broken"]?.bool == true
                let observed = Humanize.count(guardrail["observations"]?.int64 ?? 0, "observation")
                return FairnessPage.rule(
                    isBroken ? .fail : .pass,
                    title: "\(arm.text("version")), \(guardrail["rule"]?.text("metric") ?? Humanize.absent)", bound: "",
                    sentence: "\(ExperimentText.rule(guardrail["rule"])): "
                        + "\(isBroken ? "broken" : "not shown to be broken"), at "
                        + "\(ExperimentText.number(guardrail["value"])) over \(observed).")
            }
        }
        guard !rules.isEmpty else { return "" }
        let words = "A version that breaks a guardrail is taken out at once, whatever else is known by then."
        return Self.section("Does anything get worse?", [Self.paragraph(words)] + rules)
    }

    var segments: String {
        guard let segments = answer["segments"] else { return "" }
        let words = "Exploratory: segments say where to look next. None of them decides this experiment."
        let rows = segments.rows("rows").map(Self.segment)
        let table =
            rows.isEmpty
            ? Self.paragraph("Nothing was counted by segment yet.")
            : FairnessPage.table(
                caption: "Version and control, side by side. p is after Holm’s correction and intervals hold together, "
                    + "over \(Humanize.count(segments["comparisons"]?.int64 ?? 0, "comparison")); a segment needs "
                    + "\(ExperimentText.count(segments["least_per_arm"])) observations of each.",
                ["Segment", "Observations", "Means", "Difference", "p"], rows)
        return Self.section("Who is it different for?", [Self.paragraph(words), table])
    }

    private static func segment(_ row: JSONValue) -> [String] {
        func pair(_ text: (JSONValue?) -> String, _ name: String) -> String {
            "\(text(row[name])) / \(text(row["control_\(name)"]))"
        }
        let start = [
            "\(row.text("segment")) = \(row.text("value")), \(row.text("version"))",
            pair(ExperimentText.count, "observations"), pair(ExperimentText.number, "mean"),
        ]
        guard row["sufficient"]?.bool == true else { return start + ["too few", ""] }
        let interval = small(row["interval"]) { Humanize.number($0) }
        return start + [ExperimentText.number(row["difference"]) + interval, ExperimentText.pValue(row["p_holm"])]
    }

    // MARK: - How it came about

    var weights: String {
        guard design["allocation"]?.string == "thompson" else { return "" }
        let versions = design.rows("arms").map { $0.text("version") }
        let rows = answer.rows("periods").map { period in
            let weights = period.rows("weights").map { $0.double ?? 0 }
            let total = max(1, weights.reduce(0, +))
            return ["\(Self.second(period.text("from"))) to \(Self.second(period.text("until")))"]
                + zip(weights, period.rows("counts")).map { weight, counts in
                    "\(Humanize.share(weight / total))\n\(ExperimentText.count(counts["events"])) requests"
                }
        }
        let floor = Humanize.share(design["floor"]?.double ?? 0)
        let words =
            "Shares follow the chance that a version is the best, but none falls below \(floor). Versions are compared "
            + "within each span of constant shares."
        let table =
            rows.isEmpty
            ? Self.paragraph("They have not changed yet.")
            : FairnessPage.table(caption: "Spans that are over.", ["Span"] + versions, rows)
        return Self.section("How did the shares change?", [Self.paragraph(words), table])
    }

    var looks: String {
        let isPlanned = design["maximum_sample"]?.int64 != nil
        let rows = answer.rows("looks").map { look in
            let found = look.rows("comparisons")
            return [
                Self.second(look.text("time")), ExperimentText.count(look["observations"]),
                found.map(ExperimentText.difference).joined(separator: "; "),
                found.map { ExperimentText.pValue($0["p_value"]) }.joined(separator: "; "),
            ] + (isPlanned ? [ExperimentText.number(look["bound"]), ExperimentText.pValue(look["spent"])] : [])
                + [look["record"]?.int64.map { String($0) } ?? Humanize.absent]
        }
        guard !rows.isEmpty else { return "" }
        let table = FairnessPage.table(
            caption: isPlanned
                ? "Planned looks. A difference beyond the bound, in standard errors, decides; α is what was spent of "
                    + "the error by then." : "Looks kept on record, each at twice the sample of the one before.",
            ["Time", "Observations", "Difference", "p"] + (isPlanned ? ["Bound", "α"] : []) + ["Record"], rows)
        return Self.section("When was it looked at?", [table])
    }

    var method: String {
        func record(_ name: String) -> String { answer[name]?.int64.map { String($0) } ?? Humanize.absent }
        let unit = HTMLText.escape(design["unit"]?.string ?? "targeting key")
        let perUnit = ExperimentText.number(design["requests_per_unit"])
        return """
            <section class="method">
            <h2>Method and limits</h2>
            <ul>
            <li>The first version named is the control; each other one is compared with it at an equal part of α.</li>
            <li>What was declared before the first request did not change after it; the declaration is in audit record \
            \(record("start_record")), the latest step in record \(record("record")). \
            <code>steward audit proof \(record("record"))</code> proves it.</li>
            <li>A version that is better here is better for the traffic of this time; nothing is said about any \
            other.</li>
            <li>Requests of one \(unit) are not independent of each other; \(perUnit) of them count as one \
            observation, as declared. Where a unit makes more than that, intervals are too short.</li>
            </ul>
            </section>
            """
    }
}
