import StewardModel

extension RollbackPolicy {
    /// Reads the keys of a `kind: rollback` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text)
        let mode = reader.optional("mode", .choice()) ?? Mode.enforce
        let scope = reader.mapping("applies_to") { scope in
            (
                deployments: scope.optional("deployments", .list(of: .glob)),
                environments: scope.optional("environments", .list(of: .glob))
            )
        }
        let rule = reader.mapping("when", required: true, Self.rule)
        let sampleType = FieldType<Int64>.integer(in: 1...1_000_000_000)
        let minimumSample =
            rule?.needsSample == false
            ? reader.optional("minimum_sample", sampleType) ?? 1 : reader.required("minimum_sample", sampleType)
        let onNoData = reader.optional("on_no_data", .choice()) ?? NoData.hold
        let coolDown = reader.optional("cool_down", .duration(in: .zero ... .seconds(30 * 86_400))) ?? .minutes(10)
        let action: Action? = reader.required("action", .choice())
        let cap = reader.optional("cap_percent", .integer(in: 1...99))
        if (action == .cap) != reader.contains("cap_percent"), action != nil {
            reader.report(reader.place(of: "action"), "`cap_percent` and action cap need each other")
        }
        guard let name, let rule, let minimumSample, let action else { return nil }
        self.init(
            name: name, summary: "", mode: mode, deployments: scope?.deployments ?? [Glob("*")],
            environments: scope?.environments ?? [Glob("production")], subject: rule.subject, window: rule.window,
            comparison: rule.comparison, limit: rule.limit, reference: rule.reference, minimumSample: minimumSample,
            onNoData: onNoData, coolDown: coolDown, action: action, capPercent: cap)
        self.summary = summary ?? condition
    }
}
