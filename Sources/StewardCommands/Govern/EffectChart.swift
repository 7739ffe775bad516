import StewardJSON
import StewardModel

/// Differences from the control drawn as inline SVG: a dot for the estimate, a line for its interval, 0 dashed.
enum EffectChart {
    private static let (left, right, width, rowHeight) = (215.0, 690.0, 860.0, 30.0)

    static func figure(_ comparisons: [JSONValue], control: String, metric: String) -> String {
        let rows = comparisons.compactMap {
            comparison -> (JSONValue, estimate: Double, lower: Double, upper: Double)? in
            guard let estimate = comparison["difference"]?.double, let lower = comparison["interval"]?["lower"]?.double,
                let upper = comparison["interval"]?["upper"]?.double
            else { return nil }
            return (comparison, estimate, lower, upper)
        }
        let reach = rows.map { max($0.lower.magnitude, $0.upper.magnitude) }.max() ?? 0
        guard reach > 0, reach.isFinite else { return "" }
        func x(_ value: Double) -> String {
            Humanize.decimal(left + (value / reach + 1) / 2 * (right - left), places: 1).replacing(",", with: "")
        }
        let bottom = Double(rows.count) * rowHeight + 8
        var parts = ["<line class=\"bound\" x1=\"\(x(0))\" y1=\"0\" x2=\"\(x(0))\" y2=\"\(bottom)\"/>"]
        for (index, row) in rows.enumerated() {
            let y = Double(index) * rowHeight + 20
            parts.append(
                """
                <g class="mark"><line x1="\(x(row.lower))" y1="\(y)" x2="\(x(row.upper))" y2="\(y)"/>\
                <circle cx="\(x(row.estimate))" cy="\(y)" r="4.5"/></g>
                <text x="\(left - 12)" y="\(y + 4)" text-anchor="end">\(HTMLText.escape(row.0.text("version")))</text>
                <text x="\(right + 12)" y="\(y + 4)">\(HTMLText.escape(Humanize.number(row.estimate)))</text>
                """)
        }
        for value in [-reach, 0, reach] {
            parts.append(
                "<text class=\"tick\" x=\"\(x(value))\" y=\"\(bottom + 14)\" text-anchor=\"middle\">"
                    + "\(HTMLText.escape(Humanize.number(value)))</text>")
        }
        let caption = "Difference in \(metric) from \(control), with its interval. The dashed line is no difference."
        return """
            <figure>
            <svg viewBox="0 0 \(Int(width)) \(Int(bottom + 20))" role="img" aria-label="\(HTMLText.escape(caption))">
            \(parts.joined(separator: "\n"))
            </svg>
            <figcaption>\(HTMLText.escape(caption))</figcaption>
            </figure>
            """
    }
}
