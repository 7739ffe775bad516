import StewardAnalysis
import StewardModel
import StewardStatistics

/// The comparison as a page for people: one HTML file without scripts and outside references. Plain words first,
/// numbers behind them.
struct DriftPage {
    var report: FileDriftReport
    var comparison: DriftComparison

    /// Drifted columns first, then those that cannot be judged; within these as in the files.
    private var sections: [FileDriftReport.Column] {
        let order: [DriftRule.Verdict] = [.drift, .insufficientEvidence, .noDrift]
        return order.flatMap { verdict in report.columns.filter { $0.judgement.verdict == verdict } }
    }

    /// Beyond this many, unchanged columns get a row in the table but no picture.
    private static let mostPictures = 200

    var html: String {
        let files = [("Reference", comparison.reference), ("Current", comparison.current)].map { side, file in
            "<dt>\(side)</dt><dd><i class=\"key \(side == "Current" ? "cur" : "ref")\"></i>"
                + "\(HTMLText.escape(file.path)), "
                + "\(Humanize.count(Int64(file.rowCount), "row"))</dd>"
        }
        let pictured = sections.filter { $0.statistics != nil }.prefix(Self.mostPictures)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="generator" content="Steward">
            <title>Drift: \(HTMLText.escape(DriftText.summary(report)))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <header>
            <h1>\(HTMLText.escape(DriftText.summary(report)))</h1>
            <dl>\(files.joined())</dl>
            <p>\(rule)</p>
            \(comparison.remarks.map { "<p class=\"note\">\(HTMLText.escape($0))</p>" }.joined(separator: "\n"))
            </header>
            <table class="overview">
            <thead><tr><th scope="col">Column</th><th scope="col">Verdict</th><th scope="col">Why</th></tr></thead>
            <tbody>
            \(sections.map(row).joined(separator: "\n"))
            </tbody>
            </table>
            \(pictured.map(section).joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private var rule: String {
        let rule = report.rule
        return """
            A column has drifted when a test is significant (chance of any false alarm over all columns: \
            \(DriftText.share(rule.alpha)), Holm’s correction) and the change is large enough to matter (at least \
            \(DriftText.share(rule.leastShareMoved)) of rows moved, or extreme values \
            \(Humanize.number(rule.leastTailRatio)) times as frequent or as rare), with at least \
            \(rule.leastRows) values in each file.
            """
    }

    private func row(_ column: FileDriftReport.Column) -> String {
        let name = HTMLText.escape(column.name)
        let title =
            column.statistics == nil ? name : "<a href=\"#\(Self.anchor(column, report))\">\(name)</a>"
        let notes = column.notes.filter { $0 != DriftText.reason(column, report.rule) }
            .map { "<br><span class=\"note\">\(HTMLText.escape($0))</span>" }
        return "<tr><th scope=\"row\">\(title)</th><td>\(Self.badge(column))</td>"
            + "<td>\(HTMLText.escape(DriftText.reason(column, report.rule)))\(notes.joined())</td></tr>"
    }

    private func section(_ column: FileDriftReport.Column) -> String {
        guard let statistics = column.statistics else { return "" }
        let name = HTMLText.escape(column.name)
        return """
            <section id="\(Self.anchor(column, report))">
            <h2>\(name) \(Self.badge(column))</h2>
            <p>\(HTMLText.escape(DriftText.reason(column, report.rule))).</p>
            <figure>\(DriftChart.svg(statistics, title: "Distribution of \(column.name) in both files"))
            <figcaption><i class="key ref"></i>reference, \(Humanize.count(Int64(column.referenceCount))) values
            <i class="key cur"></i>current, \(Humanize.count(Int64(column.currentCount))) values</figcaption></figure>
            \(quantiles(statistics))
            <details><summary>All statistics</summary>
            \(DriftTables.statistics(column))
            </details>
            </section>
            """
    }

    private func quantiles(_ statistics: FileDriftStatistics) -> String {
        guard case .numeric(let numeric) = statistics else { return "" }
        let titles = ["least", "p5", "p25", "median", "p75", "p95", "p99", "most", "mean"]
        func cells(_ quantiles: [Double], _ mean: Double) -> String {
            (quantiles + [mean]).map { "<td>\(Humanize.number($0))</td>" }.joined()
        }
        let outline = numeric.outline
        return """
            <div class="wide"><table class="numbers"><thead><tr><td></td>\
            \(titles.map { "<th scope=\"col\">\($0)</th>" }.joined())</tr></thead><tbody>
            <tr><th scope="row">reference</th>\(cells(outline.referenceQuantiles, outline.referenceMean))</tr>
            <tr><th scope="row">current</th>\(cells(outline.currentQuantiles, outline.currentMean))</tr>
            </tbody></table></div>
            """
    }

    /// A name may hold what an identifier must not.
    private static func anchor(_ column: FileDriftReport.Column, _ report: FileDriftReport) -> String {
        "c\(report.columns.firstIndex { $0.name == column.name } ?? 0)"
    }

    private static func badge(_ column: FileDriftReport.Column) -> String {
        let verdict = column.judgement.verdict
        return "<span class=\"badge \(verdict.rawValue)\">\(DriftText.words(verdict))</span>"
    }
}
