import StewardJSON
import StewardModel

/// One finding for people: its sentence, its numbers, and the two distributions as bars beside each other.
enum FindingExplanation {
    private static let barWidth = 28
    private static let mostRows = 24

    static func report(_ finding: JSONValue, _ page: Page) -> String {
        var text = page.heading(Cell.printable(finding.text("title"))) + "\n"
        text += page.renderer.facts(facts(finding, page))
        if let both = finding["distributions"], both.members != nil {
            text += "\n" + distributions(both, finding, page)
        }
        return text
    }

    private static func facts(_ finding: JSONValue, _ page: Page) -> [(label: String, value: Cell)] {
        var facts: [(label: String, value: Cell)] = [
            (
                "Finding",
                Cell("\(finding.text("id")), \(finding.text("kind")), \(finding.text("severity"))", .strong)
            ),
            ("Status", Cell("\(finding.text("status")), opened \(finding.ago("opened", page).text)")),
            (
                "About",
                Cell("\(finding.text("version")) of \(finding.text("deployment"))/\(finding.text("environment"))")
            ),
        ]
        func add(_ label: String, _ text: String?) {
            if let text { facts.append((label, Cell(text))) }
        }
        add("Resolved", finding["resolution"]?.string)
        add("Since", finding["since"]?.string)
        add("Before", finding["before"].flatMap(estimate))
        add("After", finding["after"].flatMap(estimate))
        if let lower = finding["expected_lower"]?.double, let upper = finding["expected_upper"]?.double {
            add("Expected", "\(Humanize.number(lower)) to \(Humanize.number(upper))")
        }
        if let effect = finding["effect"]?.double, let least = finding["least_effect"]?.double {
            add(
                "Effect",
                "\(Humanize.share(effect)) of the events moved; \(Humanize.share(least)) were declared to count")
        }
        add("Discrepancy", finding["discrepancy"]?.double.map { Humanize.number($0) + ", of 1.4 at most" })
        add("p-value", finding["p_value"]?.double.map { Humanize.number($0) })
        if let size = finding["sample_size"]?.int64 {
            let reference = finding["reference_size"]?.int64.map { " against \(Humanize.count($0))" } ?? ""
            add("Events", Humanize.count(size) + reference)
        }
        if let policy = finding["policy"]?.string {
            let value = finding["value"]?.double.map { Humanize.number($0) } ?? Humanize.absent
            let threshold = finding["threshold"]?.double.map { Humanize.number($0) } ?? Humanize.absent
            add("Policy", "\(policy): \(finding.text("metric")) \(value), threshold \(threshold)")
        }
        add("Method", finding["method"]?.string)
        add("Promise", finding["guarantee"]?.string)
        add("Record", finding["record"]?.int64.map { Humanize.count($0) })
        return facts
    }

    private static func estimate(_ value: JSONValue) -> String? {
        guard let middle = value["value"]?.double, let lower = value["lower"]?.double,
            let upper = value["upper"]?.double
        else { return nil }
        return "\(Humanize.number(middle)) (\(Humanize.number(lower)) to \(Humanize.number(upper)))"
    }

    /// A row per bin: where, how much of the reference, how much of the current events, as numbers and as bars.
    private static func distributions(_ both: JSONValue, _ finding: JSONValue, _ page: Page) -> String {
        let (reference, current) = (both["reference"] ?? .null, both["current"] ?? .null)
        let shares = zip(reference.rows("shares"), current.rows("shares"))
            .map { ($0.double ?? 0, $1.double ?? 0) }
        let edges = both.rows("edges").compactMap(\.double)
        var rows: [(label: String, reference: Double, current: Double)] = []
        if edges.isEmpty {
            for (name, share) in zip(both.rows("categories"), shares) {
                rows.append((name.string ?? Humanize.absent, share.0, share.1))
            }
        } else {
            let step = max(1, (shares.count + mostRows - 1) / mostRows)
            for start in stride(from: 0, to: min(shares.count, edges.count - 1), by: step) {
                let end = min(start + step, shares.count)
                let sum = shares[start..<end].reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
                let label = "\(Humanize.number(edges[start])) – \(Humanize.number(edges[min(end, edges.count - 1)]))"
                rows.append((label, sum.0, sum.1))
            }
        }
        let largest = rows.map { max($0.reference, $0.current) }.max() ?? 0
        func bar(_ share: Double, _ mark: Character) -> String {
            guard largest > 0 else { return "" }
            return String(repeating: mark, count: Int((share / largest * Double(barWidth)).rounded()))
        }
        let unit = both["unit"]?.string.flatMap { $0.isEmpty ? nil : " in \($0)" } ?? ""
        let table = page.table(
            [
                .left(both.text("signal").uppercased() + unit), .right("REFERENCE"), .right("CURRENT"),
                .left("░ REFERENCE  █ CURRENT"),
            ],
            rows.flatMap { row in
                [
                    [
                        Cell(row.label), Cell(Humanize.share(row.reference)), Cell(Humanize.share(row.current)),
                        Cell(bar(row.reference, "░"), .faint),
                    ],
                    [Cell(""), Cell(""), Cell(""), Cell(bar(row.current, "█"))],
                ]
            })
        func side(_ value: JSONValue, _ name: String) -> String {
            let events = value["events"]?.int64.map { Humanize.count($0, "event") } ?? Humanize.absent
            return "\(name): \(Cell.printable(value.baselineVersion)), \(events), "
                + "\(value.text("from")) to \(value.text("until"))"
        }
        return table + page.note(side(reference, "reference")) + page.note(side(current, "current"))
    }
}
