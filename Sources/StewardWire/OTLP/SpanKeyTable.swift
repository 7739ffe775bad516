/// Tells the attribute keys of ``SpanMapping`` apart without making a `String` of what was received.
///
/// Open addressing over a hash of the whole key; at most a quarter full, so every search is short.
struct SpanKeyTable: Sendable {
    /// What a key is read for: a field, how its value is read, and how far it is preferred to the field's other keys.
    struct Meaning: Sendable, Equatable {
        var field: SpanField
        var transform: SpanMapping.Transform
        /// Smaller is preferred.
        var rank: UInt16
    }

    private struct Slot: Sendable {
        var start = 0
        var count = 0
        var meaning: Meaning?
    }

    private let text: [UInt8]
    private let slots: [Slot]
    private let longest: Int

    /// - Precondition: no key is in two rows.
    init(_ rows: [SpanMapping.Row]) {
        let keys = rows.flatMap { row in row.keys.map { (row, Array($0.utf8)) } }
        var capacity = 4
        while capacity < keys.count * 4 { capacity *= 2 }
        var text: [UInt8] = []
        var slots = [Slot](repeating: Slot(), count: capacity)
        for (rank, (row, key)) in keys.enumerated() {
            var place = Self.hash(key, 0..<key.count) & (capacity - 1)
            while slots[place].meaning != nil { place = (place + 1) & (capacity - 1) }
            let meaning = Meaning(field: row.field, transform: row.transform, rank: UInt16(rank))
            slots[place] = Slot(start: text.count, count: key.count, meaning: meaning)
            text.append(contentsOf: key)
        }
        self.text = text
        self.slots = slots
        longest = keys.map(\.1.count).max() ?? 0
    }

    func meaning(of bytes: [UInt8], _ range: Range<Int>) -> Meaning? {
        guard range.count <= longest else { return nil }
        var place = Self.hash(bytes, range) & (slots.count - 1)
        while true {
            let slot = slots[place]
            guard let meaning = slot.meaning else { return nil }
            if slot.count == range.count, equals(slot, bytes, range) { return meaning }
            place = (place + 1) & (slots.count - 1)
        }
    }

    private func equals(_ slot: Slot, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        var index = 0
        while index < slot.count {
            if text[slot.start + index] != bytes[range.lowerBound + index] { return false }
            index += 1
        }
        return true
    }

    /// Eight bytes at a step.
    private static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        let raw = bytes.span.bytes
        var hash = UInt64(truncatingIfNeeded: range.count)
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            index += 8
        }
        while index < range.upperBound {
            hash = (hash ^ UInt64(bytes[index])) &* 0x9E37_79B9_7F4A_7C15
            index += 1
        }
        return Int(truncatingIfNeeded: hash >> 24)
    }
}
