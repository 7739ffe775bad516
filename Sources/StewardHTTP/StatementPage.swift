import StewardGovernance
import StewardModel
import StewardPolicy
import StewardStore

/// A statement as one HTML file to read, print and file: no scripts, nothing from elsewhere.
struct StatementPage {
    var statement: Statement

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Statement of \(text(statement.team)), \(statement.month.name)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <header>
        <p class="kind">Statement of model costs</p>
        <h1>\(text(statement.team)), \(statement.month.title)</h1>
        <p class="total">\(money(statement.total))</p>
        <p>\(comparison)</p>
        \(warnings)
        </header>
        \(chart)
        \(linesTable)
        \(projectsTable)
        \(budgetsTable)
        \(method)
        </body>
        </html>

        """
    }

    // MARK: - Words

    private func text(_ value: String) -> String { HTMLText.escape(value) }

    /// To the cent where that says enough; the exact sum stands in the last column of the tables.
    private func money(_ spend: Spend) -> String {
        guard let cost = spend.knownCost else { return "no price" }
        return "$" + Self.cents(cost)
    }

    /// Half to even, with thousands apart.
    static func cents(_ cost: Nanodollars) -> String {
        let (whole, rest) = cost.amount.magnitude.quotientAndRemainder(dividingBy: 10_000_000)
        let cents = rest > 5_000_000 || rest == 5_000_000 && whole % 2 == 1 ? whole + 1 : whole
        let dollars = grouped(Int64(cents / 100))
        let fraction = cents % 100
        return "\(cost < .zero ? "-" : "")\(dollars).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    private static func grouped(_ number: Int64) -> String {
        var digits = Array(String(number).reversed())
        for position in stride(from: 3, to: digits.count, by: 3).reversed() { digits.insert(",", at: position) }
        return String(digits.reversed())
    }

    private func count(_ number: Int64) -> String { Self.grouped(number) }

    private var comparison: String {
        let events = "\(count(statement.total.events)) requests"
        let state = statement.isOpen ? " until \(statement.made.rfc3339.prefix(16))Z; the month is not over" : ""
        guard let previous = statement.previous else { return "\(events)\(state). The month before had none." }
        return "\(events)\(state). \(statement.month.previous.title): \(money(previous)) for "
            + "\(count(previous.events)) requests."
    }

    private var warnings: String {
        guard statement.total.unpriced > 0 else { return "" }
        return "<p class=\"warning\">\(count(statement.total.unpriced)) requests have no price and are not in these "
            + "sums: unknown, not free.</p>"
    }

    // MARK: - Tables

    private static let numbers = [
        "Requests", "Input tokens", "of them cached", "Output tokens", "Cost", "Exactly, in dollars",
    ]

    private func cells(_ spend: Spend) -> [String] {
        [
            count(spend.events), count(spend.inputTokens), count(spend.cachedInputTokens), count(spend.outputTokens),
            money(spend), spend.knownCost?.dollars ?? "–",
        ]
    }

    private func table(
        _ title: String, _ names: [String], _ rows: [(names: [String?], cells: [String])], total: Spend? = nil
    ) -> String {
        let head =
            names.map { "<th scope=\"col\" class=\"name\">\($0)</th>" }
            + Self.numbers.map { "<th scope=\"col\">\($0)</th>" }
        let body = rows.map { row in
            let lead = row.names.enumerated().map { index, name in
                let label = name.map(text) ?? "<span class=\"none\">not said</span>"
                return index == 0 ? "<th scope=\"row\">\(label)</th>" : "<td class=\"name\">\(label)</td>"
            }
            return "<tr>" + lead.joined() + row.cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        let foot = total.map { total in
            "<tfoot><tr><th scope=\"row\" colspan=\"\(names.count)\">Total</th>"
                + cells(total).map { "<td>\($0)</td>" }.joined() + "</tr></tfoot>"
        }
        return """
            <section>
            <h2>\(title)</h2>
            <table>
            <thead><tr>\(head.joined())</tr></thead>
            <tbody>\(body.joined(separator: "\n"))</tbody>
            \(foot ?? "")
            </table>
            </section>
            """
    }

    private var linesTable: String {
        guard !statement.lines.isEmpty else {
            return "<section><p>No request of this team in this month.</p></section>"
        }
        let rows = statement.lines.map { (names: $0.names, cells: cells($0.spend)) }
        return table(
            "By model", ["Deployment", "Version", "Provider", "Model"],
            rows, total: statement.total)
    }

    private var projectsTable: String {
        guard statement.projects.contains(where: { $0.name != nil }) else { return "" }
        return table("By project", ["Project"], statement.projects.map { ([$0.name], cells($0.spend)) })
    }

    private var budgetsTable: String {
        guard !statement.budgets.isEmpty else { return "" }
        let items = statement.budgets.map { budget in
            let standing = budget.standing
            return "<li>\(text(standing.budget)): $\(Self.cents(standing.spent)) of $\(Self.cents(standing.limit)) "
                + "spent, \(standing.percent) %, until \(standing.window.upperBound.rfc3339). "
                + "\(text(budget.policy.summary))</li>"
        }
        return "<section><h2>Budgets as they stand now</h2><ul>\(items.joined(separator: "\n"))</ul></section>"
    }

    // MARK: - The month in days

    private var chart: String {
        let most = statement.days.values.map(\.cost.amount).max() ?? 0
        guard most > 0 else { return "" }
        let days = statement.month.days.count
        let bars = (1...days).map { day -> String in
            let cost = statement.days[day]?.cost ?? .zero
            let height = (Double(cost.amount) / Double(most) * 100).rounded(.up)
            return "<rect x=\"\((day - 1) * 20 + 2)\" y=\"\(100 - height)\" width=\"16\" height=\"\(height)\">"
                + "<title>\(day): $\(cost.dollars)</title></rect>"
        }
        let labels = stride(from: 1, through: days, by: 5).map { day in
            "<text x=\"\((day - 1) * 20 + 10)\" y=\"118\">\(day)</text>"
        }
        return """
            <section>
            <h2>By day</h2>
            <svg viewBox="0 0 \(days * 20) 122" role="img" aria-label="Cost by day of the month">
            \((bars + labels).joined(separator: "\n"))
            </svg>
            <p class="note">The highest day cost $\(Self.cents(Nanodollars(most))). Days are those of UTC.</p>
            </section>
            """
    }

    private var method: String {
        """
        <section>
        <h2>How these sums came about</h2>
        <p>Each request's cost was computed when it was stored, from the usage that its provider reported and the rates
        that held at its time, in whole nanodollars, rounded once, half to even. Sums are exact; only the column
        “Cost” is rounded, to the cent. A request whose price is not known is counted and not in any sum.</p>
        <dl>
        <dt>Price lists now</dt><dd>\(text(statement.pricesVersion)), \(text(statement.pricesDigest))</dd>
        <dt>Made</dt><dd>\(statement.made.rfc3339) by \(text(statement.origin))</dd>
        <dt>Compute again</dt><dd><code>steward costs --team … --group-by deployment,version,provider,model --since
        \(statement.month.start.rfc3339) --until \(statement.month.end.rfc3339) --csv</code></dd>
        </dl>
        </section>
        """
    }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --faint: #59636e; --line: #d1d9e0; --paper: #ffffff;
          --bar: #2f6fb5; --warn: #8a5a00; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9198a1; --line: #3d444d;
          --paper: #0d1117; --bar: #6cb0f5; --warn: #e3b341; } }
        body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
          font: 15px/1.5 system-ui, sans-serif; }
        .kind, .note, dt, .none { color: var(--faint); }
        .kind { margin: 0; }
        h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
        .total { font-size: 2.2rem; font-weight: 600; margin: .5rem 0 0; }
        .warning { color: var(--warn); font-weight: 600; }
        section { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1rem; break-inside: avoid; }
        table { border-collapse: collapse; width: 100%; font-size: .85rem; }
        th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); text-align: right;
          vertical-align: baseline; font-variant-numeric: tabular-nums; font-weight: normal; }
        th[scope=row], .name { text-align: left; overflow-wrap: anywhere; }
        thead th { color: var(--faint); vertical-align: bottom; }
        tr > :last-child { padding-right: 0; }
        tfoot > * > * { font-weight: 600; }
        svg { width: 100%; height: auto; } rect { fill: var(--bar); }
        svg text { font-size: 11px; fill: var(--faint); text-anchor: middle; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; }
        dd { margin: 0; overflow-wrap: anywhere; }
        @media print { :root { color-scheme: light; --ink: #000; --faint: #444; --line: #bbb; --paper: #fff;
          --bar: #555; --warn: #000; } body { margin: 0; max-width: none; font-size: 10pt; }
          thead { display: table-header-group; } tr { break-inside: avoid; } @page { size: A4; margin: 15mm; } }
        """
}
