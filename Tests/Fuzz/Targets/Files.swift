import StewardWire

/// CSV and JSON Lines: a file reads the same in one piece as byte by byte.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = bytes(data, size)
    let whole = readCSV(input, chunk: max(size, 1))
    require(whole == readCSV(input, chunk: 1), "CSV reads otherwise byte by byte")
    for row in whole?.rows ?? [] where row.problem == nil {
        require(row.fields.count == whole?.header?.count, "a row that does not fit the header: \(row)")
    }
    let lines = readLines(input, chunk: max(size, 1))
    require(lines == readLines(input, chunk: 1), "JSON Lines read otherwise byte by byte")
    for row in lines { require((row.value == nil) == (row.problem != nil), "neither a value nor a problem: \(row)") }
    return 0
}

private struct Table: Equatable {
    var header: [String]?
    var rows: [CSVReader.Row]
}

/// `nil` when the header cannot be read.
private func readCSV(_ input: [UInt8], chunk: Int) -> Table? {
    var reader = CSVReader(maximumRowBytes: 64)
    var rows: [CSVReader.Row] = []
    do {
        for start in stride(from: 0, to: input.count, by: chunk) {
            rows += try reader.read(input[start..<min(start + chunk, input.count)])
        }
        rows += try reader.finish()
    } catch {
        return nil
    }
    return Table(header: reader.header, rows: rows)
}

private func readLines(_ input: [UInt8], chunk: Int) -> [JSONLinesReader.Row] {
    var reader = JSONLinesReader(maximumRowBytes: 64)
    var rows: [JSONLinesReader.Row] = []
    for start in stride(from: 0, to: input.count, by: chunk) {
        rows += reader.read(input[start..<min(start + chunk, input.count)])
    }
    return rows + reader.finish()
}
