import GRDB
import StewardModel

/// What costs can be grouped by.
package enum SpendDimension: String, Sendable, CaseIterable {
    case deployment, environment, version, provider, model, team, project, day

    fileprivate var column: String {
        switch self {
        case .deployment, .environment, .version: "series.\(rawValue)"
        case .provider, .model, .team, .project: "attributions.\(rawValue)"
        case .day: "spend.day"
        }
    }
}

package struct SpendRow: Sendable {
    /// One value a dimension that was asked for, in that order; `nil` where events did not say.
    package var group: [String?]
    package var spend: Spend
}

extension Store {
    /// Events, tokens and money of whole UTC days, in groups, the most expensive first.
    ///
    /// - Parameter days: days since 1970-01-01.
    /// - Parameter deployment: only this one's, when set.
    package func spend(
        days: Range<Int64>, groupedBy dimensions: [SpendDimension], deployment: String? = nil
    ) async throws -> [SpendRow] {
        let columns = dimensions.map(\.column)
        let sums = Spend.columnNames.map { "SUM(spend.\($0))" }
        let sql = """
            SELECT \((columns + sums).joined(separator: ", ")) FROM spend
            JOIN series ON series.id = spend.series JOIN attributions ON attributions.id = spend.attribution
            WHERE spend.day >= ? AND spend.day < ? AND series.deployment = IFNULL(?, series.deployment)
            \(columns.isEmpty ? "HAVING COUNT(*) > 0" : "GROUP BY " + columns.joined(separator: ", "))
            ORDER BY SUM(spend.cost) DESC, SUM(spend.events) DESC
            """
        return try await read { database in
            try Row.fetchAll(database, sql: sql, arguments: [days.lowerBound, days.upperBound, deployment]).map { row in
                let group = dimensions.enumerated().map { offset, dimension -> String? in
                    guard dimension == .day else { return row[offset] }
                    return Timestamp(minute: row[offset] * 1440).day
                }
                return SpendRow(group: group, spend: Spend(row, at: dimensions.count))
            }
        }
    }
}
