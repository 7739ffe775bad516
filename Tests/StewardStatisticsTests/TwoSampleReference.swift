import Foundation
import StewardJSON
import StewardStatistics
import StewardWire
import Testing

/// The reference answers for pairs of samples, made with scipy 1.17.1 and numpy 2.4.6, and the samples they are of.
///
/// `Fixtures/drift` holds all but two pairs of 100,000 rows. With STEWARD_TEST_DATA naming a folder that has `drift`,
/// every pair found there is compared, too.
enum TwoSampleReference {
    private static let folders: [URL] = {
        let own = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/drift")
        let given = ProcessInfo.processInfo.environment["STEWARD_TEST_DATA"]
        return [given.map { URL(filePath: $0).appending(path: "drift") }, own].compactMap { $0 }
    }()

    private static func file(_ names: String...) -> URL? {
        folders.flatMap { folder in names.map { folder.appending(path: $0) } }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// The names of the pairs in a file of answers whose samples are at hand.
    static func names(_ kind: String) -> [String] {
        let pairs = (try? answers(kind))?["pairs"]?.members ?? []
        return pairs.map(\.name).filter { inputs($0) != nil }
    }

    static func answer(_ kind: String, _ name: String) throws -> JSONValue {
        try #require(try answers(kind)["pairs"]?[name], "no answer for \(name)")
    }

    private static func answers(_ kind: String) throws -> JSONValue {
        let url = try #require(file("\(kind).json"), "no answers called \(kind)")
        return try JSONValue(parsing: Array(try Data(contentsOf: url)))
    }

    private static func inputs(_ name: String) -> URL? { file("inputs/\(name).csv.gz", "\(name).csv.gz") }

    /// The rows of both samples without their first column, which says `ref` or `cur`.
    static func rows(_ name: String) throws -> (reference: [[String]], current: [[String]]) {
        let url = try #require(inputs(name), "no samples called \(name)")
        let bytes = try Gzip.inflate(Array(try Data(contentsOf: url)), limit: 1 << 28)
        var reader = CSVReader()
        let rows = try reader.read(bytes) + reader.finish()
        func side(_ name: String) -> [[String]] {
            rows.filter { $0.fields.first == name }.map { Array($0.fields.dropFirst()) }
        }
        return (side("ref"), side("cur"))
    }

    static func numbers(_ name: String) throws -> PooledSample {
        let rows = try rows(name)
        func sample(_ rows: [[String]]) -> SortedSample { SortedSample(rows.compactMap { Double($0[0]) }) }
        let (reference, current) = (sample(rows.reference), sample(rows.current))
        #expect(reference.count == rows.reference.count && current.count == rows.current.count)
        return try #require(PooledSample(reference: reference, current: current))
    }

    static func counts(_ name: String) throws -> AlignedCounts {
        let rows = try rows(name)
        let keys = Set(rows.reference + rows.current).map { $0[0] }.sorted()
        func counts(_ rows: [[String]]) -> [Int] {
            let found = Dictionary(rows.map { ($0[0], 1) }, uniquingKeysWith: +)
            return keys.map { found[$0] ?? 0 }
        }
        return try #require(AlignedCounts(reference: counts(rows.reference), current: counts(rows.current)))
    }
}

/// Compares numbers with members of an answer, and says which one differs.
struct Agreement {
    var answer: JSONValue
    var name: String

    /// Relative agreement; where the answer is 0, absolute. An answer of null or none wants `nil`.
    func value(
        _ value: Double?, _ path: String, within tolerance: Double = 1e-10,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let expected = answer.value(at: path)?.double
        guard let expected, let value else {
            #expect(value == expected, "\(name)\(path)", sourceLocation: sourceLocation)
            return
        }
        let error = abs(value - expected) / (expected == 0 ? 1 : abs(expected))
        #expect(
            error <= tolerance, "\(name)\(path): \(value), not \(expected), \(error) off",
            sourceLocation: sourceLocation)
    }

    /// 10⁻⁶ relative down to 10⁻¹²; below, the logarithms agree to 10⁻⁶.
    ///
    /// - Parameter noise: how far the answer itself is known to be off, absolutely.
    func pValue(
        _ value: Double?, _ path: String, noise: Double = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let expected = answer.value(at: path)?.double
        guard let expected, let value else {
            #expect(value == expected, "\(name)\(path)", sourceLocation: sourceLocation)
            return
        }
        // Equal zeros have no logarithms.
        let agrees =
            value == expected
            || (expected >= 1e-12
                ? abs(value - expected) <= 1e-6 * expected + noise : abs(log10(value) / log10(expected) - 1) <= 1e-6)
        #expect(agrees, "\(name)\(path): \(value), not \(expected)", sourceLocation: sourceLocation)
    }
}
