import ArgumentParser
import StewardJSON
import StewardModel
import StewardWire

struct CostsReconcile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compare a provider's invoice with what was recorded, line by line.",
        discussion: """
            The invoice is CSV with a header and a line for each day and model: a day, a model, an amount in US \
            dollars, and, where it has them, tokens. Common names of these columns are known; --columns names others. \
            The exit status is 1 when a line differs by more than --tolerance.

            Example:
              steward costs reconcile invoice.csv --provider openai
              steward costs reconcile march.csv --columns date=Usage,model=SKU,cost=Amount
            """)

    @Argument(help: "The invoice.") var file: String
    @Option(help: "Only our events of this provider.") var provider: String?
    @Option(help: "Columns by their meaning: date=…,model=…,cost=…,input_tokens=…,output_tokens=….")
    var columns: String?
    @Option(help: "Dollars by which a line may differ.") var tolerance = "0.01"
    @OptionGroup var options: DaemonOptions

    func run() throws {
        let session = try options.session()
        guard let tolerance = Nanodollars.fixedPoint(tolerance, places: 9), tolerance >= 0 else {
            throw ValidationError("--tolerance must be dollars such as 0.01.")
        }
        let bytes = try Files.read(file, maximumBytes: 64 << 20)
        let invoice = try Invoice(bytes, columns: Invoice.columns(columns))
        guard let first = invoice.lines.keys.map(\.day).min(), let last = invoice.lines.keys.map(\.day).max(),
            let end = Timestamp(rfc3339: last + "T00:00:00Z")
        else { throw StewardError(.invalidInput, "the invoice has no lines", field: file) }
        let answer = try session.daemon.json(
            .get(
                "costs",
                query: [
                    "group_by": "day,model", "since": first + "T00:00:00Z",
                    "until": (end + .seconds(86_400)).rfc3339, "provider": provider,
                ]))
        let report = Reconciliation(invoice: invoice, ours: answer.rows("rows"), tolerance: Nanodollars(tolerance))
        switch options.outputOptions.output {
        case .json: session.console.output(String(decoding: report.json.pretty, as: UTF8.self))
        case .table:
            session.console.output(
                report.text(Page(renderer: session.console.outputRenderer, now: session.console.now())))
        }
        if report.lines.contains(where: \.differs) { throw ExitCode(1) }
    }
}

/// A provider's invoice: what was billed a day and model.
struct Invoice {
    struct Key: Hashable {
        var day: String
        var model: String
    }

    struct Sums {
        var cost = Nanodollars.zero
        /// `nil` where the invoice does not say.
        var inputTokens: Int64?
        var outputTokens: Int64?
    }

    private(set) var lines: [Key: Sums] = [:]

    private static let known: [String: [String]] = [
        "date": ["date", "day", "usage_date", "usage_date_utc", "chargeperiodstart", "timestamp", "start_time"],
        "model": ["model", "model_version", "skuid", "sku", "line_item", "snapshot_id", "servicename"],
        "cost": ["cost", "cost_usd", "amount", "amount_usd", "amount_value", "billedcost", "total", "price"],
        "input_tokens": ["input_tokens", "prompt_tokens", "n_context_tokens_total"],
        "output_tokens": ["output_tokens", "completion_tokens", "n_generated_tokens_total"],
    ]

    /// `date=…,model=…` as a mapping.
    static func columns(_ text: String?) throws -> [String: String] {
        var columns: [String: String] = [:]
        for pair in (text ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, known[parts[0]] != nil else {
                throw ValidationError("--columns must be like date=NAME,model=NAME,cost=NAME.")
            }
            columns[parts[0]] = parts[1]
        }
        return columns
    }

    init(_ bytes: [UInt8], columns: [String: String]) throws {
        var reader = CSVReader()
        let rows = try reader.read(bytes) + reader.finish()
        let header = (reader.header ?? []).map { $0.lowercased() }
        func position(_ meaning: String) -> Int? {
            let names = columns[meaning].map { [$0.lowercased()] } ?? Self.known[meaning] ?? []
            return names.lazy.compactMap { header.firstIndex(of: $0) }.first
        }
        guard let date = position("date"), let model = position("model"), let cost = position("cost") else {
            throw StewardError(
                .invalidInput, "the invoice needs columns for date, model and cost; name them with --columns",
                field: "columns")
        }
        let (input, output) = (position("input_tokens"), position("output_tokens"))
        for row in rows {
            func field(_ index: Int) -> String { index < row.fields.count ? row.fields[index] : "" }
            let day = String(field(date).prefix(10))
            let text = field(cost).filter { $0 != "$" && $0 != "," }
            guard Timestamp(rfc3339: day + "T00:00:00Z") != nil else {
                throw StewardError(.invalidInput, "has no day such as 2026-11-21", field: "line \(row.line)")
            }
            guard let amount = Nanodollars.fixedPoint(text, places: 9) else {
                throw StewardError(
                    .invalidInput, "has no amount in dollars with at most nine decimals", field: "line \(row.line)")
            }
            var sums = lines[Key(day: day, model: field(model))] ?? Sums()
            sums.cost += Nanodollars(amount)
            if let tokens = input.flatMap({ Int64(field($0)) }) { sums.inputTokens = (sums.inputTokens ?? 0) + tokens }
            if let tokens = output.flatMap({ Int64(field($0)) }) {
                sums.outputTokens = (sums.outputTokens ?? 0) + tokens
            }
            lines[Key(day: day, model: field(model))] = sums
        }
    }
}

/// The invoice beside what was recorded, and why they differ, as far as the numbers tell.
struct Reconciliation {
    struct Line {
        var key: Invoice.Key
        var invoiced: Nanodollars?
        /// `nil` where there is no event.
        var recorded: Nanodollars?
        var reason: String
        var differs: Bool
    }

    private(set) var lines: [Line] = []

    init(invoice: Invoice, ours: [JSONValue], tolerance: Nanodollars) {
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
            if input == ownInput, output == ownOutput { return "same tokens, another rate: check the price list" }
            return "tokens differ: \(input - ownInput) of input, \(output - ownOutput) of output"
        }
        return theirs.cost > recorded ?? .zero ? "more was billed than recorded" : "less was billed than recorded"
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
                            "difference_nanodollars": .integer(
                                ((line.invoiced ?? .zero) - (line.recorded ?? .zero)).amount),
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
                money((line.invoiced ?? .zero) - (line.recorded ?? .zero)),
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
