import StewardJSON
import StewardModel

extension RoutePlan {
    /// The members of a record's data and of answers; what a plan does not have is left out.
    package var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [.init(name: "targets", value: .array(targets.map(\.json)))]
        if !rules.isEmpty { members.append(.init(name: "targeting", value: .array(rules.map(\.json)))) }
        if let stickyBy { members.append(.init(name: "sticky_by", value: .string(stickyBy.text))) }
        if let shadow {
            members.append(
                .init(
                    name: "shadow",
                    value: ["version": .string(shadow.version), "percentage": .integer(shadow.percentage)]))
        }
        return members
    }

    init(_ fields: RecordFields) throws {
        self.init(targets: try fields.objects("targets").map(Target.init))
        if fields.has("targeting") { rules = try fields.objects("targeting").map(TargetingRule.init) }
        stickyBy = fields.optionalString("sticky_by").flatMap(RouteAttribute.init)
        shadow = try fields.optionalObject("shadow").map { shadow in
            Shadow(version: try shadow.string("version"), percentage: try shadow.integer("percentage"))
        }
    }
}

extension Target {
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "version", value: .string(version)), .init(name: "weight", value: .integer(weight)),
        ]
        if let name { members.append(.init(name: "name", value: .string(name))) }
        return .object(members)
    }

    init(_ fields: RecordFields) throws {
        self.init(
            version: try fields.string("version"), weight: try fields.integer("weight"),
            name: fields.optionalString("name"))
    }
}

extension TargetingRule {
    package var json: JSONValue {
        [
            "name": .string(name), "if": .array(conditions.map(\.json)), "percentage": .integer(percentage),
            "version": .string(version),
        ]
    }

    init(_ fields: RecordFields) throws {
        self.init(
            name: try fields.string("name"), conditions: try fields.objects("if").map(Condition.init),
            percentage: try fields.integer("percentage"), version: try fields.string("version"))
    }
}

extension TargetingRule.Condition {
    var json: JSONValue {
        .object([
            .init(name: "attribute", value: .string(attribute.text)),
            .init(name: comparison.rawValue, value: .array(values.map { .string($0) })),
        ])
    }

    init(_ fields: RecordFields) throws {
        guard let attribute = RouteAttribute(try fields.string("attribute")),
            let comparison = Comparison.allCases.first(where: { fields.has($0.rawValue) })
        else { throw fields.problem("if") }
        self.init(
            attribute: attribute, comparison: comparison, values: try fields.strings(comparison.rawValue))
    }
}
