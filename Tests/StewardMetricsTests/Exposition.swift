/// A page read back: strict about what both formats have in common, so that it serves as a check of the writer.
struct Exposition {
    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: String
    }

    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    /// Families in the order of the page, each with its type.
    var families: [(name: String, type: String)] = []
    var units: [String: String] = [:]
    var samples: [Sample] = []
    var endsWithMark = false

    private var lines: Set<Substring> = []

    init(_ bytes: [UInt8]) throws {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else {
            throw Problem(description: "not UTF-8 that ends with a line feed")
        }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if endsWithMark { throw Problem(description: "a line after # EOF") }
            if line == "# EOF" {
                endsWithMark = true
            } else if line.hasPrefix("# ") {
                try readComment(line)
            } else {
                try readSample(line)
            }
        }
    }

    func samples(named name: String) -> [Sample] { samples.filter { $0.name == name } }

    func value(_ name: String, _ labels: [String: String]) -> String? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private mutating func readComment(_ line: Substring) throws {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count == 4 else { throw Problem(description: "no comment: \(line)") }
        let (keyword, name) = (words[1], String(words[2]))
        switch keyword {
        case "HELP":
            guard !families.contains(where: { $0.name == name }) else {
                throw Problem(description: "family \(name) twice")
            }
            families.append((name, ""))
        case "TYPE" where families.last?.name == name: families[families.count - 1].type = String(words[3])
        case "UNIT" where families.last?.name == name && name.hasSuffix("_" + words[3]): units[name] = String(words[3])
        default: throw Problem(description: "unexpected: \(line)")
        }
    }

    private mutating func readSample(_ line: Substring) throws {
        guard let space = line.lastIndex(of: " "), let family = families.last else {
            throw Problem(description: "no sample: \(line)")
        }
        let identity = line[..<space]
        guard lines.insert(identity).inserted else { throw Problem(description: "sample twice: \(identity)") }
        let name = String(identity.prefix { $0 != "{" })
        var labels: [String: String] = [:]
        if let brace = identity.firstIndex(of: "{") {
            guard identity.last == "}" else { throw Problem(description: "labels not closed: \(line)") }
            labels = try Self.labels(identity[identity.index(after: brace)...].dropLast())
        }
        guard name.hasPrefix(family.name) else { throw Problem(description: "\(name) below \(family.name)") }
        samples.append(Sample(name: name, labels: labels, value: String(line[line.index(after: space)...])))
    }

    private static func labels(_ text: Substring) throws -> [String: String] {
        var labels: [String: String] = [:]
        var rest = text[...]
        while !rest.isEmpty {
            let name = String(rest.prefix { $0 != "=" })
            rest = rest.dropFirst(name.count)
            guard rest.hasPrefix("=\""), labels[name] == nil else { throw Problem(description: "labels: \(text)") }
            rest = rest.dropFirst(2)
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                guard character == "\\" else {
                    value.append(character)
                    continue
                }
                switch rest.popFirst() {
                case "n": value.append("\n")
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                default: throw Problem(description: "escape in labels: \(text)")
                }
            }
            labels[name] = value
            if rest.first == "," { rest = rest.dropFirst() }
        }
        return labels
    }
}
