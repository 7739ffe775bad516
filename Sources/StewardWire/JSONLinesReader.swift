import StewardJSON

/// Reads JSON Lines from chunks as they come: one value a line, LF or CRLF; lines with nothing on them are passed over.
package struct JSONLinesReader: Sendable {
    package struct Row: Sendable, Equatable {
        /// 1-based.
        package var line: Int
        /// `nil` where there is a problem.
        package var value: JSONValue?
        /// The line as it stands in the file, without the line break.
        package var bytes: [UInt8]
        /// Why the line cannot be used.
        package var problem: String?
    }

    private let maximumRowBytes: Int
    private var line = 1
    private var bytes: [UInt8] = []
    private var tooLong = false

    /// - Parameter maximumRowBytes: a longer line is reported and dropped.
    package init(maximumRowBytes: Int = 1 << 20) { self.maximumRowBytes = maximumRowBytes }

    /// Takes the next bytes of the file and returns the lines that they complete.
    package mutating func read(_ chunk: some Sequence<UInt8>) -> [Row] {
        var rows: [Row] = []
        if chunk.withContiguousStorageIfAvailable({ scan($0, &rows) }) == nil {
            Array(chunk).withUnsafeBufferPointer { scan($0, &rows) }
        }
        return rows
    }

    private mutating func scan(_ chunk: UnsafeBufferPointer<UInt8>, _ rows: inout [Row]) {
        var rest = chunk[...]
        while let end = rest.firstIndex(of: 0x0A) {
            take(rest[..<end])
            endLine(&rows)
            rest = rest[(end + 1)...]
        }
        take(rest)
    }

    private mutating func take(_ part: Slice<UnsafeBufferPointer<UInt8>>) {
        let room = maximumRowBytes - bytes.count
        if part.count > room { tooLong = true }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: part.prefix(room)))
    }

    /// Ends the file: returns the last line when no line break followed it.
    package mutating func finish() -> [Row] {
        var rows: [Row] = []
        endLine(&rows)
        return rows
    }

    private mutating func endLine(_ rows: inout [Row]) {
        defer {
            bytes.removeAll(keepingCapacity: true)
            tooLong = false
            line += 1
        }
        if bytes.last == 0x0D { bytes.removeLast() }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        var row = Row(line: line, value: nil, bytes: bytes, problem: nil)
        if tooLong {
            row.problem = "the line is longer than \(maximumRowBytes) bytes"
        } else {
            do throws(JSONError) { row.value = try JSONValue(parsing: bytes) } catch {
                row.problem = "column \(error.column): \(error.reason)"
            }
        }
        rows.append(row)
    }
}
