import StewardAnalysis
import StewardJSON
import StewardModel
import StewardStatistics

extension FairnessReport {
    /// The audit for programs: every number in full, `null` for what is undefined.
    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "file", value: .string(file)), .init(name: "time", value: .string(time.rfc3339)),
            .init(name: "verdict", value: .string(verdict.rawValue)), .init(name: "rows", value: .integer(rows)),
            .init(name: "rows_without_outcome", value: .integer(rowsWithoutOutcome)),
            .init(name: "confidence", value: .number(plan.confidence)),
            .init(name: "median_score", value: medianScore.map { .number($0) } ?? .null),
            .init(name: "attributes", value: .array(audits.map(\.json))),
        ]
        if plan.localLaw144 {
            members.append(.init(name: "local_law_144", value: .array(localLaw144.map(\.json))))
        }
        return .object(members)
    }
}
