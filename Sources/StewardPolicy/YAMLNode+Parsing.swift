import Yams

extension YAMLNode {
    /// Limits that keep a hostile file from costing more than a look at it.
    package enum Limit {
        package static let bytes = 1 << 20
        package static let nodes = 100_000
        package static let depth = 32
    }

    /// Reads one YAML 1.2 document.
    ///
    /// Refused, each with its place: text that is no YAML, an empty file, a second document, a key that stands twice in
    /// a mapping or is no scalar, anchors with aliases, tags, and anything over ``Limit``.
    package static func parse(file: String, text: String) -> Result<YAMLNode, Problems> {
        guard text.utf8.count <= Limit.bytes else {
            return .failure(Problems([Problem(file: file, message: "is larger than \(Limit.bytes) bytes; split it")]))
        }
        if let alias = aliasOfAnchor(in: text) {
            let message = "aliases are not supported; write the value of `&\(alias.name)` here"
            return .failure(Problems([problem(behind: alias.before, file: file, message)]))
        }
        do {
            guard let root = try Yams.compose(yaml: text, .default, .default, .utf8) else {
                return .failure(Problems([Problem(file: file, line: 1, column: 1, message: "the file is empty")]))
            }
            var converter = Converter(file: file)
            let node = converter.convert(root, depth: 1)
            guard let node, converter.problems.isEmpty else { return .failure(Problems(converter.problems)) }
            return .success(node)
        } catch {
            return .failure(Problems([problem(of: error, file: file)]))
        }
    }

    /// The first name behind a `*` that also stands behind an `&`, and the text before it.
    ///
    /// The library expands aliases while it composes and hashes the result where a mapping key is one, so a few lines
    /// could keep it busy for years. An alias needs an anchor of the same name, which no policy has by accident.
    private static func aliasOfAnchor(in text: String) -> (name: String, before: Substring)? {
        func names(behind mark: Character) -> [Substring] {
            text.split(separator: mark, omittingEmptySubsequences: false).dropFirst().map { rest in
                rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
            }
        }
        let anchors = Set(names(behind: "&"))
        let alias = anchors.isEmpty ? nil : names(behind: "*").first { !$0.isEmpty && anchors.contains($0) }
        return alias.map { (String($0), text[..<text.index(before: $0.startIndex)]) }
    }

    /// A problem at the end of `before`.
    private static func problem(behind before: Substring, file: String, _ message: String) -> Problem {
        let line = before.reduce(into: 1) { line, character in line += character.isNewline ? 1 : 0 }
        let column = before.reversed().prefix { !$0.isNewline }.count + 1
        return Problem(file: file, line: line, column: column, message: message)
    }

    private static func problem(of error: any Error, file: String) -> Problem {
        switch error as? YamlError {
        case .parser(_, let problem, let mark, _) where problem.hasPrefix("Maximum nesting level"):
            let message = "is nested more than \(Limit.depth) levels deep"
            return Problem(file: file, line: mark.line, column: mark.column, message: message)
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let reason = [context?.text, problem].compactMap { $0 }.joined(separator: ", ")
            return Problem(file: file, line: mark.line, column: mark.column, message: "is not valid YAML: \(reason)")
        case .composer(.some, _, let mark, _):
            let message = "a second document begins here; a file holds one, so put it in a file of its own"
            return Problem(file: file, line: mark.line, column: mark.column, message: message)
        case .composer(nil, let problem, let mark, _):
            return Problem(file: file, line: mark.line, column: mark.column, message: "is not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let names, let context):
            let listed = names.map { "`\($0)`" }.joined(separator: ", ")
            let message = "\(listed) stands more than once in this mapping, first here; keep one"
            return Problem(file: file, line: context.mark.line, column: context.mark.column, message: message)
        case .reader(let problem, let offset, _, let text):
            return self.problem(behind: text.prefix(offset ?? 0), file: file, "is not valid YAML: \(problem)")
        default:
            return Problem(file: file, message: "is not valid YAML")
        }
    }
}

/// Turns the library's nodes into ours, counting them.
private struct Converter {
    let file: String
    var problems: [Problem] = []
    private var nodes = 0

    init(file: String) { self.file = file }

    mutating func convert(_ node: Node, depth: Int) -> YAMLNode? {
        let (line, column) = (node.mark?.line ?? 0, node.mark?.column ?? 0)
        nodes += 1
        guard nodes <= YAMLNode.Limit.nodes else {
            // Once is enough: every later node would say the same.
            if nodes == YAMLNode.Limit.nodes + 1 {
                report(line, column, "the file has more than \(YAMLNode.Limit.nodes) values; split it")
            }
            return nil
        }
        guard depth <= YAMLNode.Limit.depth else {
            report(line, column, "is nested more than \(YAMLNode.Limit.depth) levels deep")
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let tag = scalar.tag.rawValue
            guard ["", "!", Tag.Name.str.rawValue].contains(tag) else { return refuseTag(tag, line, column) }
            let quoted = scalar.style != .plain || !tag.isEmpty
            return YAMLNode(.scalar(scalar.string, quoted ? .quoted : .plain), line: line, column: column)
        case .sequence(let sequence):
            guard sequence.tag.rawValue.isEmpty else { return refuseTag(sequence.tag.rawValue, line, column) }
            let elements = sequence.compactMap { convert($0, depth: depth + 1) }
            return YAMLNode(.sequence(elements), line: line, column: column)
        case .mapping(let mapping):
            guard mapping.tag.rawValue.isEmpty else { return refuseTag(mapping.tag.rawValue, line, column) }
            return YAMLNode(.mapping(entries(of: mapping, depth: depth)), line: line, column: column)
        case .alias:
            report(line, column, "aliases are not supported; write the value here")
            return nil
        }
    }

    private mutating func entries(of mapping: Node.Mapping, depth: Int) -> [YAMLNode.Entry] {
        var names: Set<String> = []
        var entries: [YAMLNode.Entry] = []
        for (key, value) in mapping {
            let (line, column) = (key.mark?.line ?? 0, key.mark?.column ?? 0)
            guard case .scalar(let scalar) = key else {
                report(line, column, "a key must be text, not a list or a mapping")
                continue
            }
            // The library compares types too: `1` and `"1"` are two keys to it and one to us.
            guard names.insert(scalar.string).inserted else {
                report(line, column, "`\(scalar.string)` stands more than once in this mapping; keep one")
                continue
            }
            guard let value = convert(value, depth: depth + 1) else { continue }
            entries.append(YAMLNode.Entry(name: scalar.string, line: line, column: column, value: value))
        }
        return entries
    }

    private mutating func refuseTag(_ tag: String, _ line: Int, _ column: Int) -> YAMLNode? {
        report(line, column, "tags such as `\(tag)` are not supported; leave it out")
        return nil
    }

    private mutating func report(_ line: Int, _ column: Int, _ message: String) {
        problems.append(Problem(file: file, line: line, column: column, message: message))
    }
}
