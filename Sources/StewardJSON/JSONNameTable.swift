/// A fixed list of member names, told apart without making a `String` of what was scanned.
///
/// Open addressing over a hash of a name's length and first eight bytes; at most half full, so every search ends.
package struct JSONNameTable: Sendable {
    private struct Slot: Sendable {
        /// The first eight bytes as one word, zeros behind a shorter name.
        var prefix: UInt64 = 0
        /// The whole name within `text`.
        var start = 0
        var count = 0
        /// Position in the list, or -1 for an empty slot.
        var index = -1
    }

    private let text: [UInt8]
    private let slots: [Slot]

    package init(_ names: [String]) {
        var text: [UInt8] = []
        var capacity = 2
        while capacity < names.count * 2 { capacity *= 2 }
        var slots = [Slot](repeating: Slot(), count: capacity)
        for (index, name) in names.enumerated() {
            let range = text.count..<text.count + name.utf8.count
            text.append(contentsOf: name.utf8)
            let prefix = Self.prefix(of: text, range)
            var slot = Self.hash(prefix, range.count) & (capacity - 1)
            while slots[slot].index >= 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Slot(prefix: prefix, start: range.lowerBound, count: range.count, index: index)
        }
        self.text = text
        self.slots = slots
    }

    /// The index of the name that stands in `range` of `bytes`, or `nil` where it is none of the list.
    func index(of bytes: [UInt8], _ range: Range<Int>) -> Int? {
        let prefix = Self.prefix(of: bytes, range)
        var place = Self.hash(prefix, range.count) & (slots.count - 1)
        while true {
            let slot = slots[place]
            if slot.index < 0 { return nil }
            if slot.prefix == prefix, slot.count == range.count, restEquals(slot, bytes, range) { return slot.index }
            place = (place + 1) & (slots.count - 1)
        }
    }

    private func restEquals(_ slot: Slot, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        var index = 8
        while index < slot.count {
            if text[slot.start + index] != bytes[range.lowerBound + index] { return false }
            index += 1
        }
        return true
    }

    private static func prefix(of bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
        let count = min(range.count, 8)
        if range.lowerBound + 8 <= bytes.count, count > 0 {
            let word = bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self)
            return UInt64(littleEndian: word) & (.max &>> UInt64(64 - 8 * count))
        }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(bytes[range.lowerBound + index]) << UInt64(8 * index) }
        return word
    }

    private static func hash(_ prefix: UInt64, _ count: Int) -> Int {
        Int(truncatingIfNeeded: ((prefix ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15) >> 40)
    }
}

extension JSONScanner {
    /// The index of a scanned name in a table, or `nil` where it is none of its names.
    package func index(of name: Text, in table: JSONNameTable) -> Int? {
        if !name.escaped { return table.index(of: bytes, name.range) }
        let decoded = Array(value(of: name).utf8)
        return table.index(of: decoded, 0..<decoded.count)
    }
}
