/// Why bytes are no protobuf message, and where.
struct ProtobufError: Error, Equatable {
    var reason: Reason
    /// Byte of the body.
    var offset: Int

    enum Reason: String, Sendable {
        case truncated = "a field goes on beyond the end of its message"
        case varintTooLong = "a varint is longer than ten bytes"
        case fieldNumber = "a field number is out of range"
        case wireType = "a wire type does not exist"
        case group = "groups are not supported"
        case tooDeep = "values are nested too deep"
    }
}

/// One field of a message; length-delimited content stays where it is in the body.
struct ProtobufField {
    var number: Int
    var value: Value

    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(Range<Int>)
        case fixed32(UInt32)
    }
}

/// Reads the fields of one protobuf message one after the other, as the encoding's specification describes them.
///
/// The reader checks every length against its message. A field that the caller does not know is passed over by asking
/// for the next one; fields of deprecated groups are refused.
struct ProtobufReader {
    private(set) var offset: Int
    private let end: Int

    /// - Parameter range: where the message stands in the bytes that ``next(in:)`` is given.
    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    mutating func next(in bytes: [UInt8]) throws(ProtobufError) -> ProtobufField? {
        guard offset < end else { return nil }
        let start = offset
        let tag = try varint(in: bytes)
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw ProtobufError(reason: .fieldNumber, offset: start) }
        let value: ProtobufField.Value
        switch tag & 7 {
        case 0: value = .varint(try varint(in: bytes))
        case 1: value = .fixed64(try fixed(8, in: bytes))
        case 2:
            let count = try varint(in: bytes)
            guard count <= UInt64(end - offset) else { throw ProtobufError(reason: .truncated, offset: start) }
            value = .bytes(offset..<offset + Int(count))
            offset += Int(count)
        case 5: value = .fixed32(UInt32(truncatingIfNeeded: try fixed(4, in: bytes)))
        case 3, 4: throw ProtobufError(reason: .group, offset: start)
        default: throw ProtobufError(reason: .wireType, offset: start)
        }
        return ProtobufField(number: Int(tag >> 3), value: value)
    }

    private mutating func varint(in bytes: [UInt8]) throws(ProtobufError) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            guard shift < 70 else { throw ProtobufError(reason: .varintTooLong, offset: start) }
        }
        throw ProtobufError(reason: .truncated, offset: start)
    }

    private mutating func fixed(_ count: Int, in bytes: [UInt8]) throws(ProtobufError) -> UInt64 {
        guard count <= end - offset else { throw ProtobufError(reason: .truncated, offset: offset) }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        offset += count
        return value
    }
}
