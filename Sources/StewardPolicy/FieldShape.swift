import StewardJSON
import StewardModel

/// Which keys the reader of a mapping asks for, as JSON Schema says it: the reader is run on nothing, and what it asks
/// for is taken down. So there is no second place where fields are declared.
final class FieldShape {
    private var properties: [JSONValue.Member] = []
    private var required: [String] = []
    private var demands: [JSONValue] = []
    /// Which of the keys it may have only one of the reader is told is there.
    private let alternative: Int
    private var alternatives = 1

    private init(alternative: Int) { self.alternative = alternative }

    /// Of what a reader reads; one schema for each alternative, where it asks which one there is.
    static func schema(_ read: (inout MappingReader) -> Void) -> JSONValue {
        var schemas: [JSONValue] = []
        var count = 1
        while schemas.count < count {
            let shape = FieldShape(alternative: schemas.count)
            var reader = MappingReader(describing: shape)
            read(&reader)
            schemas.append(shape.schema)
            count = shape.alternatives
        }
        return schemas.count == 1 ? schemas[0] : ["oneOf": .array(schemas)]
    }

    private var schema: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "type", value: "object"), .init(name: "properties", value: .object(properties)),
            .init(name: "additionalProperties", value: false),
        ]
        if !required.isEmpty {
            members.append(.init(name: "required", value: .array(required.map { .string($0) })))
        }
        if !demands.isEmpty { members.append(.init(name: "allOf", value: .array(demands))) }
        return .object(members)
    }

    func add(_ key: String, _ schema: JSONValue, isRequired: Bool = false) {
        if !properties.contains(where: { $0.name == key }) { properties.append(.init(name: key, value: schema)) }
        if isRequired, !required.contains(key) { required.append(key) }
    }

    func demand(_ how: String, _ keys: [String]) {
        demands.append(.object([.init(name: how, value: .array(keys.map { ["required": [.string($0)]] }))]))
    }

    /// The key that this run is about.
    func next(of keys: [String]) -> String {
        alternatives = keys.count
        return keys[alternative]
    }
}

extension JSONValue {
    /// The members of both; those of `other` where both have one.
    func adding(_ other: JSONValue) -> JSONValue {
        let added = other.members ?? []
        let kept = (members ?? []).filter { member in !added.contains { $0.name == member.name } }
        return .object(kept + added)
    }
}

/// A value that can stand in a file, so that editors can show what holds without it.
package protocol FieldDefault {
    var inFile: JSONValue { get }
}

extension Bool: FieldDefault { package var inFile: JSONValue { .bool(self) } }
extension Int64: FieldDefault { package var inFile: JSONValue { .integer(self) } }
extension Double: FieldDefault { package var inFile: JSONValue { .number(self) } }
extension String: FieldDefault { package var inFile: JSONValue { .string(self) } }
extension Duration: FieldDefault { package var inFile: JSONValue { .string(DurationText.format(self)) } }
extension Glob: FieldDefault { package var inFile: JSONValue { .string(pattern) } }
extension Array: FieldDefault where Element: FieldDefault {
    package var inFile: JSONValue { .array(map(\.inFile)) }
}
