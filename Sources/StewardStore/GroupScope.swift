import Foundation
import GRDB
import StewardModel

/// A score in full, whose it is and what turned out to be true.
package struct ScoredGroup: Sendable, Hashable {
    package var group: GroupValue
    package var truth: Int32
    package var millionths: Int64

    package init(group: GroupValue, truth: Int32, millionths: Int64) {
        self.group = group
        self.truth = truth
        self.millionths = millionths
    }
}

/// What an audit reads: some series, some declarations, some hours.
struct GroupScope {
    /// Events read again for one audit, at most; a median of more is known to the width of a bin.
    private static let maximumEvents: Int64 = 2_000_000

    private let series: [Int64: SeriesKey]
    private let dictionary: GroupDictionary
    private let declarations: [Int64: GroupDeclaration]
    private let hours: Range<Int64>

    /// - Returns: `nil` where nothing can be in the scope.
    init?(
        _ database: Database, _ declarations: Set<GroupDeclaration>, _ hours: Range<Int64>,
        _ wanted: (SeriesKey) -> Bool
    ) throws {
        series = try Store.series(database).filter { wanted($0.value) }
        dictionary = try GroupDictionary(database)
        self.declarations = dictionary.declarations.filter { declarations.contains($0.value) }
        self.hours = hours
        guard !series.isEmpty, !self.declarations.isEmpty else { return nil }
    }

    private var seriesList: String { series.keys.map(String.init).joined(separator: ",") }

    func points(_ database: Database) throws -> [GroupPoint] {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT hour, series, member, counts FROM group_rollups WHERE hour >= ? AND hour < ?
                AND series IN (\(seriesList))
                """, arguments: [hours.lowerBound, hours.upperBound])
        var points: [GroupPoint] = []
        while let row = try rows.next() {
            guard let name = series[row[1]], let group = dictionary.groups[row[2]],
                let declaration = declarations[group.declaration]
            else { continue }
            points.append(
                GroupPoint(
                    declaration: declaration, value: group.value, series: name, hour: row[0],
                    cell: try Self.cell(row[3], row[2])))
        }
        return points
    }

    private static func cell(_ data: Data, _ group: Int64) throws -> GroupCell {
        let cell = data.withUnsafeBytes { GroupCell(encoded: $0.bindMemory(to: UInt8.self)) }
        guard let cell else {
            throw StewardError(.storage, "a cell of group \(group) cannot be read; run 'steward fsck'")
        }
        return cell
    }

    /// How often each score within the bins was given, from the events themselves; empty where they are too many.
    func scores(
        _ database: Database, in bins: [GroupDeclaration: ClosedRange<Int32>]
    ) throws -> [GroupDeclaration: [ScoredGroup: Int64]] {
        guard !bins.isEmpty else { return [:] }
        let hour: Int64 = 3_600_000_000
        let scope = """
            FROM events WHERE time >= ? AND time < ? AND series IN (\(seriesList))
            """
        let arguments: StatementArguments = [hours.lowerBound * hour, hours.upperBound * hour]
        let count = try Int64.fetchOne(database, sql: "SELECT COUNT(*) \(scope)", arguments: arguments) ?? 0
        guard count <= Self.maximumEvents else { return [:] }
        let wanted = try targets(database, bins)
        var scores: [GroupDeclaration: [ScoredGroup: Int64]] = [:]
        let rows = try Row.fetchCursor(database, sql: "SELECT signals, seq \(scope)", arguments: arguments)
        while let row = try rows.next() {
            let stored = try Store.decode(row[0], sequence: row[1])
            for case .group(let number) in stored {
                guard let target = wanted[number],
                    let score = GroupJoint(stored, score: target.score, truth: target.truth).scored,
                    target.bins.contains(ScoreGrid.bin(of: score.millionths))
                else { continue }
                let key = ScoredGroup(group: target.group, truth: score.truth, millionths: score.millionths)
                scores[target.declaration, default: [:]][key, default: 0] += 1
            }
        }
        return scores
    }

    /// A group whose scores are wanted.
    private struct Target {
        var declaration: GroupDeclaration
        var group: GroupValue
        var bins: ClosedRange<Int32>
        var score: Signal?
        var truth: Signal?
    }

    private func targets(
        _ database: Database, _ bins: [GroupDeclaration: ClosedRange<Int32>]
    ) throws -> [Int64: Target] {
        let signals = Dictionary(
            try Store.namedSignals(database).map { ($0.name, $0.signal) }, uniquingKeysWith: { first, _ in first })
        return dictionary.groups.compactMapValues { declaration, value in
            guard let declaration = declarations[declaration], let bins = bins[declaration] else { return nil }
            return Target(
                declaration: declaration, group: value, bins: bins,
                score: declaration.score.flatMap { signals["score." + $0] },
                truth: declaration.truth.flatMap { signals["ground_truth." + $0] })
        }
    }
}
