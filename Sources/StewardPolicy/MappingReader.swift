import StewardJSON
import StewardModel

/// Reads the keys of one mapping, each by its type, and collects every problem instead of stopping at the first.
///
/// Keys nobody asked for are problems too, so ``finish()`` must come last. A value with a problem is read as `nil`.
package struct MappingReader {
    private let file: String
    private let node: YAMLNode
    private let entries: [YAMLNode.Entry]
    /// Takes down what is asked for instead of reading it.
    private let shape: FieldShape?
    private var known: [String] = []
    /// What was found so far, in no particular order; without the unknown keys, which ``finish()`` adds.
    package private(set) var problems: [Problem] = []

    package init(_ node: YAMLNode, file: String) {
        self.file = file
        self.node = node
        shape = nil
        if case .mapping(let entries) = node.content {
            self.entries = entries
        } else {
            self.entries = []
            report(node, "must be a mapping of `key: value` lines, not \(node.kindDescription)")
        }
    }

    /// A reader of nothing, which takes down what it is asked for.
    init(describing shape: FieldShape) {
        file = ""
        node = YAMLNode(.mapping([]))
        entries = []
        self.shape = shape
    }

    /// The place of the mapping itself.
    package var place: YAMLNode { node }

    /// The place of a key's value, or of the mapping where there is none.
    package func place(of key: String) -> YAMLNode { entry(key)?.value ?? node }

    package func contains(_ key: String) -> Bool { entry(key) != nil }

    package mutating func required<Value>(_ key: String, _ type: FieldType<Value>) -> Value? {
        if let shape {
            shape.add(key, type.schema, isRequired: true)
            return nil
        }
        if case .mapping = node.content, !contains(key) { report(node, "`\(key)` is missing") }
        return optional(key, type)
    }

    package mutating func optional<Value>(_ key: String, _ type: FieldType<Value>) -> Value? {
        if let shape {
            shape.add(key, type.schema)
            return nil
        }
        known.append(key)
        guard let entry = entry(key) else { return nil }
        do {
            return try type.read(entry.value)
        } catch {
            report(error.node, "`\(key)` \(error.message)")
            return nil
        }
    }

    /// A key that has a value where the file gives none.
    package mutating func optional<Value: FieldDefault>(
        _ key: String, _ type: FieldType<Value>, default value: Value
    ) -> Value {
        if let shape {
            shape.add(key, type.schema.adding(["default": value.inFile]))
            return value
        }
        return optional(key, type) ?? value
    }

    /// As above, for one of an enumeration's raw values.
    package mutating func optional<Value: RawRepresentable<String>>(
        _ key: String, _ type: FieldType<Value>, default value: Value
    ) -> Value {
        if let shape {
            shape.add(key, type.schema.adding(["default": .string(value.rawValue)]))
            return value
        }
        return optional(key, type) ?? value
    }

    /// Reads a nested mapping; `nil` where it is absent or `body` gives up.
    package mutating func mapping<Value>(
        _ key: String, required: Bool = false, _ body: (inout MappingReader) -> Value?
    ) -> Value? {
        if let shape {
            shape.add(key, FieldShape.schema { _ = body(&$0) }, isRequired: required)
            return nil
        }
        known.append(key)
        guard let entry = entry(key) else {
            if required, case .mapping = node.content { report(node, "`\(key)` is missing") }
            return nil
        }
        return nested(entry.value, body)
    }

    /// Reads a mapping from names to mappings that is not empty.
    package mutating func mappings<Value>(
        _ key: String, required: Bool = true, _ body: (String, inout MappingReader) -> Value?
    ) -> [Value] {
        if let shape {
            // A name that whoever reads figures or names takes for one.
            let each = FieldShape.schema { _ = body("1", &$0) }
            let schema: JSONValue = ["type": "object", "minProperties": 1, "additionalProperties": each]
            shape.add(key, schema, isRequired: required)
            return []
        }
        known.append(key)
        guard let entry = entry(key) else {
            if required { report(node, "`\(key)` is missing") }
            return []
        }
        guard case .mapping(let children) = entry.value.content else {
            report(entry.value, "`\(key)` must be a mapping of names, not \(entry.value.kindDescription)")
            return []
        }
        if children.isEmpty { report(entry.value, "`\(key)` must not be empty") }
        return children.compactMap { child in nested(child.value) { body(child.name, &$0) } }
    }

    /// Reads a list of mappings that is not empty.
    package mutating func list<Value>(
        _ key: String, required: Bool = true, _ body: (inout MappingReader) -> Value?
    ) -> [Value] {
        if let shape {
            let each = FieldShape.schema { _ = body(&$0) }
            shape.add(key, ["type": "array", "minItems": 1, "items": each], isRequired: required)
            return []
        }
        known.append(key)
        guard let entry = entry(key) else {
            if required { report(node, "`\(key)` is missing") }
            return []
        }
        guard case .sequence(let children) = entry.value.content else {
            report(entry.value, "`\(key)` must be a list, not \(entry.value.kindDescription)")
            return []
        }
        if children.isEmpty { report(entry.value, "`\(key)` must not be empty") }
        return children.compactMap { nested($0, body) }
    }

    /// Reads a mapping from some of these names to values of one type.
    package mutating func values<Value>(
        _ key: String, of names: [String], _ type: FieldType<Value>
    ) -> [String: Value]? {
        if let shape {
            shape.add(key, ["type": "object", "additionalProperties": type.schema])
            return nil
        }
        return mapping(key) { reader in
            names.reduce(into: [:]) { found, name in found[name] = reader.optional(name, type) }
        }
    }

    /// Which one of these keys is there, where exactly one must be; what it is for decides which others may be.
    ///
    /// - Parameter usual: taken where none is there, whose own absence is then the problem.
    package mutating func oneKey(of keys: [String], else usual: String? = nil) -> String? {
        if let shape { return shape.next(of: keys) }
        let given = keys.filter { contains($0) }
        if given.isEmpty, let usual { return usual }
        if given.count == 1 { return given.first }
        known += given
        report(node, "needs exactly one of \(keys.joined(separator: ", "))")
        return nil
    }

    /// Refuses the mapping unless it has exactly one of these keys.
    @discardableResult
    package mutating func exactlyOne(of keys: [String], _ message: String? = nil) -> Bool {
        if let shape {
            shape.demand("oneOf", keys)
            return false
        }
        if keys.count(where: { contains($0) }) == 1 { return true }
        report(node, message ?? "needs exactly one of \(keys.joined(separator: ", "))")
        return false
    }

    /// Refuses the mapping where it has none of these keys.
    package mutating func atLeastOne(of keys: [String], _ message: String) {
        if let shape { return shape.demand("anyOf", keys) }
        if !keys.contains(where: { contains($0) }) { report(node, message) }
    }

    /// The deployments and environments that a policy is about.
    mutating func appliesTo(environments usual: String) -> (deployments: [Glob], environments: [Glob]) {
        let scope = mapping("applies_to") { scope in
            (
                deployments: scope.optional("deployments", .list(of: .glob), default: [Glob("*")]),
                environments: scope.optional("environments", .list(of: .glob), default: [Glob(usual)])
            )
        }
        return scope ?? (deployments: [Glob("*")], environments: [Glob(usual)])
    }

    /// Adds a problem at a node.
    package mutating func report(_ node: YAMLNode, _ message: String) {
        problems.append(Problem(file: file, line: node.line, column: node.column, message: message))
    }

    /// Refuses the keys that were not asked for, and returns every problem found, in no particular order.
    package mutating func finish() -> [Problem] {
        if shape != nil { return [] }
        for entry in entries where !known.contains(entry.name) {
            let hint = Suggestion.text(for: entry.name, among: known.filter { !contains($0) })
            let message = "`\(entry.name)` is not known here\(hint)"
            problems.append(Problem(file: file, line: entry.line, column: entry.column, message: message))
        }
        return problems
    }

    private func entry(_ key: String) -> YAMLNode.Entry? { entries.first { $0.name == key } }

    private mutating func nested<Value>(_ node: YAMLNode, _ body: (inout MappingReader) -> Value?) -> Value? {
        var reader = MappingReader(node, file: file)
        let value = body(&reader)
        let found = reader.finish()
        problems += found
        return found.isEmpty ? value : nil
    }
}
