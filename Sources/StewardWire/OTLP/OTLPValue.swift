import StewardJSON

/// An attribute's value (`AnyValue`); what has a length stays where it is in the body.
enum OTLPValue: Equatable {
    case string(Range<Int>)
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case array(Range<Int>)
    case map(Range<Int>)
    case bytes(Range<Int>)
    case empty

    /// Deeper values are refused: reading them recurses.
    static let maximumDepth = 32

    /// Reads an `AnyValue`. Of several kinds of value the last counts, as protobuf says of a `oneof`; a kind that is
    /// newer than Steward reads as empty.
    init(_ range: Range<Int>, in bytes: [UInt8]) throws(ProtobufError) {
        self = .empty
        var reader = ProtobufReader(range)
        while let field = try reader.next(in: bytes) {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): self = .string(text)
            case (2, .varint(let value)): self = .bool(value != 0)
            case (3, .varint(let value)): self = .integer(Int64(bitPattern: value))
            case (4, .fixed64(let bits)): self = .double(Double(bitPattern: bits))
            case (5, .bytes(let content)): self = .array(content)
            case (6, .bytes(let content)): self = .map(content)
            case (7, .bytes(let content)): self = .bytes(content)
            default: break
            }
        }
    }

    /// The elements of an array, none of any other value.
    func elements(in bytes: [UInt8]) throws(ProtobufError) -> [OTLPValue] {
        guard case .array(let content) = self else { return [] }
        var elements: [OTLPValue] = []
        var reader = ProtobufReader(content)
        while let field = try reader.next(in: bytes) {
            if case (1, .bytes(let element)) = (field.number, field.value) {
                elements.append(try OTLPValue(element, in: bytes))
            }
        }
        return elements
    }

    /// The value as text: strings as they are, numbers and booleans as JSON writes them; `nil` for all others.
    func text(in bytes: [UInt8]) -> String? {
        switch self {
        case .string(let range): String(decoding: bytes[range], as: UTF8.self)
        case .integer(let value): String(value)
        case .bool(let value): value ? "true" : "false"
        case .double(let value):
            Int64(exactly: value).map { String($0) } ?? (value.isFinite ? "\(value)" : nil)
        default: nil
        }
    }

    /// The value as a number: also of a string that holds one, as some libraries send them.
    func number(in bytes: [UInt8]) -> Double? {
        switch self {
        case .integer(let value): return Double(value)
        case .double(let value): return value.isFinite ? value : nil
        case .string(let range):
            guard range.count <= 32, let value = Double(String(decoding: bytes[range], as: UTF8.self)) else {
                return nil
            }
            return value.isFinite ? value : nil
        default: return nil
        }
    }
}

/// A `KeyValue`.
struct OTLPAttribute {
    var key: Range<Int>
    var value: OTLPValue
    /// What Steward reads the key for; `nil` where it only keeps it.
    var meaning: SpanKeyTable.Meaning?

    init?(_ range: Range<Int>, in bytes: [UInt8]) throws(ProtobufError) {
        var key: Range<Int>?
        value = .empty
        var reader = ProtobufReader(range)
        while let field = try reader.next(in: bytes) {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): key = text
            case (2, .bytes(let content)): value = try OTLPValue(content, in: bytes)
            default: break
            }
        }
        // A key may be an index into a table of profiles, which means nothing here.
        guard let key, !key.isEmpty else { return nil }
        self.key = key
        meaning = nil
    }
}

extension JSONWriter {
    /// Writes an attribute's value as JSON; bytes become lower-case hexadecimal text.
    mutating func value(_ value: OTLPValue, in bytes: [UInt8], depth: Int = 0) throws(ProtobufError) {
        switch value {
        case .string(let range): string(String(decoding: bytes[range], as: UTF8.self))
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .double(let value): double(value)
        case .empty: null()
        case .bytes(let range): string(hexadecimalText(bytes[range]))
        case .array(let range):
            try check(depth, range)
            beginArray()
            for element in try value.elements(in: bytes) { try self.value(element, in: bytes, depth: depth + 1) }
            endArray()
        case .map(let range):
            try check(depth, range)
            var attributes: [OTLPAttribute] = []
            var reader = ProtobufReader(range)
            while let field = try reader.next(in: bytes) {
                if case (1, .bytes(let entry)) = (field.number, field.value),
                    let attribute = try OTLPAttribute(entry, in: bytes)
                {
                    attributes.append(attribute)
                }
            }
            try object(of: attributes[...], in: bytes, depth: depth + 1)
        }
    }

    /// Writes attributes as the members of an object; of a key given twice, against OTLP's rule, the first counts.
    mutating func object(
        of attributes: ArraySlice<OTLPAttribute>, in bytes: [UInt8], depth: Int = 0,
        without isExcluded: (OTLPAttribute) -> Bool = { _ in false }
    ) throws(ProtobufError) {
        var names = DistinctKeys()
        beginObject()
        for attribute in attributes where !isExcluded(attribute) {
            guard names.insert(attribute.key, in: bytes) else { continue }
            key(String(decoding: bytes[attribute.key], as: UTF8.self))
            try value(attribute.value, in: bytes, depth: depth)
        }
        endObject()
    }

    private func check(_ depth: Int, _ range: Range<Int>) throws(ProtobufError) {
        guard depth < OTLPValue.maximumDepth else { throw ProtobufError(reason: .tooDeep, offset: range.lowerBound) }
    }
}

/// The keys that one list of attributes has shown so far. Few keys are compared one by one, many go into a set.
private struct DistinctKeys {
    private var few: [Range<Int>] = []
    private var many: Set<String> = []
    private static let fewest = 48

    mutating func insert(_ key: Range<Int>, in bytes: [UInt8]) -> Bool {
        if few.count < Self.fewest {
            for other in few where other.count == key.count {
                if bytes[other].elementsEqual(bytes[key]) { return false }
            }
            few.append(key)
            return true
        }
        // Keys that Unicode holds to be equal are one key here: JSON readers would take them for one as well.
        if many.isEmpty { many = Set(few.map { String(decoding: bytes[$0], as: UTF8.self) }) }
        return many.insert(String(decoding: bytes[key], as: UTF8.self)).inserted
    }
}

/// Two lower-case digits a byte.
func hexadecimalText(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
