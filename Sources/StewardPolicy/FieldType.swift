import StewardJSON
import StewardModel

/// Why a node is no value of a type; the node says where.
package struct Mismatch: Error {
    package var node: YAMLNode
    /// Begins with `must` and has no subject.
    package var message: String

    package init(_ node: YAMLNode, _ message: String) {
        self.node = node
        self.message = message
    }
}

/// How one value of a file is read and checked: the type that a ``MappingReader`` is asked for.
package struct FieldType<Value>: Sendable {
    /// What JSON Schema can say of it, for editors.
    package let schema: JSONValue
    package let read: @Sendable (YAMLNode) throws(Mismatch) -> Value

    package init(schema: JSONValue = [:], _ read: @escaping @Sendable (YAMLNode) throws(Mismatch) -> Value) {
        self.schema = schema
        self.read = read
    }

    /// A scalar that `convert` understands; `expectation` completes `must be …`.
    package static func scalar(
        _ expectation: String, schema: JSONValue = ["type": ["string", "number"]],
        _ convert: @escaping @Sendable (String) -> Value?
    ) -> FieldType {
        FieldType(schema: schema) { node throws(Mismatch) in
            guard case .scalar(let text, _) = node.content, let value = convert(text) else {
                throw Mismatch(node, "must be \(expectation), not \(node.kindDescription)")
            }
            return value
        }
    }

    /// The same value, refused where `problem` finds something wrong with it.
    package func checked(_ problem: @escaping @Sendable (Value) -> String?) -> FieldType { checked([:], problem) }

    /// The same value, refused where `problem` finds something wrong with it.
    ///
    /// - Parameter more: what JSON Schema can say of that.
    package func checked(
        _ more: JSONValue, _ problem: @escaping @Sendable (Value) -> String?
    ) -> FieldType {
        FieldType(schema: schema.adding(more)) { node throws(Mismatch) in
            let value = try read(node)
            if let problem = problem(value) { throw Mismatch(node, problem) }
            return value
        }
    }

    /// A list, empty only where `allowsEmpty`.
    package static func list<Element>(
        of element: FieldType<Element>, allowsEmpty: Bool = false
    ) -> FieldType where Value == [Element] {
        var schema: JSONValue = ["type": "array", "items": element.schema]
        if !allowsEmpty { schema = schema.adding(["minItems": 1]) }
        return FieldType(schema: schema) { node throws(Mismatch) in
            guard case .sequence(let nodes) = node.content else {
                throw Mismatch(node, "must be a list such as [a, b], not \(node.kindDescription)")
            }
            if nodes.isEmpty, !allowsEmpty { throw Mismatch(node, "must not be empty") }
            var values: [Element] = []
            for node in nodes { values.append(try element.read(node)) }
            return values
        }
    }
}

extension FieldType where Value == String {
    /// Text, quoted unless it could not be taken for anything else; not empty.
    package static let text = FieldType(schema: ["type": "string", "minLength": 1]) { node throws(Mismatch) in
        guard case .scalar(let text, let style) = node.content else {
            throw Mismatch(node, "must be text, not \(node.kindDescription)")
        }
        if text.isEmpty { throw Mismatch(node, "must not be empty") }
        if style == .plain, YAMLNode.plainScalar(text) != .string(text) {
            throw Mismatch(node, "must be text; put \(text) into quotes")
        }
        return text
    }

    /// The name of a policy, deployment, version or environment (``Name``).
    package static let name = text.checked(["maxLength": .integer(Int64(Name.maximumBytes)), "pattern": "^[^/]+$"]) {
        Name.problem($0)
    }
}

extension FieldType where Value == Glob {
    package static let glob = FieldType(schema: FieldType<String>.text.schema) { node throws(Mismatch) in
        Glob(try FieldType<String>.text.read(node))
    }
}

extension FieldType where Value == Bool {
    package static let bool = FieldType(schema: ["type": "boolean"]) { node throws(Mismatch) in
        switch node.content {
        case .scalar("true", .plain), .scalar("true", .external): return true
        case .scalar("false", .plain), .scalar("false", .external): return false
        default: throw Mismatch(node, "must be true or false, not \(node.kindDescription)")
        }
    }
}

extension FieldType where Value == Int64 {
    package static func integer(in range: ClosedRange<Int64>) -> FieldType {
        let schema: JSONValue = [
            "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
        ]
        return FieldType(schema: schema) { node throws(Mismatch) in
            guard case .scalar(let text, let style) = node.content, style != .quoted,
                case .integer(let value) = YAMLNode.plainScalar(text)
            else { throw Mismatch(node, "must be a whole number, not \(node.kindDescription)") }
            guard range.contains(value) else {
                throw Mismatch(node, "must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
            }
            return value
        }
    }
}

extension FieldType where Value == Double {
    /// A finite number.
    package static let decimal = FieldType(schema: ["type": "number"]) { node throws(Mismatch) in
        guard case .scalar(let text, let style) = node.content, style != .quoted,
            let value = YAMLNode.plainScalar(text).double
        else { throw Mismatch(node, "must be a number, not \(node.kindDescription)") }
        return value
    }
}

extension FieldType where Value == Duration {
    package static func duration(in range: ClosedRange<Duration>) -> FieldType {
        scalar("a span of time such as 90s, 5m, 1h or 7d", schema: DurationText.schema, DurationText.parse).checked {
            duration in
            range.contains(duration)
                ? nil
                : "must be from \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        }
    }
}

extension FieldType where Value: CaseIterable & RawRepresentable & SendableMetatype, Value.RawValue == String {
    /// One of an enumeration's raw values.
    package static func choice(_ noun: String = "one of") -> FieldType {
        let names = Value.allCases.map(\.rawValue)
        let schema: JSONValue = ["enum": .array(names.map { .string($0) })]
        return FieldType(schema: schema) { node throws(Mismatch) in
            let listed = "\(noun) \(names.joined(separator: ", "))"
            guard case .scalar(let text, _) = node.content else {
                throw Mismatch(node, "must be \(listed), not \(node.kindDescription)")
            }
            guard let value = Value(rawValue: text) else {
                let hint = Suggestion.text(for: text, among: names)
                throw Mismatch(node, "must be \(listed), not \(node.kindDescription)\(hint)")
            }
            return value
        }
    }
}

extension FieldType where Value == Metric {
    /// A metric's name.
    package static let metric = {
        let names = Metric.named.map(\.rawValue)
        let listed = "one of the metrics \(names.joined(separator: ", ")), score.NAME"
        let schema: JSONValue = [
            "anyOf": [["enum": .array(names.map { .string($0) })], ["type": "string", "pattern": "^score\\..+$"]]
        ]
        return FieldType(schema: schema) { node throws(Mismatch) in
            guard case .scalar(let text, _) = node.content, let value = Metric(rawValue: text) else {
                var hint = ""
                if case .scalar(let text, _) = node.content { hint = Suggestion.text(for: text, among: names) }
                throw Mismatch(node, "must be \(listed), not \(node.kindDescription)\(hint)")
            }
            return value
        }
    }()
}
