import StewardGovernance
import StewardJSON
import StewardModel

/// What a person asks a route to be.
extension RoutePlan {
    static let shape = Shape.object([
        .required(
            "targets",
            .list(
                .object([
                    .required("version", .string, "its name or its digest"),
                    .required("weight", .integer, "its share of the sum of all weights"),
                    .optional("name", .string, "what clients see as the variant; the version's if left out"),
                ])),
            "canaries first and the stable version last: growing the first moves nobody who is on it"),
        .optional("targeting", .list(TargetingRule.shape), "looked at before weights; the first that matches decides"),
        .optional("sticky_by", .string, "what callers are split by; the targeting key if left out"),
        .optional(
            "shadow",
            .object([
                .required("version", .string),
                .optional("percentage", .integer, "1 to 100; 100 if left out"),
            ]), "gets a copy of requests; nobody sees its answers"),
        Endpoints.Fields.reason,
    ])

    init(_ fields: JSONFields, of deployment: GovernanceState.Deployment) throws {
        self.init(
            targets: try fields.objects("targets").map { target in
                Target(
                    version: deployment.name(ofVersion: try target.string("version")),
                    weight: try target.integer("weight"), name: try target.optionalString("name"))
            })
        rules = try fields.optionalObjects("targeting").enumerated().map { index, rule in
            try TargetingRule(rule, position: index, of: deployment)
        }
        stickyBy = try fields.optionalString("sticky_by").map { try fields.attribute($0, "sticky_by") }
        shadow = try fields.optionalObject("shadow").map { shadow in
            Shadow(
                version: deployment.name(ofVersion: try shadow.string("version")),
                percentage: try shadow.optionalInteger("percentage") ?? 100)
        }
    }
}

extension TargetingRule {
    fileprivate static let shape = Shape.object([
        .optional("name", .string, "rule-1, rule-2, … if left out"),
        .optional("if", .list(Condition.shape), "all must hold"),
        .optional("percentage", .integer, "1 to 100 of those who match; 100 if left out"),
        .required("version", .string, "its name or its digest"),
    ])

    fileprivate init(_ fields: JSONFields, position: Int, of deployment: GovernanceState.Deployment) throws {
        self.init(
            name: try fields.optionalString("name") ?? "rule-\(position + 1)",
            conditions: try fields.optionalObjects("if").map(Condition.init),
            percentage: try fields.optionalInteger("percentage") ?? 100,
            version: deployment.name(ofVersion: try fields.string("version")))
    }
}

extension TargetingRule.Condition {
    fileprivate static let shape = Shape.object(
        [.required("attribute", .string, "key, token, segment.NAME, tag.NAME, or the name of a context member")]
            + Comparison.allCases.map { .optional($0.rawValue, .strings, "exactly one comparison is given") })

    fileprivate init(_ fields: JSONFields) throws {
        let given = Comparison.allCases.filter { fields.json[$0.rawValue] != nil }
        guard let comparison = given.first, given.count == 1 else {
            let names = Comparison.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.wrong("", "needs exactly one of \(names)")
        }
        self.init(
            attribute: try fields.attribute(try fields.string("attribute"), "attribute"), comparison: comparison,
            values: try fields.strings(comparison.rawValue))
    }
}

extension JSONFields {
    fileprivate func attribute(_ text: String, _ field: String) throws -> RouteAttribute {
        guard let attribute = RouteAttribute(text) else {
            throw wrong(field, "must be key, token, segment.NAME, tag.NAME, or the name of a context member")
        }
        return attribute
    }
}
