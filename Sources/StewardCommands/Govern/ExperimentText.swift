import StewardJSON
import StewardModel

/// The read-out of an experiment, for a terminal.
struct ExperimentText {
    let answer: JSONValue
    let page: Page

    var text: String {
        let title = "\(answer.text("id")): \(answer["design"]?.text("name") ?? ""), \(answer.text("phase"))"
        var parts = [page.heading(Cell.printable(title))]
        if let question = answer["design"]?["question"]?.string { parts.append(Cell.printable(question) + "\n") }
        parts += [Cell.printable(answer.text("sentence")) + "\n", sampleRatio, arms, comparisons, guardrails]
        parts += [segments, looks, ending].filter { !$0.isEmpty }
        return parts.joined()
    }

    private var sampleRatio: String {
        let ratio = answer["sample_ratio"]
        let isOff = ratio?["mismatch"]?.bool == true
        let words = isOff ? "the shares are not what they should be" : "shares are as they should be"
        return page.renderer.paint(isOff ? "✗" : "✓", isOff ? .bad : .good)
            + " Sample ratio: \(words) (p \(Self.pValue(ratio?["p_value"]))).\n"
    }

    private var arms: String {
        let metric = answer["design"]?.text("primary") ?? ""
        let rows = answer.rows("arms")
        let total = rows.reduce(0.0) { $0 + ($1["weight"]?.double ?? 0) }
        return page.table(
            [
                .left("VERSION"), .right("SHARE"), .right("REQUESTS"), .right("OBSERVATIONS"),
                .right(metric.uppercased()),
            ],
            rows.map { arm in
                [
                    arm.cell("version", .strong), Cell(Humanize.share((arm["weight"]?.double ?? 0) / max(total, 1))),
                    arm.count("events"), arm.count("observations"), Cell(Self.number(arm["mean"])),
                ]
            })
    }

    private var comparisons: String {
        answer.rows("comparisons").map { comparison in
            guard comparison["difference"]?.double != nil else {
                return Cell.printable("\(comparison.text("version")) cannot be compared yet") + ".\n"
            }
            let relative = comparison["relative"]?.double.map { ", \(Humanize.share($0)) of the control" } ?? ""
            let difference =
                "\(comparison.text("version")) differs by \(Self.number(comparison["difference"]))\(relative)"
            guard comparison["interval"]?.isNull == false else { return Cell.printable(difference) + ".\n" }
            return Cell.printable(
                "\(difference): \(Self.range(comparison["interval"])), p \(Self.pValue(comparison["p_value"]))") + ".\n"
        }.joined()
    }

    private var guardrails: String {
        answer.rows("arms").flatMap { arm in
            arm.rows("guardrails").map { guardrail in
                let isBroken = guardrail["broken"]?.bool == true
                return page.renderer.paint(isBroken ? "✗" : "✓", isBroken ? .bad : .good)
                    + Cell.printable(
                        " \(arm.text("version")): \(Self.rule(guardrail["rule"])), "
                            + "\(Self.number(guardrail["value"])) over "
                            + Humanize.count(guardrail["observations"]?.int64 ?? 0, "observation")) + ".\n"
            }
        }.joined()
    }

    private var segments: String {
        guard let segments = answer["segments"] else { return "" }
        let table = page.table(
            [
                .left("SEGMENT"), .left("VERSION"), .right("OBSERVED"), .right("DIFFERENCE"), .left("INTERVAL"),
                .right("P"),
            ],
            segments.rows("rows").map { row in
                let name = Cell("\(row.text("segment"))=\(row.text("value"))")
                let observed = "\(Self.count(row["observations"])) / \(Self.count(row["control_observations"]))"
                guard row["sufficient"]?.bool == true else {
                    return [
                        name, row.cell("version"), Cell(observed), Cell(Humanize.absent), Cell("too few"), Cell(""),
                    ]
                }
                return [
                    name, row.cell("version"), Cell(observed), Cell(Self.number(row["difference"])),
                    Cell(Self.range(row["interval"])), Cell(Self.pValue(row["p_holm"])),
                ]
            })
        return "\n" + page.heading("Segments, exploratory: they decide nothing") + table
            + page.note(
                "p after Holm's correction, intervals simultaneous, over "
                    + Humanize.count(segments["comparisons"]?.int64 ?? 0, "comparison")
                    + "; each arm needs \(Self.count(segments["least_per_arm"])) observations.")
    }

    private var looks: String {
        let looks = answer.rows("looks")
        guard !looks.isEmpty else { return "" }
        return "\n" + page.heading("Looks on record")
            + page.table(
                [.left("TIME"), .right("OBSERVED"), .left("DIFFERENCE"), .right("P"), .right("RECORD")],
                looks.map { look in
                    let found = look.rows("comparisons")
                    return [
                        look.ago("time", page), look.count("observations"),
                        Cell(
                            found.map(Self.difference).joined(separator: "; ")),
                        Cell(found.map { Self.pValue($0["p_value"]) }.joined(separator: "; ")), look.count("record"),
                    ]
                })
    }

    private var ending: String {
        let steps = [("Decided", answer["decided"]), ("Ended", answer["concluded"])].compactMap { name, step in
            step.flatMap { step -> String? in
                guard let record = step["record"]?.int64 else { return nil }
                return "\(name) by \(step["by"]?.text("name") ?? "") (audit record \(record))."
            }
        }
        return steps.isEmpty ? "" : "\n" + Cell.printable(steps.joined(separator: " ")) + "\n"
    }

    // MARK: - Words

    static func number(_ value: JSONValue?) -> String {
        value?.double.map { Humanize.number($0) } ?? Humanize.absent
    }

    static func count(_ value: JSONValue?) -> String {
        value?.int64.map { Humanize.count($0) } ?? Humanize.absent
    }

    static func pValue(_ value: JSONValue?) -> String {
        value?.double.map { $0 < 0.0001 ? "<0.0001" : Humanize.decimal($0, places: 4) } ?? Humanize.absent
    }

    /// Of one version, with its interval.
    static func difference(_ found: JSONValue) -> String {
        "\(found.text("version")) \(number(found["difference"])) (\(range(found)))"
    }

    static func range(_ interval: JSONValue?) -> String {
        "\(number(interval?["lower"])) to \(number(interval?["upper"]))"
    }

    /// What a guardrail allows.
    static func rule(_ rule: JSONValue?) -> String {
        let metric = rule?.text("metric") ?? Humanize.absent
        if let above = rule?["above"]?.double {
            if case .quantile(let share)? = Metric(rawValue: metric)?.shape {
                return "share with \(metric) beyond \(Humanize.number(above)) at most \(Humanize.number(1 - share))"
            }
            return "\(metric) at most \(Humanize.number(above))"
        }
        let ratio = rule?["above_stable"]?["ratio"]?.double ?? 1
        let difference = rule?["above_stable"]?["difference"]?.double ?? 0
        return "\(metric) at most \(ratio == 1 ? "" : "\(Humanize.number(ratio)) times ")the control's"
            + (difference == 0 ? "" : " plus \(Humanize.number(difference))")
    }
}
