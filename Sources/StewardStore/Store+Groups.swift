import Foundation
import GRDB
import StewardModel

/// The counts of one group of one series in one hour.
package struct GroupPoint: Sendable {
    package var declaration: GroupDeclaration
    package var value: GroupValue
    package var series: SeriesKey
    /// Hours since 1970-01-01T00:00Z.
    package var hour: Int64
    package var cell: GroupCell
}

extension Store {
    /// The cells of the groups of some declarations, of the series that `wanted` picks, in a range of hours.
    package func groups(
        of declarations: Set<GroupDeclaration>, hours: Range<Int64>,
        where wanted: @Sendable @escaping (SeriesKey) -> Bool
    ) async throws -> [GroupPoint] {
        try await read { try GroupScope($0, declarations, hours, wanted)?.points($0) ?? [] }
    }

    /// The cells, and of some bins of scores what the cells do not tell: each score in full. Both are read at once, so
    /// that they are about the same events.
    ///
    /// - Parameter bins: of which declaration which bins are wanted.
    package func groups(
        of declarations: Set<GroupDeclaration>, hours: Range<Int64>,
        where wanted: @Sendable @escaping (SeriesKey) -> Bool,
        scoresIn bins: @Sendable @escaping ([GroupPoint]) -> [GroupDeclaration: ClosedRange<Int32>]
    ) async throws -> (points: [GroupPoint], scores: [GroupDeclaration: [ScoredGroup: Int64]]) {
        try await read { database in
            guard let scope = try GroupScope(database, declarations, hours, wanted) else { return ([], [:]) }
            let points = try scope.points(database)
            return (points, try scope.scores(database, in: bins(points)))
        }
    }

    /// The first hour in which each of some declarations was counted; those that never were are left out.
    package func firstHours(of declarations: Set<GroupDeclaration>) async throws -> [GroupDeclaration: Int64] {
        try await read { database in
            let dictionary = try GroupDictionary(database)
            var first: [GroupDeclaration: Int64] = [:]
            let rows = try Row.fetchCursor(
                database, sql: "SELECT member, MIN(hour) FROM group_rollups GROUP BY member")
            while let row = try rows.next() {
                guard let group = dictionary.groups[row[0]],
                    let declaration = dictionary.declarations[group.declaration],
                    declarations.contains(declaration)
                else { continue }
                first[declaration] = min(first[declaration] ?? .max, row[1])
            }
            return first
        }
    }

    /// The deployments of which anything was counted by group, by name.
    package func groupedDeployments() async throws -> [String] {
        try await read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT deployment FROM series WHERE id IN (SELECT DISTINCT series FROM group_rollups)
                    ORDER BY deployment
                    """)
        }
    }

    /// Numbers by which categories of a signal are stored, by name.
    package func categories(ofSignalNamed name: String) async throws -> [String: Int32] {
        try await read { database in
            let known = Signal.named(name)?.signal
            let signal = try known ?? Self.namedSignals(database).first { $0.name == name }?.signal
            guard let signal else { return [:] }
            var result: [String: Int32] = [:]
            let rows = try Row.fetchAll(
                database, sql: "SELECT name, id FROM categories WHERE signal = ?", arguments: [signal.rawValue])
            for row in rows { result[row[0]] = row[1] }
            return result
        }
    }
}

// MARK: - fsck

/// Derives the cells of groups again from events and holds them against those stored.
struct GroupAudit {
    private let dictionary: GroupDictionary
    private let signals: [String: Signal.Description]
    private var cells: [GroupCellKey: GroupCell] = [:]

    init(_ database: Database) throws {
        dictionary = try GroupDictionary(database)
        signals = Dictionary(
            try Store.namedSignals(database).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func add(_ stored: [SignalCoding.Stored], minute: Int64, series: Int64) {
        for case .group(let group) in stored {
            let key = GroupCellKey(hour: floorDivide(minute, 60), series: series, group: group)
            for value in stored { cells[key, default: GroupCell()].add(value) }
            let joint = dictionary.joint(stored, group: group) { name, kind in
                signals[name].flatMap { $0.kind == kind ? $0.signal : nil }
            }
            if let joint { cells[key]?.count(joint) }
        }
    }

    /// - Parameter hour: groups of earlier hours have no events any more that they could be held against.
    func problems(
        _ database: Database, since hour: Int64, describe: (Int64) -> String
    ) throws -> (count: Int, problems: [String]) {
        var problems: [String] = []
        var remaining = cells
        var count = 0
        let rows = try Row.fetchCursor(database, sql: "SELECT hour, series, member, counts FROM group_rollups")
        while let row = try rows.next() {
            count += 1
            let key = GroupCellKey(hour: row[0], series: row[1], group: row[2])
            let data: Data = row[3]
            let stored = data.withUnsafeBytes { GroupCell(encoded: $0.bindMemory(to: UInt8.self)) }
            let expected = remaining.removeValue(forKey: key)
            if stored == nil || key.hour >= hour && stored != expected {
                problems.append("\(name(key, describe)): the counts differ from those of its events")
            }
        }
        for key in remaining.keys { problems.append("\(name(key, describe)): the counts are missing") }
        return (count, problems)
    }

    private func name(_ key: GroupCellKey, _ describe: (Int64) -> String) -> String {
        "group \(key.group) of \(describe(key.series)), \(Timestamp(minute: key.hour * 60).rfc3339)"
    }
}
