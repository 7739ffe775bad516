import Foundation
import StewardStatistics
import Testing

/// Reference answers for audits: `NAME.csv` (decisions) beside `NAME.json` (every number of them), from Fairlearn 0.15,
/// scipy 1.17.1 and statsmodels 0.15. A case is added by adding the two files. Data that may not be redistributed are
/// read from `$STEWARD_TEST_DATA/fairness` where that is set.
struct FairnessCase: Sendable, CustomTestStringConvertible {
    var name: String
    var folder: URL

    var testDescription: String { name }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/fairness")

    static let all: [FairnessCase] = {
        let external = ProcessInfo.processInfo.environment["STEWARD_TEST_DATA"].map {
            URL(filePath: $0).appending(path: "fairness")
        }
        var cases: [FairnessCase] = []
        for folder in [folder, external].compactMap({ $0 }) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names.filter({ $0.hasSuffix(".json") }).map({ String($0.dropLast(5)) }).sorted()
            where !cases.contains(where: { $0.name == name }) {
                cases.append(FairnessCase(name: name, folder: folder))
            }
        }
        return cases
    }()

    func answers() throws -> Reference {
        Reference(try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "\(name).json"))))
    }

    /// The rows, with scores compared with their median.
    func decisions() throws -> AuditedDecisions {
        let lines = try Self.lines(folder.appending(path: "\(name).csv"))
        let header = try #require(lines.first)
        var decisions = AuditedDecisions(attributes: Array(header.dropFirst(3)))
        for fields in lines.dropFirst() {
            let score = try #require(Double(fields[2]))
            decisions.decisions.append(
                AuditedDecision(isSelected: fields[1] == "1", isPositive: fields[0] == "1", score: score))
            for index in decisions.attributes.indices { decisions.attributes[index].append(fields[3 + index]) }
        }
        decisions.compareScores(with: try #require(decisions.medianScore))
        return decisions
    }

    static func lines(_ url: URL) throws -> [[String]] {
        try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }
}

/// A value of the reference answers; `nil` for null and for what is not there.
struct Reference {
    private let value: Any?

    init(_ value: Any?) { self.value = value is NSNull ? nil : value }

    subscript(name: String) -> Reference { Reference((value as? [String: Any])?[name]) }
    subscript(index: Int) -> Reference { Reference((value as? [Any])?[index]) }

    var number: Double? { (value as? NSNumber)?.doubleValue }
    var text: String? { value as? String }
    var flag: Bool? { (value as? NSNumber)?.boolValue }
    var names: [String] { (value as? [String: Any])?.keys.sorted() ?? [] }
    var isMissing: Bool { value == nil }
}

/// Equal to 1e-9 relative, or both undefined.
func agree(_ value: Double?, _ expected: Double?, relative: Double = 1e-9) -> Bool {
    guard let value, let expected else { return value == nil && expected == nil }
    return abs(value - expected) <= relative * max(abs(expected), 1e-15)
}
