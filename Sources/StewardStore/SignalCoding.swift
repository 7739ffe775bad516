import StewardModel

/// An event's observations as stored beside it: a few bytes that say all the event contributed to its rollups.
///
/// They outlive the event's payload, so rollups can be re-derived after personal data was erased.
enum SignalCoding {
    enum Stored: Equatable {
        case number(Signal, Int64)
        case category(Signal, Int32)
        case absent(Signal)
        /// The number of a group that the event belongs to.
        case group(Int64)
    }

    static func append(_ stored: Stored, to writer: inout ByteWriter) {
        switch stored {
        case .number(let signal, let value):
            writer.unsigned(UInt64(signal.rawValue) << 2)
            writer.signed(value)
        case .category(let signal, let category):
            writer.unsigned(UInt64(signal.rawValue) << 2 | 1)
            writer.unsigned(UInt64(UInt32(bitPattern: category)))
        case .absent(let signal):
            writer.unsigned(UInt64(signal.rawValue) << 2 | 2)
        case .group(let group):
            writer.unsigned(UInt64(bitPattern: group) << 2 | 3)
        }
    }

    static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> [Stored]? {
        var reader = ByteReader(bytes)
        var result: [Stored] = []
        while !reader.isAtEnd {
            guard let head = reader.unsigned() else { return nil }
            if head & 3 == 3 {
                result.append(.group(Int64(head >> 2)))
                continue
            }
            guard head >> 2 <= UInt16.max else { return nil }
            let signal = Signal(rawValue: UInt16(head >> 2))
            switch head & 3 {
            case 0:
                guard let value = reader.signed() else { return nil }
                result.append(.number(signal, value))
            case 1:
                guard let category = reader.unsigned(), category <= UInt32.max else { return nil }
                result.append(.category(signal, Int32(bitPattern: UInt32(category))))
            case 2: result.append(.absent(signal))
            default: return nil
            }
        }
        return result
    }
}

extension RollupCell {
    /// Adds what one event contributed.
    mutating func add(_ stored: SignalCoding.Stored) {
        switch stored {
        case .number(let signal, let value): update(signal) { $0.add(number: value) }
        case .category(let signal, let category): update(signal) { $0.add(category: category) }
        case .absent(let signal): update(signal) { $0.addAbsent() }
        case .group: break
        }
    }
}
