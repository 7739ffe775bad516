/// Why bytes are no JSON text, and where.
package struct JSONError: Error, Sendable, Equatable {
    /// 0-based offset in bytes from the start of the buffer.
    package var offset: Int
    /// 1-based.
    package var line: Int
    /// 1-based, in Unicode scalars, as editors count.
    package var column: Int
    package var reason: String

    package init(offset: Int, line: Int, column: Int, reason: String) {
        self.offset = offset
        self.line = line
        self.column = column
        self.reason = reason
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String { "line \(line), column \(column): \(reason)" }
}
