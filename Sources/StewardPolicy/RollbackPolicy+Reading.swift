import StewardModel

extension RollbackPolicy {
    /// Reads the keys of a `kind: rollback` file; `nil` where one of them has a problem, which the reader keeps.
    init?(reading reader: inout MappingReader) {
        let name = reader.required("name", .name)
        let summary = reader.optional("summary", .text)
        let mode = reader.optional("mode", .choice(), default: Mode.enforce)
        let scope = reader.appliesTo(environments: "production")
        let rule = reader.mapping("when", required: true, Self.rule)
        let sampleType = FieldType<Int64>.integer(in: 1...1_000_000_000)
        let minimumSample = reader.optional("minimum_sample", sampleType)
        if !reader.contains("minimum_sample"), rule?.needsSample != false {
            reader.report(reader.place, "`minimum_sample` is missing")
        }
        let onNoData = reader.optional("on_no_data", .choice(), default: NoData.hold)
        let coolDown = reader.optional(
            "cool_down", .duration(in: .zero ... .seconds(30 * 86_400)), default: .minutes(10))
        let action: Action? = reader.required("action", .choice())
        let cap = reader.optional("cap_percent", .integer(in: 1...99))
        if (action == .cap) != reader.contains("cap_percent"), action != nil {
            reader.report(reader.place(of: "action"), "`cap_percent` and action cap need each other")
        }
        guard let name, let rule, let action else { return nil }
        self.init(
            name: name, summary: "", mode: mode, deployments: scope.deployments,
            environments: scope.environments, subject: rule.subject, window: rule.window,
            comparison: rule.comparison, limit: rule.limit, reference: rule.reference,
            minimumSample: minimumSample ?? 1,
            onNoData: onNoData, coolDown: coolDown, action: action, capPercent: cap)
        self.summary = summary ?? condition
    }
}
