extension JSONValue {
    /// Parses one whole JSON text (RFC 8259), strictly: see ``JSONScanner`` for what is refused beyond the grammar.
    /// An object with the same name twice is refused too, because readers disagree on which of the two counts.
    ///
    /// - Parameter maximumDepth: how many arrays and objects may be open at once, at most 128.
    package init(parsing bytes: [UInt8], maximumDepth: Int = JSONScanner.deepest) throws(JSONError) {
        var scanner = JSONScanner(bytes, maximumDepth: maximumDepth)
        self = try scanner.value()
        try scanner.finish()
    }

    package init(parsing text: String, maximumDepth: Int = JSONScanner.deepest) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }
}

extension JSONScanner {
    /// Reads the next value whole. Recurses at most ``maximumDepth`` deep.
    package mutating func value() throws(JSONError) -> JSONValue {
        switch try kind() {
        case .null:
            try null()
            return .null
        case .bool: return .bool(try bool())
        case .string: return .string(value(of: try string()))
        case .number:
            let number = try number()
            return int64(number).map { .integer($0) } ?? .number(double(number))
        case .array:
            var elements: [JSONValue] = []
            var more = try enterArray()
            while more {
                elements.append(try value())
                more = try nextElement()
            }
            return .array(elements)
        case .object: return .object(try members())
        }
    }

    private mutating func members() throws(JSONError) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        var names = JSONUniqueNames()
        var more = try enterObject()
        while more {
            skipWhitespace()
            let place = offset
            let name = try memberName()
            guard names.insert(name, in: self) else {
                throw error("an object has two members with the name \(quotedPrefix(of: value(of: name)))", at: place)
            }
            members.append(.init(name: value(of: name), value: try value()))
            more = try nextMember()
        }
        return members
    }

    private func quotedPrefix(of name: String) -> String {
        let prefix = String(name.prefix(32))
        return "'\(prefix)\(prefix.utf8.count < name.utf8.count ? "…" : "")'"
    }
}
