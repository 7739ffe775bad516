import StewardJSON
import StewardModel
import StewardWire

/// Reads the time and the value column of a CSV or JSON Lines file from chunks as they come.
struct AnomaliesReader {
    struct Row: Equatable {
        /// As given; `null` where the row has none. Times are not interpreted.
        var time: JSONValue
        /// As given.
        var valueText: String
        /// `nil` where the row has no finite number.
        var value: Double?
    }

    private enum Lines {
        case csv(CSVReader)
        case jsonl(JSONLinesReader)
    }

    private let timeColumn: String
    private let valueColumn: String
    private var lines: Lines
    private var columns: (time: Int, value: Int)?

    init(time: String, value: String, format: ImportMap.Format) {
        timeColumn = time
        valueColumn = value
        switch format {
        case .csv: lines = .csv(CSVReader())
        case .jsonl: lines = .jsonl(JSONLinesReader())
        }
    }

    /// Takes the next bytes of the file and returns the rows that they complete.
    ///
    /// - Throws: `invalidInput` for a header without the columns and for a row that cannot be read, with its line.
    mutating func read(_ chunk: some Sequence<UInt8>) throws(StewardError) -> [Row] {
        switch lines {
        case .csv(var reader):
            let rows = try reader.read(chunk)
            lines = .csv(reader)
            return try self.rows(rows, header: reader.header)
        case .jsonl(var reader):
            let rows = reader.read(chunk)
            lines = .jsonl(reader)
            return try self.rows(rows)
        }
    }

    /// Ends the file: returns the last row when no line break followed it.
    mutating func finish() throws(StewardError) -> [Row] {
        switch lines {
        case .csv(var reader):
            let rows = try reader.finish()
            guard reader.header != nil else {
                throw StewardError(.invalidInput, "the file is empty: its first line must name the columns")
            }
            return try self.rows(rows, header: reader.header)
        case .jsonl(var reader): return try self.rows(reader.finish())
        }
    }

    private mutating func rows(_ rows: [CSVReader.Row], header: [String]?) throws(StewardError) -> [Row] {
        guard let header else { return [] }
        if columns == nil {
            columns = (try index(of: timeColumn, "--time", header), try index(of: valueColumn, "--value", header))
        }
        guard let columns else { return [] }
        var read: [Row] = []
        for row in rows {
            if let problem = row.problem { throw Self.unreadable(row.line, problem) }
            let text = row.fields[columns.value]
            let value = try number(text, line: row.line)
            read.append(Row(time: .string(row.fields[columns.time]), valueText: text, value: value))
        }
        return read
    }

    private func rows(_ rows: [JSONLinesReader.Row]) throws(StewardError) -> [Row] {
        var read: [Row] = []
        for row in rows {
            if let problem = row.problem { throw Self.unreadable(row.line, problem) }
            guard row.value?.members != nil else { throw Self.unreadable(row.line, "the row is no JSON object") }
            let cell = row.value?[valueColumn] ?? .null
            let value: Double? =
                switch cell {
                case .null: nil
                case .integer, .number: cell.double
                case .string(let text): try number(text, line: row.line)
                default: throw notANumber(String(decoding: cell.text, as: UTF8.self), line: row.line)
                }
            let text = cell.isNull ? "" : cell.string ?? String(decoding: cell.text, as: UTF8.self)
            read.append(Row(time: row.value?[timeColumn] ?? .null, valueText: text, value: value))
        }
        return read
    }

    private func index(of column: String, _ option: String, _ header: [String]) throws(StewardError) -> Int {
        if let index = header.firstIndex(of: column) { return index }
        let names = header.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
        throw StewardError(
            .invalidInput, "the file has no column '\(column)'; it has \(names)\(header.count > 20 ? ", …" : "")",
            field: option)
    }

    /// `nil` for what says that there is no number: nothing, NaN, infinity, NA, null.
    private func number(_ text: String, line: Int) throws(StewardError) -> Double? {
        let bare = text.drop { $0 == " " || $0 == "\t" }
        let trimmed = String(bare.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        if let value = Double(trimmed) { return value.isFinite ? value : nil }
        guard ["", "na", "n/a", "null", "none", "-"].contains(trimmed.lowercased()) else {
            throw notANumber("'\(trimmed.prefix(40))'", line: line)
        }
        return nil
    }

    private func notANumber(_ text: String, line: Int) -> StewardError {
        Self.unreadable(
            line, "column '\(valueColumn)' holds \(text), which is no number; leave it empty where there is none")
    }

    private static func unreadable(_ line: Int, _ reason: String) -> StewardError {
        StewardError(.invalidInput, "line \(line): \(reason)")
    }
}
