import StewardModel
import StewardStatistics

/// How the scores of each group are spread from 0 to 1, as inline SVG: one row of bars a group, all on one scale.
enum ScoreChart {
    private static let (left, right, width, rowHeight, barHeight) = (215.0, 690.0, 860.0, 38.0, 28.0)

    /// - Returns: nothing where no score lies from 0 to 1.
    static func figure(_ groups: [FairnessAudit.Group], threshold: Double?) -> String {
        let shares = groups.map { group -> [Double] in
            let bins = group.counts.scores.bins.map { Double($0.count) }
            let total = bins.reduce(0, +)
            return total > 0 ? bins.map { $0 / total } : []
        }
        guard let highest = shares.joined().max(), highest > 0 else { return "" }
        let bottom = Double(groups.count) * rowHeight + 6
        var parts = stride(from: 0.0, through: 1, by: 0.2).map { value in
            "<text class=\"tick\" x=\"\(pixel(x(value)))\" y=\"\(pixel(bottom + 14))\" text-anchor=\"middle\">"
                + "\(Humanize.decimal(value, places: 1))</text>"
        }
        for (index, group) in groups.enumerated() {
            let base = Double(index + 1) * rowHeight
            parts.append(row(GroupTable.label(group.group), shares[index], base: base, highest))
            parts.append(
                "<text class=\"tick\" x=\"\(pixel(right + 12))\" y=\"\(pixel(base - 6))\">"
                    + "mean \(FairnessPage.decimal(group.counts.scores.mean))</text>")
        }
        if let threshold, 0...1 ~= threshold {
            let place = pixel(x(threshold))
            parts.append("<line class=\"bound\" x1=\"\(place)\" y1=\"0\" x2=\"\(place)\" y2=\"\(pixel(bottom))\"/>")
        }
        let caption =
            "How the scores of each group are spread, in twenty bins as shares of the group"
            + (threshold == nil ? "." : "; the dashed line is the threshold.")
        return """
            <figure>
            <svg viewBox="0 0 \(pixel(width)) \(pixel(bottom + 20))" role="img" \
            aria-label="\(HTMLText.escape(caption))">
            \(parts.joined(separator: "\n"))
            </svg>
            <figcaption>\(HTMLText.escape(caption))</figcaption>
            </figure>
            """
    }

    private static func row(_ label: String, _ shares: [Double], base: Double, _ highest: Double) -> String {
        let step = (right - left) / Double(max(1, shares.count))
        let bars = shares.enumerated().map { index, share in
            let height = barHeight * share / highest
            return "<rect class=\"mark\" x=\"\(pixel(left + Double(index) * step + 1))\" y=\"\(pixel(base - height))\" "
                + "width=\"\(pixel(step - 2))\" height=\"\(pixel(height))\"/>"
        }
        return IntervalChart.label(label, right: left - 12, y: base - 8) + bars.joined()
            + "<line class=\"grid\" x1=\"\(pixel(left))\" y1=\"\(pixel(base))\" x2=\"\(pixel(right))\" "
            + "y2=\"\(pixel(base))\"/>"
    }

    private static func x(_ score: Double) -> Double { left + score * (right - left) }

    private static func pixel(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
