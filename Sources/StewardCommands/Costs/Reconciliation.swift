import StewardJSON
import StewardModel

/// The invoice beside what was recorded, and why they differ, as far as the numbers tell.
struct Reconciliation {
    struct Line {
        var key: Invoice.Key
        var invoiced: Nanodollars?
        /// `nil` where there is no event.
        var recorded: Nanodollars?
        var reason: String
        var differs: Bool

        var difference: Nanodollars { (invoiced ?? .zero) - (recorded ?? .zero) }
    }

    private(set) var lines: [Line] = []
    private let tolerance: Nanodollars

    init(invoice: Invoice, ours: [JSONValue], tolerance: Nanodollars) {
        self.tolerance = tolerance
        var rows: [Invoice.Key: JSONValue] = [:]
        for row in ours {
            rows[Invoice.Key(day: row["day"]?.string ?? "", model: row["model"]?.string ?? "")] = row
        }
        let keys = Set(invoice.lines.keys).union(rows.keys)
        for key in keys.sorted(by: { ($0.day, $0.model) < ($1.day, $1.model) }) {
            let (theirs, own) = (invoice.lines[key], rows[key])
            let recorded = own.map { Nanodollars($0["cost_nanodollars"]?.int64 ?? 0) }
            let difference = (theirs?.cost ?? .zero) - (recorded ?? .zero)
            let differs = difference.amount.magnitude > tolerance.amount.magnitude
            lines.append(
                Line(
                    key: key, invoiced: theirs?.cost, recorded: recorded,
                    reason: Self.reason(theirs, own, recorded, differs), differs: differs))
        }
        let shifted = shifted
        for index in lines.indices where lines[index].differs && shifted.contains(lines[index].key.model) {
            lines[index].reason += "; all days of this model together agree: days of another time zone?"
        }
    }

    private static func reason(
        _ theirs: Invoice.Sums?, _ own: JSONValue?, _ recorded: Nanodollars?, _ differs: Bool
    ) -> String {
        guard let theirs else { return "not invoiced: another name, another account, or not billed yet" }
        guard let own else { return "no event: traffic that does not pass through Steward, or another name" }
        guard differs else { return "agrees" }
        let unpriced = own["unpriced_events"]?.int64 ?? 0
        if unpriced > 0 { return "\(Humanize.count(unpriced, "event")) without a price: add it, then reprice" }
        if let input = theirs.inputTokens, let output = theirs.outputTokens {
            let (ownInput, ownOutput) = (own["input_tokens"]?.int64 ?? 0, own["output_tokens"]?.int64 ?? 0)
            if input == ownInput, output == ownOutput {
                return "same tokens, another rate: " + Self.rate(theirs.cost, recorded)
            }
            return "tokens differ: \(input - ownInput) of input, \(output - ownOutput) of output"
        }
        return theirs.cost > recorded ?? .zero ? "more was billed than recorded" : "less was billed than recorded"
    }

    /// What a ratio of the bill to ours points to.
    private static func rate(_ billed: Nanodollars, _ recorded: Nanodollars?) -> String {
        guard let recorded, recorded > .zero else { return "check the price list" }
        let ratio = Double(billed.amount) / Double(recorded.amount)
        let share = "\(Humanize.number(ratio)) of ours"
        switch ratio {
        case 0.495...0.505: return "\(share), as batch or flex costs; do events say their service tier?"
        case 1.095...1.105: return "\(share), as some regions cost; do events name the regional model?"
        case 1.9...2.1: return "\(share), as priority or a long context may cost; do events say their service tier?"
        default: return "\(share); check the price list"
        }
    }

    /// Models whose days differ and whose sum does not: the invoice's days may begin at another hour.
    private var shifted: Set<String> {
        var sums: [String: Int64] = [:]
        for line in lines {
            let (sum, overflow) = sums[line.key.model, default: 0].addingReportingOverflow(line.difference.amount)
            sums[line.key.model] = overflow ? .max : sum
        }
        let differing = Set(lines.filter(\.differs).map(\.key.model))
        return differing.filter { (sums[$0] ?? .max).magnitude <= tolerance.amount.magnitude }
    }

    var json: JSONValue {
        .object([
            .init(
                name: "lines",
                value: .array(
                    lines.map { line in
                        [
                            "day": .string(line.key.day), "model": .string(line.key.model),
                            "invoiced_usd": line.invoiced.map { .string($0.dollars) } ?? .null,
                            "recorded_usd": line.recorded.map { .string($0.dollars) } ?? .null,
                            "difference_nanodollars": .integer(line.difference.amount),
                            "differs": .bool(line.differs), "reason": .string(line.reason),
                        ]
                    })),
            .init(name: "differing", value: .integer(Int64(lines.count { $0.differs }))),
        ])
    }

    func text(_ page: Page) -> String {
        func money(_ amount: Nanodollars?) -> Cell { Cell(amount.map { "$" + $0.dollars } ?? "–") }
        let total = lines.reduce((Nanodollars.zero, Nanodollars.zero)) {
            ($0.0 + ($1.invoiced ?? .zero), $0.1 + ($1.recorded ?? .zero))
        }
        var cells = lines.map { line in
            [
                Cell(line.key.day), Cell(line.key.model), money(line.invoiced), money(line.recorded),
                money(line.difference),
                Cell(line.reason, line.differs ? .bad : .plain),
            ]
        }
        cells.append([Cell("total"), Cell(""), money(total.0), money(total.1), money(total.0 - total.1), Cell("")])
        return page.table(
            [
                .left("DAY"), .left("MODEL"), .right("INVOICED"), .right("RECORDED"), .right("DIFFERENCE"),
                .left("WHY"),
            ], cells)
    }
}
