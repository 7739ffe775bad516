import StewardJSON
import StewardModel

/// A made-up version that a test case of a promotion or lifecycle policy asks about.
package struct PromotionTestCase: Sendable, Equatable {
    /// Per `METRIC`, measured in whatever environment the gate names.
    package var metrics: [String: PolicyTestFile.Sample] = [:]
    package var evaluations: [String: Double] = [:]
    package var findings: Int64 = 0
    package var criticalFindings: Int64 = 0
    package var card: [String] = []
    package var isDeprecated = false
    /// Percent spent, by budget.
    package var budgets: [String: Int64] = [:]
    /// By bias policy: whether its latest audit passed.
    package var audits: [String: Bool] = [:]
    package var endOfLife: Timestamp?
    package var approvals: Int64 = 0
    /// When it is promoted, for change windows.
    package var time: Timestamp?

    package init() {}

    private enum AuditVerdict: String, CaseIterable { case pass, fail }

    private static let time = FieldType<Timestamp>.scalar(
        "a time such as \"2026-03-04T09:00:00Z\"", schema: ["type": "string"]
    ) { Timestamp(rfc3339: $0) }

    static func read(_ reader: inout MappingReader) -> PromotionTestCase? {
        var made = PromotionTestCase()
        let metrics = reader.mappings("metrics", required: false) { name, entry in
            PolicyTestFile.sample(&entry).map { (name, $0) }
        }
        made.metrics = Dictionary(metrics) { first, _ in first }
        let evaluations = reader.mappings("evaluations", required: false) { name, entry in
            entry.required("score", .decimal).map { (name, $0) }
        }
        made.evaluations = Dictionary(evaluations) { first, _ in first }
        let budgets = reader.mappings("budgets", required: false) { name, entry in
            entry.required("percent", .integer(in: 0...1_000_000)).map { (name, $0) }
        }
        made.budgets = Dictionary(budgets) { first, _ in first }
        let audits = reader.mappings("audits", required: false) { name, entry in
            entry.required("verdict", FieldType<AuditVerdict>.choice()).map { (name, $0 == .pass) }
        }
        made.audits = Dictionary(audits) { first, _ in first }
        let count = FieldType<Int64>.integer(in: 0...1_000_000)
        made.findings = reader.optional("findings", count, default: 0)
        made.criticalFindings = reader.optional("critical_findings", count, default: 0)
        made.card = reader.optional("card", .list(of: .text, allowsEmpty: true)) ?? []
        made.isDeprecated = reader.optional("deprecated", .bool, default: false)
        made.approvals = reader.optional("approvals", count, default: 0)
        made.endOfLife = reader.optional("end_of_life", time)
        made.time = reader.optional("time", time)
        return made
    }
}
