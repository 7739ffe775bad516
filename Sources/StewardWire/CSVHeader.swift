/// Finds columns in a CSV header by name. Public files have the same name twice more often than one would think.
package enum CSVHeader {
    package enum Problem: Error, Equatable {
        case missing
        /// There are several, and the name does not say which is meant.
        case repeated(Int)
    }

    /// The column of a name. `NAME#2` is the second of those called `NAME`, unless one is called just so.
    package static func index(of name: String, in header: [String]) throws(Problem) -> Int {
        let places = header.indices.filter { header[$0] == name }
        if places.count == 1 { return places[0] }
        if places.count > 1 { throw .repeated(places.count) }
        guard let mark = name.lastIndex(of: "#"), let number = Int(name[name.index(after: mark)...]) else {
            throw .missing
        }
        let same = header.indices.filter { header[$0] == name[..<mark] }
        guard same.indices.contains(number - 1) else { throw .missing }
        return same[number - 1]
    }
}

extension CSVHeader.Problem {
    /// What is wrong with a name and what to write, behind "names".
    package func explanation(of name: String, in header: [String]) -> String {
        switch self {
        case .missing:
            let found = header.prefix(60).map { "'\($0)'" }.joined(separator: ", ")
            return
                "the column '\(name)', which the file does not have; it has \(found)\(header.count > 60 ? ", …" : "")"
        case .repeated(let count):
            return "the column '\(name)', which the file has \(count) times; write '\(name)#1' for the first of them"
        }
    }
}
