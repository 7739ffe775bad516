import StewardJSON
import StewardModel
import StewardStatistics
import StewardWire

/// Reads decisions from a CSV or JSON Lines file, from chunks as they come. A row that cannot be read ends the audit:
/// half a file would be another population.
struct FairnessReader {
    private enum Lines {
        case csv(CSVReader)
        case jsonl(JSONLinesReader)
    }

    /// More rows than this are refused; they would not fit into memory on a small machine.
    static let maximumRows = 10_000_000

    private let columns: FairnessPlan.Columns
    private let names: [String]
    private var lines: Lines
    private var places: [Int]?
    private(set) var decisions: AuditedDecisions
    private(set) var rowsWithoutOutcome: Int64 = 0
    private let favourable: Set<String>
    private let unknown: Set<String>

    init(_ columns: FairnessPlan.Columns, format: ImportMap.Format) {
        self.columns = columns
        names = columns.attributes + [columns.outcome] + [columns.truth, columns.score].compactMap { $0 }
        decisions = AuditedDecisions(attributes: columns.attributes)
        favourable = Set(columns.favourable)
        unknown = Set(columns.unknown)
        switch format {
        case .csv: lines = .csv(CSVReader())
        case .jsonl: lines = .jsonl(JSONLinesReader())
        }
    }

    /// Reads a file to its end.
    ///
    /// - Parameter read: returns the next bytes of the file, none at its end.
    static func decisions(
        _ reader: FairnessReader, file: String, from read: () throws -> [UInt8]
    ) throws -> FairnessReader {
        var reader = reader
        do {
            while case let chunk = try read(), !chunk.isEmpty { try reader.take(chunk) }
            try reader.finish()
        } catch var error as StewardError {
            if error.field == nil { error.field = file }
            throw error
        }
        guard !reader.decisions.decisions.isEmpty else {
            throw StewardError(
                .invalidInput, "the file has no row with an outcome, so nothing was audited", field: file)
        }
        return reader
    }

    mutating func take(_ chunk: some Sequence<UInt8>) throws(StewardError) {
        switch lines {
        case .csv(var reader):
            let rows = try reader.read(chunk)
            lines = .csv(reader)
            try add(rows, header: reader.header)
        case .jsonl(var reader):
            let rows = reader.read(chunk)
            lines = .jsonl(reader)
            try add(rows)
        }
    }

    mutating func finish() throws(StewardError) {
        switch lines {
        case .csv(var reader):
            let rows = try reader.finish()
            guard reader.header != nil else {
                throw StewardError(.invalidInput, "the file is empty: its first line must name the columns")
            }
            try add(rows, header: reader.header)
        case .jsonl(var reader): try add(reader.finish())
        }
    }

    private mutating func add(_ rows: [CSVReader.Row], header: [String]?) throws(StewardError) {
        guard let header else { return }
        if places == nil { places = try indices(in: header) }
        guard let places else { return }
        for row in rows {
            if let problem = row.problem { throw Self.unreadable(row.line, problem) }
            try add(line: row.line) { row.fields[places[$0]] }
        }
    }

    private mutating func add(_ rows: [JSONLinesReader.Row]) throws(StewardError) {
        for row in rows {
            if let problem = row.problem { throw Self.unreadable(row.line, problem) }
            guard let value = row.value, value.members != nil else {
                throw Self.unreadable(row.line, "the row is no JSON object")
            }
            for name in names where value[name]?.array != nil || value[name]?.members != nil {
                throw Self.unreadable(row.line, "'\(name)' must be a text, a number or a boolean")
            }
            try add(line: row.line) { [names] index in
                guard let cell = value[names[index]], !cell.isNull else { return "" }
                return cell.string ?? String(decoding: cell.text, as: UTF8.self)
            }
        }
    }

    /// - Parameter cell: the text of the column at a place of ``names``; empty where there is none.
    private mutating func add(line: Int, _ cell: (Int) -> String) throws(StewardError) {
        guard decisions.decisions.count < Self.maximumRows else {
            throw StewardError(.tooLarge, "the file has more than \(Self.maximumRows) rows; audit it in parts")
        }
        let count = columns.attributes.count
        guard let isSelected = try answer(cell(count), columns.outcome, line) else {
            rowsWithoutOutcome += 1
            return
        }
        var decision = AuditedDecision(isSelected: isSelected)
        var next = count + 1
        if let truth = columns.truth {
            decision.isPositive = try answer(cell(next), truth, line)
            next += 1
        }
        if let score = columns.score { decision.score = try number(cell(next), score, line) }
        decisions.decisions.append(decision)
        for index in 0..<count {
            let group = cell(index)
            decisions.attributes[index].append(group.isEmpty || unknown.contains(group) ? nil : group)
        }
    }

    /// `nil` for an empty cell.
    private func answer(_ text: String, _ column: String, _ line: Int) throws(StewardError) -> Bool? {
        switch text {
        case "": return nil
        case _ where !favourable.isEmpty: return favourable.contains(text)
        case "1": return true
        case "0": return false
        default: break
        }
        switch text.lowercased() {
        case "true", "yes": return true
        case "false", "no": return false
        default:
            throw Self.unreadable(
                line,
                "'\(column)' holds '\(text.prefix(40))', which is neither 1, true, yes nor 0, false, no; say "
                    + "with --favourable which value is the favourable one")
        }
    }

    private func number(_ text: String, _ column: String, _ line: Int) throws(StewardError) -> Double? {
        if text.isEmpty { return nil }
        guard let value = Double(text), abs(value) <= ScoreCounts.largestMagnitude else {
            throw Self.unreadable(
                line,
                "'\(column)' holds '\(text.prefix(40))', which is no number up to \(ScoreCounts.largestMagnitude); "
                    + "leave it empty where there is none")
        }
        return value
    }

    private func indices(in header: [String]) throws(StewardError) -> [Int] {
        var indices: [Int] = []
        for name in names {
            do throws(CSVHeader.Problem) {
                indices.append(try CSVHeader.index(of: name, in: header))
            } catch {
                throw StewardError(.invalidInput, "the command names \(error.explanation(of: name, in: header))")
            }
        }
        return indices
    }

    private static func unreadable(_ line: Int, _ reason: String) -> StewardError {
        StewardError(.invalidInput, "line \(line): \(reason)")
    }
}
