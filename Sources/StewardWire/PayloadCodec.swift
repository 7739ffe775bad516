import CZstd
import StewardModel
import Synchronization

/// Packs event payloads for storage: several in one block, which is compressed as a whole, because the requests of one
/// application look alike.
///
/// A block is one byte that says how, then either the content as it is or one Zstandard frame (RFC 8878) at level 1
/// with a checksum. The content is the number of payloads, the length of each, and the payloads one behind the other;
/// numbers are LEB128.
///
/// A context of the library is costly to make and may serve one call at a time. The codec may be shared by any number
/// of threads: each call takes an idle context out of a pool and puts it back.
package final class PayloadCodec: Sendable {
    private enum Header {
        static let stored: UInt8 = 0
        static let zstd: UInt8 = 1
    }

    /// Below this a frame's own header eats the gain.
    private static let smallestCompressed = 64

    private let compressors = ContextPool(make: makeCompressor, free: { ZSTD_freeCCtx($0) })
    private let decompressors = ContextPool(make: ZSTD_createDCtx, free: { ZSTD_freeDCtx($0) })

    package init() {}

    private static func makeCompressor() -> OpaquePointer? {
        guard let context = ZSTD_createCCtx() else { return nil }
        let refused = [ZSTD_c_compressionLevel, ZSTD_c_checksumFlag].contains {
            ZSTD_isError(ZSTD_CCtx_setParameter(context, $0, 1)) != 0
        }
        if refused { ZSTD_freeCCtx(context) }
        return refused ? nil : context
    }

    /// Makes one block of payloads. Never fails: what does not get smaller is stored as it is.
    package func pack(_ payloads: some Collection<[UInt8]>) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(payloads.reduce(10) { $0 + $1.count + 4 })
        Self.append(payloads.count, to: &content)
        for payload in payloads { Self.append(payload.count, to: &content) }
        for payload in payloads { content += payload }
        if content.count >= Self.smallestCompressed, let packed = compress(content), packed.count <= content.count {
            return packed
        }
        return [Header.stored] + content
    }

    /// The payloads of a block.
    ///
    /// - Parameter maximumBytes: the most bytes to produce; a frame that says it holds more is not touched.
    /// - Throws: `storage` where the bytes are not what ``pack(_:)`` wrote, `tooLarge` above the maximum.
    package func unpack(_ block: [UInt8], maximumBytes: Int = 1 << 27) throws(StewardError) -> PayloadBlockContent {
        switch block.first {
        case Header.stored:
            guard block.count - 1 <= maximumBytes else { throw Self.tooLarge(maximumBytes) }
            return try PayloadBlockContent(Array(block.dropFirst()))
        case Header.zstd: return try PayloadBlockContent(decompress(block, maximumBytes))
        case nil: throw Self.damaged("it is empty")
        case .some(let header): throw Self.damaged("its first byte is \(header)")
        }
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private func compress(_ content: [UInt8]) -> [UInt8]? {
        compressors.withContext { context in
            let packed = [UInt8](unsafeUninitializedCapacity: 1 + ZSTD_compressBound(content.count)) { buffer, count in
                let size = content.withUnsafeBytes { source in
                    ZSTD_compress2(
                        context, buffer.baseAddress.map { $0 + 1 }, buffer.count - 1, source.baseAddress, source.count)
                }
                guard ZSTD_isError(size) == 0 else { return }
                buffer[0] = Header.zstd
                count = 1 + size
            }
            return packed.isEmpty ? nil : packed
        } ?? nil
    }

    private func decompress(_ block: [UInt8], _ maximumBytes: Int) throws(StewardError) -> [UInt8] {
        let declared = block.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress.map { $0 + 1 }, $0.count - 1) }
        // The two highest values mean that the size is not known or the bytes are no frame.
        guard declared < UInt64.max - 1 else { throw Self.damaged("it is no Zstandard frame") }
        guard declared <= UInt64(maximumBytes) else { throw Self.tooLarge(maximumBytes) }
        var reason = "there is no memory for a context"
        let content = decompressors.withContext { context in
            [UInt8](unsafeUninitializedCapacity: Int(declared)) { buffer, count in
                let size = block.withUnsafeBytes { source in
                    ZSTD_decompressDCtx(
                        context, buffer.baseAddress, buffer.count, source.baseAddress.map { $0 + 1 }, source.count - 1)
                }
                if ZSTD_isError(size) == 0 { count = size } else { reason = String(cString: ZSTD_getErrorName(size)) }
            }
        }
        guard let content, content.count == Int(declared) else { throw Self.damaged(reason) }
        return content
    }

    fileprivate static func damaged(_ reason: String) -> StewardError {
        StewardError(.storage, "stored payloads cannot be read: \(reason); run steward fsck")
    }

    private static func tooLarge(_ maximumBytes: Int) -> StewardError {
        StewardError(.tooLarge, "stored payloads are larger than \(maximumBytes) bytes, the limit for reading them")
    }
}

/// The payloads of one block, in the order in which they were packed.
package struct PayloadBlockContent: Sendable {
    private let bytes: [UInt8]
    /// Where each payload begins; one more for the end of the last.
    private let starts: [Int]

    package var count: Int { starts.count - 1 }

    /// - Throws: `storage` when there is no such payload.
    package subscript(part: Int) -> [UInt8] {
        get throws(StewardError) {
            guard part >= 0, part < count else {
                throw PayloadCodec.damaged("there is no payload \(part) in the block")
            }
            return Array(bytes[starts[part]..<starts[part + 1]])
        }
    }

    fileprivate init(_ bytes: [UInt8]) throws(StewardError) {
        var offset = 0
        func number() throws(StewardError) -> Int {
            var value = 0
            for shift in stride(from: 0, to: 35, by: 7) where offset < bytes.count {
                let byte = bytes[offset]
                offset += 1
                value |= Int(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            throw PayloadCodec.damaged("a length in the block is damaged")
        }
        let count = try number()
        guard count <= bytes.count else { throw PayloadCodec.damaged("the block is cut short") }
        var starts: [Int] = [0]
        starts.reserveCapacity(count + 1)
        for _ in 0..<count { starts.append(try starts[starts.count - 1] + number()) }
        guard offset + starts[count] == bytes.count else { throw PayloadCodec.damaged("the block is cut short") }
        self.bytes = bytes
        self.starts = starts.map { $0 + offset }
    }
}

/// Idle contexts of one kind. At most as many exist as calls have run at once.
private final class ContextPool: Sendable {
    // Only the call that took a context out of the pool uses it.
    private struct Idle: @unchecked Sendable { var context: OpaquePointer }

    private let idle = Mutex<[Idle]>([])
    private let make: @Sendable () -> OpaquePointer?
    private let free: @Sendable (OpaquePointer) -> Void

    init(make: @escaping @Sendable () -> OpaquePointer?, free: @escaping @Sendable (OpaquePointer) -> Void) {
        self.make = make
        self.free = free
    }

    deinit {
        for entry in idle.withLock({ $0 }) { free(entry.context) }
    }

    /// `nil` when no context could be made.
    func withContext<Value>(_ body: (OpaquePointer) -> Value) -> Value? {
        guard let context = idle.withLock({ $0.popLast() })?.context ?? make() else { return nil }
        defer {
            let entry = Idle(context: context)
            idle.withLock { $0.append(entry) }
        }
        return body(context)
    }
}
