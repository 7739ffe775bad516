import StewardJSON

/// Messages that a library spread over many attributes, put together again.
///
/// OpenLLMetry writes `gen_ai.prompt.0.content`, OpenInference `llm.input_messages.0.message.content`: after the
/// prefix, numbers are positions in a list and names are members. OpenInference's levels that only repeat what a thing
/// is (`message`, `message_content`, `tool_call`) are left out.
struct MessageTree {
    private var children: [(name: Range<Int>, tree: MessageTree)] = []
    private var places: [ArraySlice<UInt8>: Int] = [:]
    private var value: OTLPValue?

    private static let inputPrefixes = ["gen_ai.prompt.", "llm.input_messages.", "llm.prompts."].map { Array($0.utf8) }
    private static let outputPrefixes = ["gen_ai.completion.", "llm.output_messages.", "llm.choices."].map {
        Array($0.utf8)
    }
    private static let repeatedLevels = ["message", "message_content", "tool_call"].map { Array($0.utf8) }
    /// Levels below these are not taken apart.
    private static let maximumDepth = 12
    /// From so many children on they are found by ``places``, not one by one.
    private static let many = 16

    enum Side { case input, output }

    /// Which side's messages an attribute is a part of, and where its path begins behind the prefix.
    static func side(of key: Range<Int>, in bytes: [UInt8]) -> (side: Side, path: Range<Int>)? {
        guard key.count > 11 else { return nil }
        for prefix in inputPrefixes where starts(key, with: prefix, in: bytes) {
            return (.input, key.dropFirst(prefix.count))
        }
        for prefix in outputPrefixes where starts(key, with: prefix, in: bytes) {
            return (.output, key.dropFirst(prefix.count))
        }
        return nil
    }

    private static func starts(_ key: Range<Int>, with prefix: [UInt8], in bytes: [UInt8]) -> Bool {
        key.count > prefix.count && bytes[key.lowerBound + 7] == prefix[7]
            && bytes[key.prefix(prefix.count)].elementsEqual(prefix)
    }

    mutating func insert(_ value: OTLPValue, at path: Range<Int>, in bytes: [UInt8], depth: Int = 0) {
        let dot = depth < Self.maximumDepth ? bytes[path].firstIndex(of: UInt8(ascii: ".")) : nil
        let name = path.lowerBound..<(dot ?? path.upperBound)
        let rest = dot.map { $0 + 1..<path.upperBound }
        if let rest, Self.repeatedLevels.contains(where: { bytes[name].elementsEqual($0) }) {
            insert(value, at: rest, in: bytes, depth: depth + 1)
            return
        }
        let place = place(of: name, in: bytes)
        if let rest {
            children[place].tree.insert(value, at: rest, in: bytes, depth: depth + 1)
        } else {
            children[place].tree.value = value
        }
    }

    /// Where the child of a name is; a new one is made where there is none.
    private mutating func place(of name: Range<Int>, in bytes: [UInt8]) -> Int {
        // Attributes of one message usually follow each other: the last child is the likeliest.
        if let last = children.last, bytes[last.name].elementsEqual(bytes[name]) { return children.count - 1 }
        if children.count < Self.many {
            if let place = children.firstIndex(where: { bytes[$0.name].elementsEqual(bytes[name]) }) { return place }
        } else {
            if places.isEmpty {
                for (place, child) in children.enumerated() { places[bytes[child.name]] = place }
            }
            if let place = places[bytes[name]] { return place }
            places[bytes[name]] = children.count
        }
        children.append((name, MessageTree()))
        return children.count - 1
    }

    func write(to writer: inout JSONWriter, in bytes: [UInt8]) throws(ProtobufError) {
        if children.isEmpty { return try writer.value(value ?? .empty, in: bytes) }
        let positions = children.compactMap { Int(String(decoding: bytes[$0.name], as: UTF8.self)) }
        if positions.count == children.count {
            writer.beginArray()
            for place in children.indices.sorted(by: { positions[$0] < positions[$1] }) {
                try children[place].tree.write(to: &writer, in: bytes)
            }
            writer.endArray()
        } else {
            writer.beginObject()
            for child in children {
                writer.key(String(decoding: bytes[child.name], as: UTF8.self))
                try child.tree.write(to: &writer, in: bytes)
            }
            writer.endObject()
        }
    }

    var isEmpty: Bool { children.isEmpty }
}
