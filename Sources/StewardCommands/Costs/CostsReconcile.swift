import ArgumentParser
import StewardJSON
import StewardModel

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
