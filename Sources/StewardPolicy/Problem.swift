/// One thing that is wrong with a policy, price list or settings file: where, what, and what to do about it.
package struct Problem: Sendable, Hashable {
    package var file: String
    /// From 1; 0 where the problem has no place in the text, such as a flag.
    package var line: Int
    /// From 1, counted in Unicode scalars; 0 where ``line`` is 0.
    package var column: Int
    package var message: String

    package init(file: String, line: Int = 0, column: Int = 0, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }
}

extension Problem: Comparable {
    /// By file and place, as an editor lists them.
    package static func < (left: Self, right: Self) -> Bool {
        (left.file, left.line, left.column, left.message) < (right.file, right.line, right.column, right.message)
    }
}

extension Problem: CustomStringConvertible {
    /// `file:line:column: message`, the form that editors and terminals turn into links.
    package var description: String {
        line == 0 ? "\(file): \(message)" : "\(file):\(line):\(column): \(message)"
    }
}

/// Every problem found in one pass, sorted; never empty. The failure of everything that reads files.
package struct Problems: Error, Sendable, Equatable {
    package var all: [Problem]
    package init(_ all: [Problem]) { self.all = all.sorted() }
}

extension Problems: CustomStringConvertible {
    /// One line for each problem.
    package var description: String { all.map(\.description).joined(separator: "\n") }
}
