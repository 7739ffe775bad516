import StewardJSON
import StewardModel

/// Turns a file into events, or feedback about them, as JSON, row by row, by a map: what `steward import` sends.
package struct ImportReader: Sendable {
    package struct Row: Sendable {
        /// 1-based number of the physical line on which the row begins.
        package var line: Int
        /// The event, or feedback, as one JSON object, or why there is none.
        package var event: Result<[UInt8], StewardError>
    }

    private enum Lines: Sendable {
        case csv(CSVReader)
        case jsonl(JSONLinesReader)
    }

    private let map: ImportMap
    private var lines: Lines
    private var rowNumber: UInt64 = 0
    /// Where each of the map's rules finds its cell in a row of CSV.
    private var columns: [Int?]?

    /// - Parameter format: what the file's name says, for a map that says nothing.
    package init(_ map: ImportMap, format: ImportMap.Format = .csv) {
        self.map = map
        switch map.format ?? format {
        case .csv: lines = .csv(CSVReader())
        case .jsonl: lines = .jsonl(JSONLinesReader())
        }
    }

    /// Takes the next bytes of the file and returns the rows that they complete.
    ///
    /// - Throws: `invalidInput` for a header that cannot be read, `configuration` for one without a column of the map.
    package mutating func read(_ chunk: some Sequence<UInt8>) throws(StewardError) -> [Row] {
        switch lines {
        case .csv(var reader):
            let rows = try reader.read(chunk)
            lines = .csv(reader)
            return try events(rows, header: reader.header)
        case .jsonl(var reader):
            let rows = reader.read(chunk)
            lines = .jsonl(reader)
            return rows.map { event($0) }
        }
    }

    /// Ends the file: returns the last row when no line break followed it.
    package mutating func finish() throws(StewardError) -> [Row] {
        switch lines {
        case .csv(var reader):
            let rows = try reader.finish()
            guard reader.header != nil else {
                throw StewardError(.invalidInput, "the file is empty: its first line must name the columns")
            }
            return try events(rows, header: reader.header)
        case .jsonl(var reader): return reader.finish().map { event($0) }
        }
    }

    private mutating func events(_ rows: [CSVReader.Row], header: [String]?) throws(StewardError) -> [Row] {
        guard let header else { return [] }
        if columns == nil {
            columns = try map.columns(of: header)
        }
        let columns = columns ?? []
        return rows.map { row in
            let cells = row.problem == nil ? columns.map { $0.map { cell(row.fields[$0]) } } : []
            return event(line: row.line, bytes: row.bytes, problem: row.problem, cells)
        }
    }

    private func cell(_ text: String) -> JSONValue { .string(map.trims ? ImportMap.trimmed(text) : text) }

    private mutating func event(_ row: JSONLinesReader.Row) -> Row {
        let cells: [JSONValue?] = map.rules.map { rule in
            guard case .column(let column) = rule.source else { return nil }
            return column.name.hasPrefix("/") ? row.value?.value(at: column.name) : row.value?[column.name]
        }
        return event(line: row.line, bytes: row.bytes, problem: row.problem, cells)
    }

    /// - Parameter cells: one for each rule of the map, `nil` where there is none.
    private mutating func event(line: Int, bytes: [UInt8], problem: String?, _ cells: [JSONValue?]) -> Row {
        rowNumber += 1
        if let problem { return Row(line: line, event: .failure(Self.rejection(line, nil, problem))) }
        var fields = ImportedFields()
        for (rule, cell) in zip(map.rules, cells) {
            switch rule.source {
            case .constant(let value): fields.set(rule.target, value)
            case .column(let column):
                do throws(ImportProblem) {
                    if let value = try column.value(of: cell, kind: rule.target.kind) {
                        fields.set(rule.target, value)
                    }
                } catch {
                    let reason = "column '\(column.name)' \(error.reason)"
                    return Row(line: line, event: .failure(Self.rejection(line, rule.target.path, reason)))
                }
            }
        }
        for required in map.content.required where fields[required] == nil {
            return Row(line: line, event: .failure(Self.rejection(line, required, "its cell is empty")))
        }
        // Feedback has a key of its own making.
        let derivedID =
            map.content == .feedback
            ? nil : Self.derivedID(deployment: fields["deployment"]?.string ?? "", row: rowNumber, bytes)
        return Row(line: line, event: .success(fields.json(derivedID: derivedID)))
    }

    private static func rejection(_ line: Int, _ field: String?, _ reason: String) -> StewardError {
        StewardError(.invalidInput, "line \(line): \(reason)", field: field)
    }

    /// The id of a row whose map names none: the 128-bit FNV-1a hash of the deployment's name, a zero byte, the row's
    /// number among the rows with content (1-based, header not counted, eight bytes, low byte first) and the bytes of
    /// the row, as 32 hexadecimal digits behind `import-`. The same file read again by the same map makes the same ids.
    static func derivedID(deployment: String, row: UInt64, _ bytes: [UInt8]) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        func add(_ byte: UInt8) { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013B }
        for byte in deployment.utf8 { add(byte) }
        add(0)
        for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: row >> UInt64(shift))) }
        for byte in bytes { add(byte) }
        let digits = String(hash, radix: 16)
        return "import-" + String(repeating: "0", count: 32 - digits.utf8.count) + digits
    }
}

/// The fields of one event while a row fills them, the members of an object together.
private struct ImportedFields {
    private var members: [JSONValue.Member] = []

    subscript(name: String) -> JSONValue? { members.first { $0.name == name }?.value }

    mutating func set(_ target: ImportTarget, _ value: JSONValue) {
        let member = JSONValue.Member(name: target.name, value: value)
        guard let parent = target.parent else { return members.append(member) }
        if let index = members.firstIndex(where: { $0.name == parent }) {
            members[index].value = .object((members[index].value.members ?? []) + [member])
        } else {
            members.append(.init(name: parent, value: .object([member])))
        }
    }

    func json(derivedID: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            if let derivedID, self["id"] == nil { writer.member("id", derivedID) }
            for member in members {
                writer.key(member.name)
                writer.value(member.value)
            }
        }
        return writer.bytes
    }
}
