/// A JSON value in memory: for configuration, records, specifications and answers, not for the intake path.
///
/// Two values are equal when they have the same kinds, members in the same order, and strings that Unicode holds to be
/// equal; compare ``canonical`` where order must not count.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent that fits: exact.
    case integer(Int64)
    /// Any other number; never NaN or infinite when it was parsed.
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// Members in the order they were given.
    case object([Member])

    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSONValue
        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The value of an object's member; `nil` where there is none or this is no object.
    package subscript(name: String) -> JSONValue? {
        // By bytes: String's own equality would take two different names for the same after normalization.
        members?.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    package var isNull: Bool { self == .null }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// An integer, also when it was written like `3.0` or `3e2`.
    package var int64: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// A number; an integer beyond ±2⁵³ is rounded to the nearest `Double`.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// What kind of value this is, for messages: `a string`, `an object`.
    package var kindDescription: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value that a JSON Pointer (RFC 6901) such as `/usage/input_tokens` points at; `nil` where there is none or
    /// the text is no pointer.
    package func value(at pointer: String) -> JSONValue? {
        if pointer.isEmpty { return self }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var value = self
        for token in pointer.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let name = Self.unescapedToken(token) else { return nil }
            switch value {
            case .object:
                guard let member = value[name] else { return nil }
                value = member
            case .array(let elements):
                guard name == "0" || !name.hasPrefix("0"), let index = Int(name), elements.indices.contains(index),
                    name.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
                else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// `~1` is a slash and `~0` a tilde (RFC 6901, section 4).
    private static func unescapedToken(_ token: some Sequence<UInt8>) -> String? {
        var name: [UInt8] = []
        var tilde = false
        for byte in token {
            switch (tilde, byte) {
            case (true, UInt8(ascii: "0")): name.append(UInt8(ascii: "~"))
            case (true, UInt8(ascii: "1")): name.append(UInt8(ascii: "/"))
            case (true, _): return nil
            case (false, UInt8(ascii: "~")): break
            case (false, _): name.append(byte)
            }
            tilde = !tilde && byte == UInt8(ascii: "~")
        }
        return tilde ? nil : String(decoding: name, as: UTF8.self)
    }
}

// MARK: - Literals

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}
