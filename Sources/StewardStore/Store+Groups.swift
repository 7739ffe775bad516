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
        try await read { database in
            let series = try Self.series(database).filter { wanted($0.value) }
            let dictionary = try GroupDictionary(database)
            let picked = dictionary.declarations.filter { declarations.contains($0.value) }
            guard !series.isEmpty, !picked.isEmpty else { return [] }
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT hour, series, member, counts FROM group_rollups WHERE hour >= ? AND hour < ?
                    AND series IN (\(series.keys.map(String.init).joined(separator: ",")))
                    """, arguments: [hours.lowerBound, hours.upperBound])
            var points: [GroupPoint] = []
            while let row = try rows.next() {
                guard let name = series[row[1]], let group = dictionary.groups[row[2]],
                    let declaration = picked[group.declaration]
                else { continue }
                points.append(
                    GroupPoint(
                        declaration: declaration, value: group.value, series: name, hour: row[0],
                        cell: try Self.groupCell(row[3], row[2])))
            }
            return points
        }
    }

    /// Since when groups have been counted; `nil` where none ever were.
    package func firstGroupHour() async throws -> Int64? {
        try await read { try Int64.fetchOne($0, sql: "SELECT MIN(hour) FROM group_rollups") }
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

    private static func groupCell(_ data: Data, _ group: Int64) throws -> GroupCell {
        let cell = data.withUnsafeBytes { GroupCell(encoded: $0.bindMemory(to: UInt8.self)) }
        guard let cell else {
            throw StewardError(.storage, "a cell of group \(group) cannot be read; run 'steward fsck'")
        }
        return cell
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

    func problems(_ database: Database, describe: (Int64) -> String) throws -> (count: Int, problems: [String]) {
        var problems: [String] = []
        var remaining = cells
        var count = 0
        let rows = try Row.fetchCursor(database, sql: "SELECT hour, series, member, counts FROM group_rollups")
        while let row = try rows.next() {
            count += 1
            let key = GroupCellKey(hour: row[0], series: row[1], group: row[2])
            let data: Data = row[3]
            let stored = data.withUnsafeBytes { GroupCell(encoded: $0.bindMemory(to: UInt8.self)) }
            if stored == nil || stored != remaining.removeValue(forKey: key) {
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
