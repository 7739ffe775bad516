import ArgumentParser
import StewardJSON
import StewardModel
import StewardStatistics
import StewardWire

struct Anomalies: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score every row of a metric's history between 0 and 1, without a daemon.",
        discussion: """
            Reads a CSV or JSON Lines file row by row, in constant memory, and prints timestamp, value and \
            anomaly_score as CSV. Each score rests on the rows before it alone, and there is nothing to set: 0.99 \
            means that the row had one chance in a hundred by all that went before. A disturbance is scored where it \
            begins and where it grows; other rows score 0.

            Rows are taken in the order of the file; times are passed through as they are. A row without a number \
            (empty, NaN, infinite, NA, null) is printed without a score and changes no other score.

            Example:
              steward anomalies latency.csv --time minute --value p95_ms > scored.csv
            """)

    @Argument(help: "The file. A name that ends in .jsonl or .ndjson is JSON Lines, any other CSV with a header.")
    var file: String

    @Option(help: "The column that says when.")
    var time: String

    @Option(help: "The column that holds the number.")
    var value: String

    @Option(help: "'table' prints CSV, 'json' one JSON object a line.")
    var output: OutputFormat = .table

    private static let chunkBytes = 1 << 16

    func run() throws {
        let console = Console.live()
        let source = try ImportFile(path: file)
        let read = try source.open()
        let reader = AnomaliesReader(time: time, value: value, format: source.format)
        try Self.run(reader, from: { try read(Self.chunkBytes) }, file: file, output, console)
    }

    /// - Parameter read: returns the next bytes of the file, none at its end.
    static func run(
        _ reader: AnomaliesReader, from read: () throws -> [UInt8], file: String, _ format: OutputFormat,
        _ console: Console
    ) throws {
        var reader = reader
        var report = AnomaliesReport(format: format)
        do {
            while case let chunk = try read(), !chunk.isEmpty { console.output(report.text(try reader.read(chunk))) }
            console.output(report.text(try reader.finish()))
        } catch var error as StewardError {
            if error.field == nil { error.field = file }
            throw error
        }
        let (rows, scored) = (report.rows, report.scoredRows)
        if rows == 0 { throw StewardError(.invalidInput, "the file has no rows, so nothing was scored", field: file) }
        if scored == 0 {
            throw StewardError(
                .invalidInput, "no row has a number in its value column, so none was scored", field: file)
        }
        if scored < rows {
            let missing = Humanize.count(rows - scored)
            console.error("steward: \(missing) of \(Humanize.count(rows, "row")) have no number and no score\n")
        }
    }
}

/// Scores rows and lays them out.
struct AnomaliesReport {
    private(set) var rows: Int64 = 0
    private(set) var scoredRows: Int64 = 0
    private let format: OutputFormat
    private var scorer = AnomalyScorer()

    init(format: OutputFormat) { self.format = format }

    mutating func text(_ read: [AnomaliesReader.Row]) -> String {
        var text = ""
        if rows == 0, !read.isEmpty, format == .table { text = "timestamp,value,anomaly_score\n" }
        for row in read {
            rows += 1
            // Nine decimals tell apart what is worth telling apart.
            let score = row.value.flatMap { scorer.score($0) }.map { ($0.value * 1e9).rounded() / 1e9 }
            if score != nil { scoredRows += 1 }
            switch format {
            case .table: text += Self.csv(row, score)
            case .json: text += Self.json(row, score)
            }
        }
        return text
    }

    private static func csv(_ row: AnomaliesReader.Row, _ score: Double?) -> String {
        let time = row.time.isNull ? "" : row.time.string ?? String(decoding: row.time.text, as: UTF8.self)
        return "\(cell(time)),\(cell(row.valueText)),\(score.map { "\($0)" } ?? "")\n"
    }

    private static func json(_ row: AnomaliesReader.Row, _ score: Double?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("timestamp")
        writer.raw(row.time.text)
        writer.key("value")
        if let value = row.value { writer.double(value) } else { writer.null() }
        writer.key("anomaly_score")
        if let score { writer.double(score) } else { writer.null() }
        writer.endObject()
        writer.endLine()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// A field of CSV (RFC 4180, section 2).
    private static func cell(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
