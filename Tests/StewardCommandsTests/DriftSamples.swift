import StewardAnalysis
import StewardStatistics

@testable import StewardCommands

/// Files to compare, made of text.
enum DriftSamples {
    /// A file of text, read in pieces of a few bytes, so that no piece ends where a row does.
    static func file(_ text: String, path: String = "a.csv", columns: [String]? = nil) throws -> DriftFile {
        var rest = Array(text.utf8)[...]
        return try DriftFile(path: path, isJSONLines: path.hasSuffix(".jsonl"), columns: columns) {
            defer { rest = rest.dropFirst(7) }
            return Array(rest.prefix(7))
        }
    }

    /// A file of one column.
    static func column(_ cells: some Sequence<String>, path: String) throws -> DriftFile {
        try file("value\n" + cells.map { "\($0)\n" }.joined(), path: path)
    }

    static func report(
        _ reference: DriftFile, _ current: DriftFile, columns: [String]? = nil, categorical: Set<String> = []
    ) throws -> FileDriftReport {
        try DriftComparison(reference: reference, current: current)
            .report(rule: DriftRule(), columns: columns, categorical: categorical)
    }

    /// Numbers without a pattern that repeat for ever: multiples of the golden ratio, less their whole part.
    static func spread(_ count: Int, offset: Double = 0, scale: Double = 1) -> [String] {
        (1...count).map { index in
            let part = Double(index) * 0.618_033_988_749_894_9
            return "\((part - part.rounded(.down)) * scale + offset)"
        }
    }
}
