import StewardModel
import StewardStore
import StewardWire

/// Packs the payloads of one request into blocks, each of one day: a day's payloads are dropped together.
struct PayloadPacker {
    /// A larger block packs hardly better, and one payload is read by unpacking all of its block.
    private static let blockBytes = 64 << 10

    private struct Open {
        var index: Int
        var bytes = 0
        var payloads: [[UInt8]] = []
    }

    private let codec: PayloadCodec
    private var open: [Int64: Open] = [:]
    private var blocks: [PayloadBlock] = []

    init(codec: PayloadCodec) { self.codec = codec }

    /// Takes a payload of an event.
    ///
    /// - Returns: where it will be in ``finished()``.
    mutating func add(_ payload: [UInt8], of time: Timestamp) -> PayloadPlace {
        let day = floorDivide(time.minute, 1440)
        var block = open.removeValue(forKey: day) ?? begin(day)
        let place = PayloadPlace(block: block.index, part: block.payloads.count)
        block.payloads.append(payload)
        block.bytes += payload.count
        if block.bytes >= Self.blockBytes {
            blocks[block.index].bytes = codec.pack(block.payloads)
        } else {
            open[day] = block
        }
        return place
    }

    /// The blocks with all that was added.
    mutating func finished() -> [PayloadBlock] {
        for block in open.values { blocks[block.index].bytes = codec.pack(block.payloads) }
        open = [:]
        return blocks
    }

    private mutating func begin(_ day: Int64) -> Open {
        blocks.append(PayloadBlock(day: day, bytes: []))
        return Open(index: blocks.count - 1)
    }
}
