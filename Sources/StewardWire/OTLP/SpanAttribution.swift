import StewardJSON
import StewardModel

/// Which deployment, version, environment, team and project a span belongs to.
///
/// Rules are tried in order. A rule holds when all of its conditions do, and assigns what no rule before it has
/// assigned. What is left has defaults: the deployment is `service.name` (`unknown-service` without one); the
/// environment is `langfuse.environment`, `deployment.environment.name` or `deployment.environment`, else
/// `production`; the version is the attribute `steward.version` of the span or resource, else the response model, else
/// the request model, else `unknown`; team and project stay empty.
///
/// A name that ``Name`` does not allow is made to fit, never dropped: see ``fitting(_:)``.
package struct SpanAttribution: Sendable, Equatable {
    package var rules: [Rule]

    package init(rules: [Rule] = []) { self.rules = rules }

    package struct Rule: Sendable, Equatable {
        /// All of them must hold; a rule without conditions always holds.
        package var conditions: [Condition]
        package var assignments: [Field: Source]

        package init(conditions: [Condition], assignments: [Field: Source]) {
            self.conditions = conditions
            self.assignments = assignments
        }
    }

    package struct Condition: Sendable, Equatable {
        package var subject: Subject
        /// `*` stands for any run of characters, `?` for one.
        package var pattern: String

        package init(_ subject: Subject, matches pattern: String) {
            self.subject = subject
            self.pattern = pattern
        }
    }

    package enum Subject: Sendable, Equatable {
        /// The resource's `service.name`.
        case service
        /// The response model or the request model: one of them must match.
        case model
        case resource(String)
        case span(String)
    }

    package enum Field: String, CaseIterable, Sendable { case deployment, version, environment, team, project }

    package enum Source: Sendable, Equatable {
        case constant(String)
        /// An attribute of the span or, where it has none of that name, of the resource. Where neither has it, the
        /// rule does not assign the field.
        case attribute(String)
    }

    static let environmentKeys = ["deployment.environment.name", "deployment.environment"]

    /// Makes a name of any text: `/` and control characters become `-`, spaces at the ends go, and what is longer than
    /// ``Name/maximumBytes`` is cut. `nil` where nothing is left.
    package static func fitting(_ text: String) -> String? {
        if Name.problem(text) == nil { return text }
        var name = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isAllowed = scalar.value >= 0x20 && scalar.value != 0x7F && scalar != "/"
            name.append(isAllowed ? scalar : "-")
        }
        let trimmed = String(name.drop { $0 == " " })
        var cut = clipped(trimmed, to: Name.maximumBytes)
        while cut.utf8.last == 0x20 { cut.removeLast() }
        return cut.isEmpty ? nil : cut
    }
}

/// A text's longest prefix of at most `maximumBytes` bytes that ends between two Unicode scalars.
func clipped(_ text: String, to maximumBytes: Int) -> String {
    guard text.utf8.count > maximumBytes else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: maximumBytes)
    while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
    return String(text[..<end])
}

// MARK: - Applying

extension SpanAttribution {
    /// What rules look at.
    struct Facts {
        var service: String?
        var models: [String]
        /// An attribute's text; `nil` where there is none.
        var span: (String) -> String?
        var resource: (String) -> String?
    }

    /// The first assignment of each field, by the rules alone.
    func assigned(_ facts: Facts) -> [Field: String] {
        var values: [Field: String] = [:]
        for rule in rules where rule.conditions.allSatisfy({ Self.holds($0, facts) }) {
            for (field, source) in rule.assignments where values[field] == nil {
                let text: String? =
                    switch source {
                    case .constant(let text): text
                    case .attribute(let key): facts.span(key) ?? facts.resource(key)
                    }
                values[field] = text.flatMap { Self.fitting($0) }
            }
        }
        return values
    }

    private static func holds(_ condition: Condition, _ facts: Facts) -> Bool {
        switch condition.subject {
        case .service: matches(condition.pattern, facts.service)
        case .model: facts.models.contains { matches(condition.pattern, $0) }
        case .resource(let key): matches(condition.pattern, facts.resource(key))
        case .span(let key): matches(condition.pattern, facts.span(key))
        }
    }

    private static func matches(_ pattern: String, _ text: String?) -> Bool {
        text.map { Glob(pattern).matches($0) } ?? false
    }
}

// MARK: - Reading

extension SpanAttribution {
    /// Reads a list of rules:
    ///
    /// ```json
    /// [{"match": {"service": "chat-*", "model": "gpt-*", "resource": {"k8s.namespace.name": "prod"}, "span": {…}},
    ///   "set": {"deployment": "support-bot", "version": {"attribute": "app.version"}}}]
    /// ```
    ///
    /// - Throws: `configuration` naming the member that is wrong, such as `[0].match.model`.
    package init(json: JSONValue) throws(StewardError) {
        guard let list = json.array else {
            throw Self.wrong("", "must be a list of rules, found \(json.kindDescription)")
        }
        rules = []
        for (index, value) in list.enumerated() { rules.append(try Self.rule(value, "[\(index)]")) }
    }

    private static func rule(_ value: JSONValue, _ path: String) throws(StewardError) -> Rule {
        let members = try object(value, path, allowed: ["match", "set"])
        var rule = Rule(conditions: [], assignments: [:])
        for member in members {
            let path = "\(path).\(member.name)"
            if member.name == "match" {
                rule.conditions = try conditions(member.value, path)
            } else {
                rule.assignments = try assignments(member.value, path)
            }
        }
        guard !rule.assignments.isEmpty else {
            throw wrong("\(path).set", "is required: say what the rule assigns, such as {\"deployment\": \"bot\"}")
        }
        return rule
    }

    private static func conditions(_ value: JSONValue, _ path: String) throws(StewardError) -> [Condition] {
        var conditions: [Condition] = []
        for member in try object(value, path, allowed: ["service", "model", "resource", "span"]) {
            let path = "\(path).\(member.name)"
            switch member.name {
            case "service": conditions.append(Condition(.service, matches: try pattern(member.value, path)))
            case "model": conditions.append(Condition(.model, matches: try pattern(member.value, path)))
            default:
                for entry in try object(member.value, path, allowed: nil) {
                    let pattern = try pattern(entry.value, "\(path).\(entry.name)")
                    let subject: Subject = member.name == "span" ? .span(entry.name) : .resource(entry.name)
                    conditions.append(Condition(subject, matches: pattern))
                }
            }
        }
        return conditions
    }

    private static func assignments(_ value: JSONValue, _ path: String) throws(StewardError) -> [Field: Source] {
        var assignments: [Field: Source] = [:]
        for member in try object(value, path, allowed: Field.allCases.map(\.rawValue)) {
            let path = "\(path).\(member.name)"
            guard let field = Field(rawValue: member.name) else { continue }
            if let constant = member.value.string {
                if let problem = Name.problem(constant) { throw wrong(path, problem) }
                assignments[field] = .constant(constant)
            } else {
                let members = try object(member.value, path, allowed: ["attribute"])
                guard let key = members.first?.value.string, !key.isEmpty else {
                    throw wrong("\(path).attribute", "must be the name of an attribute")
                }
                assignments[field] = .attribute(key)
            }
        }
        return assignments
    }

    private static func pattern(_ value: JSONValue, _ path: String) throws(StewardError) -> String {
        guard let text = value.string, !text.isEmpty else {
            throw wrong(path, "must be a text that may contain * and ?, found \(value.kindDescription)")
        }
        return text
    }

    private static func object(
        _ value: JSONValue, _ path: String, allowed: [String]?
    ) throws(StewardError) -> [JSONValue.Member] {
        guard let members = value.members else {
            throw wrong(path, "must be an object, found \(value.kindDescription)")
        }
        if let allowed, let unknown = members.first(where: { !allowed.contains($0.name) }) {
            throw wrong("\(path).\(unknown.name)", "is not known here: use \(allowed.joined(separator: ", "))")
        }
        return members
    }

    private static func wrong(_ path: String, _ message: String) -> StewardError {
        StewardError(.configuration, message, field: path.isEmpty ? nil : path)
    }
}
