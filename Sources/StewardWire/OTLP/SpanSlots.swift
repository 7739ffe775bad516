import StewardJSON
import StewardModel

/// The most preferred value of each field that a span's attributes have shown. Reused from span to span.
struct SpanSlots {
    private struct Slot {
        var value: OTLPValue
        var transform: SpanMapping.Transform
        var rank: Int
    }

    private var slots = [Slot?](repeating: nil, count: SpanField.allCases.count)
    /// Fields whose value was no count of tokens, for a warning.
    private(set) var unreadable: [SpanField] = []

    /// Puts an event's attributes behind all of the span's own.
    private static let eventRank = 1 << 16

    mutating func reset() {
        for index in slots.indices { slots[index] = nil }
        unreadable.removeAll(keepingCapacity: true)
    }

    /// Takes the attributes that have a meaning. Of values that are equally preferred the last counts: usage repeated
    /// in every chunk's event is cumulative, so the last is the whole.
    mutating func fill(from attributes: ArraySlice<OTLPAttribute>, in bytes: [UInt8], ofEvent: Bool = false) {
        for attribute in attributes {
            guard let meaning = attribute.meaning else { continue }
            let rank = Int(meaning.rank) + (ofEvent ? Self.eventRank : 0)
            let index = meaning.field.rawValue
            if let slot = slots[index], slot.rank < rank { continue }
            guard var value = Self.present(attribute.value, in: bytes) else { continue }
            if meaning.transform == .tokens {
                guard let count = Self.tokens(value, in: bytes) else {
                    unreadable.append(meaning.field)
                    continue
                }
                value = .integer(count)
            }
            slots[index] = Slot(value: value, transform: meaning.transform, rank: rank)
        }
    }

    subscript(field: SpanField) -> OTLPValue? { slots[field.rawValue]?.value }

    // MARK: - Reading

    func text(_ field: SpanField, in bytes: [UInt8]) -> String? {
        guard let slot = slots[field.rawValue] else { return nil }
        return slot.transform == .first ? Self.first(slot.value, in: bytes) : slot.value.text(in: bytes)
    }

    func tokens(_ field: SpanField) -> Int64? {
        guard case .integer(let count) = slots[field.rawValue]?.value else { return nil }
        return count
    }

    func number(_ field: SpanField, in bytes: [UInt8]) -> Double? { slots[field.rawValue]?.value.number(in: bytes) }

    /// A point in time as microseconds since the span's start; `nil` where it lies before the start or beyond a week.
    func sinceStart(_ field: SpanField, _ start: Timestamp, in bytes: [UInt8]) -> Int64? {
        guard let slot = slots[field.rawValue] else { return nil }
        let microseconds: Double?
        switch slot.transform {
        case .seconds: microseconds = slot.value.number(in: bytes).map { $0 * 1e6 }
        case .milliseconds: microseconds = slot.value.number(in: bytes).map { $0 * 1e3 }
        case .instant:
            let text = slot.value.text(in: bytes).map { $0.filter { $0 != "\"" } }
            microseconds = text.flatMap { Timestamp(rfc3339: $0) }.map {
                Double($0.microseconds - start.microseconds)
            }
        default: microseconds = nil
        }
        guard let microseconds, microseconds >= 0, microseconds <= EventReader.maximumMilliseconds * 1000 else {
            return nil
        }
        return Int64(microseconds.rounded())
    }

    // MARK: - Transforms

    /// `nil` for what libraries write where they have nothing.
    private static func present(_ value: OTLPValue, in bytes: [UInt8]) -> OTLPValue? {
        switch value {
        case .empty: return nil
        case .string(let range):
            if range.isEmpty { return nil }
            guard range.count == 4 else { return value }
            let isNothing = bytes[range].elementsEqual("None".utf8) || bytes[range].elementsEqual("null".utf8)
            return isNothing ? nil : value
        default: return value
        }
    }

    private static func tokens(_ value: OTLPValue, in bytes: [UInt8]) -> Int64? {
        let count: Int64?
        if case .integer(let integer) = value {
            count = integer
        } else {
            count = value.number(in: bytes).flatMap { Int64(exactly: $0) }
        }
        return count.flatMap { 0...Usage.maximumTokens ~= $0 ? $0 : nil }
    }

    private static func first(_ value: OTLPValue, in bytes: [UInt8]) -> String? {
        switch value {
        case .array:
            guard let elements = try? value.elements(in: bytes) else { return nil }
            return elements.lazy.compactMap { $0.text(in: bytes) }.first { !$0.isEmpty }
        case .string(let range):
            let text = String(decoding: bytes[range], as: UTF8.self)
            guard bytes[range.lowerBound] == UInt8(ascii: "["), let list = try? JSONValue(parsing: text) else {
                return text
            }
            return list.array?.lazy.compactMap(\.string).first { !$0.isEmpty }
        default: return value.text(in: bytes)
        }
    }
}
