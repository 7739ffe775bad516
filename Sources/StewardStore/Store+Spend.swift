import GRDB
import StewardModel

/// What costs can be grouped by.
package enum SpendDimension: Sendable, Hashable {
    case deployment, environment, version, provider, model, team, project, user, day, month
    /// The value of one tag.
    case tag(String)
    /// All of them, as a JSON object.
    case tags

    package static let plain: [SpendDimension] = [
        .deployment, .environment, .version, .provider, .model, .team, .project, .user, .day, .month,
    ]

    /// As ``name`` writes it: `team`, or `tag:feature`.
    package init?(name: String) {
        if name.hasPrefix("tag:"), name.utf8.count > 4 {
            self = .tag(String(name.dropFirst(4)))
        } else if let plain = Self.plain.first(where: { $0.name == name }) {
            self = plain
        } else {
            return nil
        }
    }

    package var name: String {
        switch self {
        case .deployment: "deployment"
        case .environment: "environment"
        case .version: "version"
        case .provider: "provider"
        case .model: "model"
        case .team: "team"
        case .project: "project"
        case .user: "user"
        case .day: "day"
        case .month: "month"
        case .tag(let key): "tag:" + key
        case .tags: "tags"
        }
    }

    /// An expression over the spend table and what it refers to, and the value it needs.
    fileprivate var expression: (sql: String, argument: String?) {
        switch self {
        case .deployment, .environment, .version: ("series.\(name)", nil)
        case .provider, .model, .team, .project, .user: ("attributions.\(name)", nil)
        case .day: ("strftime('%Y-%m-%d', spend.day * 86400, 'unixepoch')", nil)
        case .month: ("strftime('%Y-%m', spend.day * 86400, 'unixepoch')", nil)
        case .tag(let key): ("(SELECT value FROM json_each(attributions.tags) WHERE key = ?)", key)
        case .tags: ("attributions.tags", nil)
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
    /// - Parameter filter: only spend of these values, for the dimensions that are set.
    package func spend(
        days: Range<Int64>, groupedBy dimensions: [SpendDimension], where filter: [SpendDimension: String] = [:]
    ) async throws -> [SpendRow] {
        let expressions = dimensions.map(\.expression)
        let sums = Spend.columnNames.map { "SUM(spend.\($0))" }
        var conditions = ["spend.day >= ?", "spend.day < ?"]
        var bounds: StatementArguments = [days.lowerBound, days.upperBound]
        for (dimension, value) in filter.sorted(by: { $0.key.name < $1.key.name }) {
            conditions.append("\(dimension.expression.sql) = ?")
            bounds += StatementArguments([dimension.expression.argument, value].compactMap { $0 })
        }
        let positions = dimensions.indices.map { String($0 + 1) }.joined(separator: ", ")
        let sql = """
            SELECT \((expressions.map(\.sql) + sums).joined(separator: ", ")) FROM \(PendingSpend.all) AS spend
            JOIN series ON series.id = spend.series JOIN attributions ON attributions.id = spend.attribution
            WHERE \(conditions.joined(separator: " AND "))
            \(dimensions.isEmpty ? "HAVING COUNT(*) > 0" : "GROUP BY " + positions)
            ORDER BY SUM(spend.cost) DESC, SUM(spend.events) DESC
            """
        return try await readSpend { [bounds] database, waiting in
            let arguments = StatementArguments(expressions.compactMap(\.argument)) + [waiting] + bounds
            return try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
                SpendRow(group: dimensions.indices.map { row[$0] }, spend: Spend(row, at: dimensions.count))
            }
        }
    }
}
