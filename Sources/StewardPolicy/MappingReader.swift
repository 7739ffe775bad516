/// Reads the keys of one mapping, each by its type, and collects every problem instead of stopping at the first.
///
/// Keys nobody asked for are problems too, so ``finish()`` must come last. A value with a problem is read as `nil`.
package struct MappingReader {
    private let file: String
    private let node: YAMLNode
    private let entries: [YAMLNode.Entry]
    private var known: [String] = []
    /// What was found so far, in no particular order; without the unknown keys, which ``finish()`` adds.
    package private(set) var problems: [Problem] = []

    package init(_ node: YAMLNode, file: String) {
        self.file = file
        self.node = node
        if case .mapping(let entries) = node.content {
            self.entries = entries
        } else {
            self.entries = []
            report(node, "must be a mapping of `key: value` lines, not \(node.kindDescription)")
        }
    }

    /// The place of the mapping itself.
    package var place: YAMLNode { node }

    /// The place of a key's value, or of the mapping where there is none.
    package func place(of key: String) -> YAMLNode { entry(key)?.value ?? node }

    package func contains(_ key: String) -> Bool { entry(key) != nil }

    package mutating func required<Value>(_ key: String, _ type: FieldType<Value>) -> Value? {
        if case .mapping = node.content, !contains(key) { report(node, "`\(key)` is missing") }
        return optional(key, type)
    }

    package mutating func optional<Value>(_ key: String, _ type: FieldType<Value>) -> Value? {
        known.append(key)
        guard let entry = entry(key) else { return nil }
        do {
            return try type.read(entry.value)
        } catch {
            report(error.node, "`\(key)` \(error.message)")
            return nil
        }
    }

    /// Reads a nested mapping; `nil` where it is absent or `body` gives up.
    package mutating func mapping<Value>(
        _ key: String, required: Bool = false, _ body: (inout MappingReader) -> Value?
    ) -> Value? {
        known.append(key)
        guard let entry = entry(key) else {
            if required, case .mapping = node.content { report(node, "`\(key)` is missing") }
            return nil
        }
        return nested(entry.value, body)
    }

    /// Reads a required, non-empty mapping from names to mappings.
    package mutating func mappings<Value>(
        _ key: String, _ body: (String, inout MappingReader) -> Value?
    ) -> [Value] {
        known.append(key)
        guard let entry = entry(key) else {
            report(node, "`\(key)` is missing")
            return []
        }
        guard case .mapping(let children) = entry.value.content else {
            report(entry.value, "`\(key)` must be a mapping of names, not \(entry.value.kindDescription)")
            return []
        }
        if children.isEmpty { report(entry.value, "`\(key)` must not be empty") }
        return children.compactMap { child in nested(child.value) { body(child.name, &$0) } }
    }

    /// Reads a required, non-empty list of mappings.
    package mutating func list<Value>(_ key: String, _ body: (inout MappingReader) -> Value?) -> [Value] {
        known.append(key)
        guard let entry = entry(key) else {
            report(node, "`\(key)` is missing")
            return []
        }
        guard case .sequence(let children) = entry.value.content else {
            report(entry.value, "`\(key)` must be a list, not \(entry.value.kindDescription)")
            return []
        }
        if children.isEmpty { report(entry.value, "`\(key)` must not be empty") }
        return children.compactMap { nested($0, body) }
    }

    /// Adds a problem at a node.
    package mutating func report(_ node: YAMLNode, _ message: String) {
        problems.append(Problem(file: file, line: node.line, column: node.column, message: message))
    }

    /// Refuses the keys that were not asked for, and returns every problem found, in no particular order.
    package mutating func finish() -> [Problem] {
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
