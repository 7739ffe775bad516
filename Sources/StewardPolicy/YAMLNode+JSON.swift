import StewardJSON

extension YAMLNode {
    /// The document as JSON: members in the file's order, plain scalars typed by the core schema of YAML 1.2.2
    /// (section 10.3.2), with these readings where that schema and its elders surprise people:
    ///
    /// - `yes`, `no`, `on`, `off`, `1:30` and dates are text, as in the core schema;
    /// - digits behind a leading zero (`0777`) are text, because one half of the readers takes them for octal;
    /// - `.inf`, `.nan` and numbers beyond a `Double` are text, because JSON has no such numbers.
    package var json: JSONValue {
        switch content {
        case .scalar(let text, .plain): Self.plainScalar(text)
        case .scalar(let text, _): .string(text)
        case .sequence(let elements): .array(elements.map(\.json))
        case .mapping(let entries): .object(entries.map { JSONValue.Member(name: $0.name, value: $0.value.json) })
        }
    }

    /// What a scalar without quotes means.
    static func plainScalar(_ text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        default: number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        if text.hasPrefix("0x") { return unsigned(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return unsigned(text.dropFirst(2), radix: 8) }
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = digits(&rest)
        if whole.count > 1, whole.first == UInt8(ascii: "0") { return nil }
        if !whole.isEmpty, rest.isEmpty, let integer = Int64(text) { return .integer(integer) }
        var fraction = rest[rest.startIndex..<rest.startIndex]
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = digits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            guard !digits(&rest).isEmpty else { return nil }
        }
        guard rest.isEmpty, let value = Double(text), value.isFinite else { return nil }
        return .number(value)
    }

    private static func unsigned(_ digits: Substring, radix: Int) -> JSONValue? {
        // The initializer would take a sign here, which the schema does not.
        guard digits.first?.isHexDigit == true else { return nil }
        return Int64(digits, radix: radix).map { .integer($0) }
    }

    private static func digits(_ rest: inout Substring.UTF8View) -> Substring.UTF8View {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest[digits.endIndex...]
        return digits
    }
}
