import StewardModel

/// A made-up version that a promotion policy's test case asks about.
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
    package var approvals: Int64 = 0
    /// When it is promoted, for change windows.
    package var time: Timestamp?

    package init() {}

    private enum AuditVerdict: String, CaseIterable { case pass, fail }

    static func read(_ reader: inout MappingReader) -> PromotionTestCase? {
        var made = PromotionTestCase()
        if reader.contains("metrics") {
            let pairs = reader.mappings("metrics") { name, entry in PolicyTestFile.sample(&entry).map { (name, $0) } }
            made.metrics = Dictionary(pairs) { first, _ in first }
        }
        if reader.contains("evaluations") {
            let pairs = reader.mappings("evaluations") { name, entry in
                entry.required("score", .decimal).map { (name, $0) }
            }
            made.evaluations = Dictionary(pairs) { first, _ in first }
        }
        if reader.contains("budgets") {
            let pairs = reader.mappings("budgets") { name, entry in
                entry.required("percent", .integer(in: 0...1_000_000)).map { (name, $0) }
            }
            made.budgets = Dictionary(pairs) { first, _ in first }
        }
        if reader.contains("audits") {
            let pairs = reader.mappings("audits") { name, entry in
                entry.required("verdict", FieldType<AuditVerdict>.choice()).map { (name, $0 == .pass) }
            }
            made.audits = Dictionary(pairs) { first, _ in first }
        }
        let count = FieldType<Int64>.integer(in: 0...1_000_000)
        made.findings = reader.optional("findings", count) ?? 0
        made.criticalFindings = reader.optional("critical_findings", count) ?? 0
        made.card = reader.optional("card", .list(of: .text, allowsEmpty: true)) ?? []
        made.isDeprecated = reader.optional("deprecated", .bool) ?? false
        made.approvals = reader.optional("approvals", count) ?? 0
        made.time = reader.optional(
            "time", FieldType<Timestamp>.scalar("a time such as \"2026-03-04T09:00:00Z\"") { Timestamp(rfc3339: $0) })
        return made
    }
}
