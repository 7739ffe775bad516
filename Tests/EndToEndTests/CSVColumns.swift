import Testing

/// The columns of a CSV file by name, for files without line breaks in fields.
struct CSVColumns {
    private let header: [String]
    private let rows: [[String]]

    init(_ text: String) throws {
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            line.split(separator: /,(?=(?:[^"]*"[^"]*")*[^"]*$)/, omittingEmptySubsequences: false).map(String.init)
        }
        header = try #require(lines.first)
        rows = Array(lines.dropFirst())
        for row in rows { try #require(row.count == header.count) }
    }

    subscript(name: String) -> [String] {
        get throws {
            let index = try #require(header.firstIndex(of: name), "no column \(name)")
            return rows.map { $0[index] }
        }
    }
}
