import StewardAnalysis
import StewardModel
import StewardStatistics

/// The distributions of one column in both files on top of each other, as SVG that follows the page's colours.
///
/// Coordinates are in user units of the picture; what the shapes mean is said in its title and in the text around it.
enum DriftChart {
    private static let width = 720.0
    private static let height = 220.0
    private static let left = 44.0
    private static let bottom = 26.0
    private static let top = 10.0
    private static let mostBars = 12

    static func svg(_ statistics: FileDriftStatistics, title: String) -> String {
        switch statistics {
        case .numeric(let numeric): numbers(numeric.outline, title)
        case .categorical(let categorical): bars(categorical, title)
        }
    }

    // MARK: - Numbers

    private static func numbers(_ outline: FileDriftOutline, _ title: String) -> String {
        let most = max(outline.reference.max() ?? 0, outline.current.max() ?? 0)
        return frame(title, height: height) { svg in
            svg += grid(most)
            svg += "<path class=\"ref\" d=\"\(steps(outline.reference, most, closed: true))\"/>"
            svg += "<path class=\"cur\" d=\"\(steps(outline.current, most, closed: false))\"/>"
            for (place, label) in ticks(outline.axis) {
                let x = number(left + place * (width - left))
                svg += "<line class=\"tick\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(number(height - bottom))\" "
                svg += "y2=\"\(number(height - bottom + 4))\"/>"
                svg += "<text x=\"\(x)\" y=\"\(number(height - 6))\" text-anchor=\"\(anchor(place))\">\(label)</text>"
            }
        }
    }

    /// Where the marks of the axis stand, 0…1, and what they say.
    private static func ticks(_ axis: FileDriftOutline.Axis) -> [(place: Double, label: String)] {
        switch axis {
        case .values(let values):
            let every = (values.count + 11) / 12
            return values.indices.filter { $0 % every == 0 }.map {
                ((Double($0) + 0.5) / Double(values.count), Humanize.number(values[$0]))
            }
        case .linear(let low, let high):
            return DriftScale.steps(low, high).map { (($0 - low) / (high - low), Humanize.number($0)) }
        case .logarithmic(let low, let high):
            return DriftScale.ratios(low, high).map {
                (DriftScale.decades(low, $0) / DriftScale.decades(low, high), Humanize.number($0))
            }
        }
    }

    private static func anchor(_ place: Double) -> String { place < 0.03 ? "start" : place > 0.97 ? "end" : "middle" }

    private static func grid(_ most: Double) -> String {
        DriftScale.steps(0, most).map { share in
            let y = number(self.y(share, most))
            return "<line class=\"grid\" x1=\"\(number(left))\" x2=\"\(number(width))\" y1=\"\(y)\" y2=\"\(y)\"/>"
                + "<text x=\"\(number(left - 6))\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(percent(share))</text>"
        }.joined()
    }

    private static func percent(_ share: Double) -> String { Humanize.number(share * 100) + "%" }

    private static func y(_ share: Double, _ most: Double) -> Double {
        height - bottom - (most > 0 ? share / most : 0) * (height - bottom - top)
    }

    private static func steps(_ shares: [Double], _ most: Double, closed: Bool) -> String {
        let step = (width - left) / Double(shares.count)
        var path = "M\(number(left)) \(number(closed ? height - bottom : y(shares[0], most)))"
        for (index, share) in shares.enumerated() {
            path += "V\(number(y(share, most)))H\(number(left + step * Double(index + 1)))"
        }
        return closed ? path + "V\(number(height - bottom))Z" : path
    }

    // MARK: - Categories

    private static func bars(_ categorical: FileDriftStatistics.Categorical, _ title: String) -> String {
        let shares = categorical.cells.counts.shares
        var rows = zip(categorical.names, shares).prefix(mostBars).map { ($0, $1.reference, $1.current) }
        let rest = shares.dropFirst(mostBars)
        if !rest.isEmpty {
            let sum = rest.reduce((0, 0)) { ($0.0 + $1.reference, $0.1 + $1.current) }
            rows.append(("\(rest.count) more", sum.0, sum.1))
        }
        let most = max(rows.reduce(0) { max($0, $1.1, $1.2) }, 1e-9)
        let (label, rowHeight) = (170.0, 30.0)
        return frame(title, height: rowHeight * Double(rows.count) + 4) { svg in
            for (index, row) in rows.enumerated() {
                let y = rowHeight * Double(index) + 4
                func bar(_ kind: String, _ share: Double, _ offset: Double) -> String {
                    let length = share / most * (width - label - 64)
                    return "<rect class=\"\(kind)\" x=\"\(number(label))\" y=\"\(number(y + offset))\" "
                        + "width=\"\(number(max(length, share > 0 ? 1 : 0)))\" height=\"10\"/>"
                        + "<text x=\"\(number(label + length + 6))\" y=\"\(number(y + offset + 9))\">"
                        + "\(percent(share))</text>"
                }
                let name = row.0.count > 24 ? row.0.prefix(23) + "…" : row.0
                svg += "<text class=\"name\" x=\"\(number(label - 8))\" y=\"\(number(y + 15))\" text-anchor=\"end\">"
                svg += "\(HTMLText.escape(name.isEmpty ? "(empty)" : name))</text>"
                svg += bar("ref", row.1, 0) + bar("cur", row.2, 11)
            }
        }
    }

    // MARK: - Parts

    private static func frame(_ title: String, height: Double, _ body: (inout String) -> Void) -> String {
        var svg = "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" role=\"img\">"
        svg += "<title>\(HTMLText.escape(title))</title>"
        body(&svg)
        return svg + "</svg>"
    }

    /// One decimal: finer than a screen shows.
    private static func number(_ value: Double) -> String {
        Humanize.decimal(value, places: 1).replacing(",", with: "")
    }
}
