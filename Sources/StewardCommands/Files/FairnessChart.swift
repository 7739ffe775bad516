import StewardModel
import StewardStatistics

/// Intervals drawn as inline SVG: one row a group, a dot for the estimate, a line for its interval.
enum IntervalChart {
    private struct Row {
        var label: String
        var estimate: Double?
        var interval: ConfidenceInterval?
        /// Behind the drawing, for those who cannot see it.
        var value: String
        var style: String
    }

    private struct Axis {
        var lower: Double
        var upper: Double
        var step: Double

        func x(_ value: Double) -> Double {
            let share = (min(max(value, lower), upper) - lower) / (upper - lower)
            return IntervalChart.left + share * (IntervalChart.right - IntervalChart.left)
        }

        /// Round steps, four to nine of them.
        init(to upper: Double) {
            let sizes = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1]
            step = sizes.first { upper / $0 <= 8 } ?? 1
            lower = 0
            self.upper = (upper / step - 1e-9).rounded(.up) * step
        }
    }

    private static let (left, right, width, rowHeight) = (215.0, 690.0, 860.0, 30.0)
    private static let (lineLength, lineHeight) = (26, 14.0)
    /// Of a ratio's axis; what reaches farther is cut there.
    private static let largestRatio = 2.5

    /// A rate of every group with its interval.
    static func rates(
        _ groups: [FairnessAudit.Group], _ rate: GroupRate, confidence: Double, reference: [String]?
    ) -> String {
        let rows = groups.map { group in
            let proportion = rate.proportion(of: group.counts)
            let interval = proportion.wilson(confidence: confidence)
            return Row(
                label: GroupTable.label(group.group) + (group.group == reference ? " (reference)" : ""),
                estimate: proportion.rate, interval: interval,
                value: "\(FairnessPage.decimal(proportion.rate)) of \(Humanize.count(proportion.trials))",
                style: "mark")
        }
        let highest = rows.compactMap { $0.interval?.upper }.max() ?? 1
        return figure(
            rows, Axis(to: max(highest, 0.02)), bounds: nil,
            caption: "\(FairnessPage.sentenceCase(rate.words)) of each group, with its interval.")
    }

    /// What a rule about a ratio was judged by.
    static func judgement(_ judgement: FairnessJudgement) -> String {
        let rows = judgement.entries.prefix(FairnessPage.maximumGroups).map { entry in
            Row(
                label: GroupTable.label(entry.group), estimate: entry.estimate, interval: entry.interval,
                value: "\(FairnessPage.decimal(entry.estimate)) \(FairnessPage.word(entry.verdict).lowercased())",
                style: entry.verdict.rawValue)
        }
        guard !rows.isEmpty, let rate = judgement.rule.measure.rates.first else { return "" }
        let compared = judgement.references[rate].map(GroupTable.label) ?? "no group"
        let highest = rows.compactMap { $0.interval?.upper }.filter(\.isFinite).max() ?? 1
        let bound = judgement.rule.bound
        let upper = judgement.rule.measure.comparesWithHighest ? Double.infinity : 1 / bound
        return figure(
            rows, Axis(to: min(max(highest, 1.2), largestRatio)), bounds: (bound, upper),
            caption:
                "Ratio of each group’s \(rate.words) to that of \(compared). The shaded side of the dashed line is "
                + "within the bound of \(Humanize.number(bound)).")
    }

    private static func figure(
        _ rows: [Row], _ axis: Axis, bounds: (lower: Double, upper: Double)?, caption: String
    ) -> String {
        let bottom = Double(rows.count) * rowHeight + 8
        var parts: [String] = []
        if let bounds {
            let (from, to) = (axis.x(bounds.lower), axis.x(bounds.upper))
            parts.append(
                "<rect class=\"allowed\" x=\"\(pixel(from))\" y=\"0\" width=\"\(pixel(to - from))\" "
                    + "height=\"\(pixel(bottom))\"/>"
            )
        }
        for index in 0...Int((axis.upper / axis.step).rounded()) {
            let value = Double(index) * axis.step
            let x = pixel(axis.x(value))
            parts.append("<line class=\"grid\" x1=\"\(x)\" y1=\"0\" x2=\"\(x)\" y2=\"\(pixel(bottom))\"/>")
            parts.append(
                "<text class=\"tick\" x=\"\(x)\" y=\"\(pixel(bottom + 16))\" text-anchor=\"middle\">"
                    + "\(Humanize.decimal(value, places: 2))</text>")
        }
        for bound in bounds.map({ [$0.lower, $0.upper] }) ?? [] where bound.isFinite && bound <= axis.upper {
            let x = pixel(axis.x(bound))
            parts.append("<line class=\"bound\" x1=\"\(x)\" y1=\"0\" x2=\"\(x)\" y2=\"\(pixel(bottom))\"/>")
        }
        for (index, row) in rows.enumerated() { parts.append(drawing(row, axis, y: Double(index) * rowHeight + 19)) }
        return """
            <figure>
            <svg viewBox="0 0 \(pixel(width)) \(pixel(bottom + 22))" role="img" \
            aria-label="\(HTMLText.escape(caption))">
            \(parts.joined(separator: "\n"))
            </svg>
            <figcaption>\(HTMLText.escape(caption))</figcaption>
            </figure>
            """
    }

    private static func drawing(_ row: Row, _ axis: Axis, y: Double) -> String {
        var text = label(row.label, right: left - 12, y: y + 4)
        if let interval = row.interval {
            let (from, to) = (pixel(axis.x(interval.lower)), pixel(axis.x(interval.upper)))
            text += "<line class=\"\(row.style)\" x1=\"\(from)\" y1=\"\(pixel(y))\" x2=\"\(to)\" y2=\"\(pixel(y))\"/>"
        }
        if let estimate = row.estimate, estimate <= axis.upper {
            text += "<circle class=\"\(row.style)\" cx=\"\(pixel(axis.x(estimate)))\" cy=\"\(pixel(y))\" r=\"4.5\"/>"
        }
        return text + "<text class=\"tick\" x=\"\(pixel(right + 12))\" y=\"\(pixel(y + 4))\">"
            + "\(HTMLText.escape(row.value))</text>"
    }

    /// A name that ends at `right`, in two lines where it is long.
    static func label(_ text: String, right: Double, y: Double) -> String {
        let lines = lines(text)
        return lines.enumerated().map { index, line in
            let shift = Double(2 * index - lines.count + 1) * lineHeight / 2
            return "<text x=\"\(pixel(right))\" y=\"\(pixel(y + shift))\" text-anchor=\"end\">"
                + "\(HTMLText.escape(line))</text>"
        }.joined()
    }

    /// A label in one line, or two where it is long.
    private static func lines(_ label: String) -> [String] {
        guard label.count > lineLength else { return [label] }
        let words = label.split(separator: " ").map(String.init)
        var first = words.first ?? ""
        var rest = Array(words.dropFirst())
        while let next = rest.first, first.count + next.count < lineLength {
            first += " " + next
            rest.removeFirst()
        }
        return [first, rest.joined(separator: " ")].filter { !$0.isEmpty }.map {
            $0.count > lineLength + 1 ? $0.prefix(lineLength) + "…" : $0
        }
    }

    private static func pixel(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
