extension JSONValue {
    /// Compact JSON in the given order of members.
    package var text: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The canonical form of RFC 8785: members sorted by the UTF-16 code units of their names, no white space, numbers
    /// and strings as ECMAScript writes them. Equal bytes mean equal content, so this is what is hashed and signed.
    ///
    /// One deviation: an ``integer(_:)`` beyond ±2⁵³ keeps all its digits instead of being rounded to a `Double`.
    package var canonical: [UInt8] { sorted.text }

    /// JSON for people: two spaces a level, one member or element a line, a newline at the end.
    package var pretty: [UInt8] {
        var lines: [UInt8] = []
        appendPretty(to: &lines, level: 0)
        lines.append(0x0A)
        return lines
    }

    private var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(
                members.map { Member(name: $0.name, value: $0.value.sorted) }
                    .sorted { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) })
        default: self
        }
    }

    private func appendPretty(to lines: inout [UInt8], level: Int) {
        func newLine(_ level: Int) {
            lines.append(0x0A)
            lines.append(contentsOf: repeatElement(0x20, count: level * 2))
        }
        switch self {
        case .array(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                lines.append(index == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
                newLine(level + 1)
                element.appendPretty(to: &lines, level: level + 1)
            }
            newLine(level)
            lines.append(UInt8(ascii: "]"))
        case .object(let members) where !members.isEmpty:
            for (index, member) in members.enumerated() {
                lines.append(index == 0 ? UInt8(ascii: "{") : UInt8(ascii: ","))
                newLine(level + 1)
                lines.append(contentsOf: JSONValue.string(member.name).text)
                lines.append(contentsOf: ": ".utf8)
                member.value.appendPretty(to: &lines, level: level + 1)
            }
            newLine(level)
            lines.append(UInt8(ascii: "}"))
        default: lines.append(contentsOf: text)
        }
    }
}

extension JSONWriter {
    /// Appends a value in its own order of members.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let value): double(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                key(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }
}
