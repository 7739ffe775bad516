/// Appends protobuf fields to a buffer of its own.
package struct ProtobufWriter {
    package private(set) var bytes: [UInt8] = []

    package init(reserving capacity: Int = 64) { bytes.reserveCapacity(capacity) }

    package mutating func varint(_ number: Int, _ value: UInt64) {
        append(UInt64(number) << 3)
        append(value)
    }

    package mutating func fixed64(_ number: Int, _ value: UInt64) {
        append(UInt64(number) << 3 | 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    package mutating func content(_ number: Int, _ value: some Collection<UInt8>) {
        append(UInt64(number) << 3 | 2)
        append(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Writes a message whose fields `body` writes. Its length, known only afterwards, goes into five bytes kept free
    /// for it: a varint may be longer than it needs to be.
    package mutating func message<Failure: Error>(
        _ number: Int, _ body: (inout ProtobufWriter) throws(Failure) -> Void
    ) throws(Failure) {
        append(UInt64(number) << 3 | 2)
        let place = bytes.count
        bytes.append(contentsOf: [0x80, 0x80, 0x80, 0x80, 0x00])
        try body(&self)
        let count = UInt64(bytes.count - place - 5)
        for index in 0..<5 { bytes[place + index] |= UInt8(truncatingIfNeeded: count >> UInt64(7 * index)) & 0x7F }
    }

    /// Appends fields that are encoded already.
    package mutating func append(_ fields: [UInt8]) { bytes.append(contentsOf: fields) }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
