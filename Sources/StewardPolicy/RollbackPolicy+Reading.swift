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
        let minimumSample = reader.required("minimum_sample", .integer(in: 1...1_000_000_000))
        let onNoData = reader.optional("on_no_data", .choice()) ?? NoData.hold
        let coolDown = reader.optional("cool_down", .duration(in: .zero ... .seconds(30 * 86_400))) ?? .minutes(10)
        let action: Action? = reader.required("action", .choice())

        guard let name, let rule, let minimumSample, let action else { return nil }
        self.init(
            name: name, summary: "", mode: mode, deployments: scope?.deployments ?? [Glob("*")],
            environments: scope?.environments ?? [Glob("production")], metric: rule.metric, window: rule.window,
            comparison: rule.comparison, limit: rule.limit, minimumSample: minimumSample, onNoData: onNoData,
            coolDown: coolDown, action: action)
        self.summary = summary ?? condition
    }

    private struct Rule {
        var metric: Metric
        var window: Duration
        var comparison: Comparison
        var limit: Limit
    }

    private static let bounds = ["above", "below", "above_previous", "below_previous"]

    private static func rule(_ reader: inout MappingReader) -> Rule? {
        let metric: Metric? = reader.required("metric", .choice("one of the metrics"))
        let window = reader.required("window", windowType)
        let above = reader.optional("above", .decimal)
        let below = reader.optional("below", .decimal)
        let abovePrevious = reader.mapping("above_previous") { relative(.above, &$0) }
        let belowPrevious = reader.mapping("below_previous") { relative(.below, &$0) }
        let given = bounds.filter { reader.contains($0) }
        if given.count != 1 {
            let found = given.isEmpty ? "none" : given.joined(separator: " and ")
            reader.report(reader.place, "needs exactly one of \(bounds.joined(separator: ", ")), not \(found)")
        }
        for (key, value) in [("above", above), ("below", below)] {
            guard metric == .errorRate, let value, !(0...1).contains(value) else { continue }
            let message = "`\(key)` must be a share from 0 to 1 for error_rate: 5 % is 0.05"
            reader.report(reader.place(of: key), message)
        }
        guard let metric, let window, given.count == 1 else { return nil }
        let absolute = (above ?? below).map(Limit.absolute)
        guard let limit = absolute ?? abovePrevious ?? belowPrevious, let key = given.first else { return nil }
        let comparison: Comparison = key.hasPrefix("above") ? .above : .below
        return Rule(metric: metric, window: window, comparison: comparison, limit: limit)
    }

    private static let windowType = FieldType.duration(in: .minutes(1) ... .seconds(7 * 86_400)).checked { window in
        window.components.seconds % 60 == 0 && window.components.attoseconds == 0
            ? nil : "must be whole minutes, because the evidence is kept by minute"
    }

    private static func relative(_ comparison: Comparison, _ reader: inout MappingReader) -> Limit? {
        let ratio = reader.optional(
            "ratio",
            .decimal.checked { ratio in
                switch comparison {
                case .above: ratio >= 1 ? nil : "must be at least 1: 2.0 is twice the previous version's value"
                case .below: ratio > 0 && ratio <= 1 ? nil : "must be above 0 and at most 1: 0.5 is half of it"
                }
            })
        let difference = reader.optional(
            "difference", .decimal.checked { $0 >= 0 ? nil : "must not be negative; the key says the direction" })
        if reader.contains("ratio") == reader.contains("difference") {
            reader.report(reader.place, "needs exactly one of ratio, difference")
        }
        return ratio.map(Limit.previousRatio) ?? difference.map(Limit.previousDifference)
    }
}
