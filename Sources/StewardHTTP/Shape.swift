import StewardJSON
import StewardModel

/// What a JSON body may hold. It is published in `/openapi.json`, and every body is held against it before anything
/// reads it, so that the two cannot differ.
indirect enum Shape: Sendable {
    case string
    case integer
    case number
    case boolean
    /// Whatever JSON there is.
    case any
    case list(Shape)
    /// - Parameter open: other members are taken, too.
    case object([Field], open: Bool = false)

    struct Field: Sendable {
        var name: String
        var shape: Shape
        var isRequired: Bool
        var summary: String

        /// A member that has to be there.
        static func required(_ name: String, _ shape: Shape, _ summary: String = "") -> Self {
            Self(name: name, shape: shape, isRequired: true, summary: summary)
        }

        /// A member that may be left out, or null.
        static func optional(_ name: String, _ shape: Shape, _ summary: String = "") -> Self {
            Self(name: name, shape: shape, isRequired: false, summary: summary)
        }
    }

    static let strings = list(.string)
}

// MARK: - Checking

extension Shape {
    /// - Parameter field: how errors name the value; empty for the body itself.
    /// - Throws: ``StewardError/Code/invalidInput`` with the first member that is not as declared. What nothing reads
    ///   is refused, because a typo must not pass for a wish.
    func check(_ value: JSONValue, field: String = "") throws(StewardError) {
        guard matches(value) else {
            throw StewardError(.invalidInput, "must be \(noun)", field: field.isEmpty ? "body" : field)
        }
        switch self {
        case .list(let element):
            for (index, item) in (value.array ?? []).enumerated() {
                try element.check(item, field: "\(field)[\(index)]")
            }
        case .object(let fields, let isOpen):
            let prefix = field.isEmpty ? "" : field + "."
            for member in value.members ?? [] where !isOpen && !fields.contains(where: { $0.name == member.name }) {
                let names = fields.map(\.name).joined(separator: ", ")
                throw StewardError(
                    .invalidInput, names.isEmpty ? "is unknown" : "is unknown; allowed are: \(names)",
                    field: prefix + member.name)
            }
            for field in fields {
                guard let member = value[field.name], !member.isNull else {
                    guard !field.isRequired else {
                        throw StewardError(.invalidInput, "is required", field: prefix + field.name)
                    }
                    continue
                }
                try field.shape.check(member, field: prefix + field.name)
            }
        default: break
        }
    }

    private func matches(_ value: JSONValue) -> Bool {
        switch self {
        case .string: value.string != nil
        case .integer: value.int64 != nil
        case .number: value.double != nil
        case .boolean: value.bool != nil
        case .any: true
        case .list(let element): value.array.map { $0.allSatisfy(element.matches) } ?? false
        case .object: value.members != nil
        }
    }

    private var noun: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "true or false"
        case .any: "JSON"
        case .list(.string): "a list of strings"
        case .list: "a list of objects"
        case .object: "a JSON object"
        }
    }
}

// MARK: - Publishing

extension Shape {
    /// As JSON Schema 2020-12, which OpenAPI 3.1 uses.
    var schema: JSONValue {
        switch self {
        case .string: return ["type": "string"]
        case .integer: return ["type": "integer"]
        case .number: return ["type": "number"]
        case .boolean: return ["type": "boolean"]
        case .any: return [:]
        case .list(let element): return ["type": "array", "items": element.schema]
        case .object(let fields, let isOpen):
            var members: [JSONValue.Member] = [
                .init(name: "type", value: "object"),
                .init(
                    name: "properties",
                    value: .object(fields.map { .init(name: $0.name, value: $0.schema) })),
                .init(name: "additionalProperties", value: .bool(isOpen)),
            ]
            let required = fields.filter(\.isRequired)
            if !required.isEmpty {
                members.append(.init(name: "required", value: .array(required.map { .string($0.name) })))
            }
            return .object(members)
        }
    }
}

extension Shape.Field {
    fileprivate var schema: JSONValue {
        guard case .object(let members) = shape.schema, !summary.isEmpty else { return shape.schema }
        return .object([.init(name: "description", value: .string(summary))] + members)
    }
}
