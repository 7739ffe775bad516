import CZstd
import StewardModel
import Synchronization

/// Packs event payloads for storage: one byte that says how, then the bytes as they are or as one Zstandard frame
/// (RFC 8878) at level 1.
///
/// A context of the library is costly to make and may serve one call at a time. The codec may be shared by any number
/// of threads: each call takes an idle context out of a pool and puts it back.
package final class PayloadCodec: Sendable {
    private enum Header {
        static let stored: UInt8 = 0
        static let zstd: UInt8 = 1
    }

    private static let level: Int32 = 1
    /// Below this a frame's own header eats the gain.
    private static let smallestCompressed = 64

    private let compressors = ContextPool(make: ZSTD_createCCtx, free: { ZSTD_freeCCtx($0) })
    private let decompressors = ContextPool(make: ZSTD_createDCtx, free: { ZSTD_freeDCtx($0) })

    package init() {}

    /// Never fails: what does not get smaller is stored as it is.
    package func encode(_ payload: [UInt8]) -> [UInt8] {
        if payload.count >= Self.smallestCompressed, let packed = compress(payload), packed.count <= payload.count {
            return packed
        }
        return [Header.stored] + payload
    }

    /// - Parameter maximumBytes: the most bytes to produce; a frame that says it holds more is not touched.
    /// - Throws: `storage` where the bytes are not what ``encode(_:)`` wrote, `tooLarge` above the maximum.
    package func decode(_ packed: [UInt8], maximumBytes: Int = 1 << 26) throws(StewardError) -> [UInt8] {
        switch packed.first {
        case Header.stored:
            guard packed.count - 1 <= maximumBytes else { throw Self.tooLarge(maximumBytes) }
            return Array(packed.dropFirst())
        case Header.zstd: return try decompress(packed, maximumBytes)
        case nil: throw Self.damaged("it is empty")
        case .some(let header): throw Self.damaged("its first byte is \(header)")
        }
    }

    private func compress(_ payload: [UInt8]) -> [UInt8]? {
        compressors.withContext { context in
            let packed = [UInt8](unsafeUninitializedCapacity: 1 + ZSTD_compressBound(payload.count)) { buffer, count in
                let size = payload.withUnsafeBytes { source in
                    ZSTD_compressCCtx(
                        context, buffer.baseAddress.map { $0 + 1 }, buffer.count - 1, source.baseAddress, source.count,
                        Self.level)
                }
                guard ZSTD_isError(size) == 0 else { return }
                buffer[0] = Header.zstd
                count = 1 + size
            }
            return packed.isEmpty ? nil : packed
        } ?? nil
    }

    private func decompress(_ packed: [UInt8], _ maximumBytes: Int) throws(StewardError) -> [UInt8] {
        let declared = packed.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress.map { $0 + 1 }, $0.count - 1) }
        // The two highest values mean that the size is not known or the bytes are no frame.
        guard declared < UInt64.max - 1 else { throw Self.damaged("it is no Zstandard frame") }
        guard declared <= UInt64(maximumBytes) else { throw Self.tooLarge(maximumBytes) }
        var reason = "there is no memory for a context"
        let payload = decompressors.withContext { context in
            [UInt8](unsafeUninitializedCapacity: Int(declared)) { buffer, count in
                let size = packed.withUnsafeBytes { source in
                    ZSTD_decompressDCtx(
                        context, buffer.baseAddress, buffer.count, source.baseAddress.map { $0 + 1 }, source.count - 1)
                }
                if ZSTD_isError(size) == 0 { count = size } else { reason = String(cString: ZSTD_getErrorName(size)) }
            }
        }
        guard let payload, payload.count == Int(declared) else { throw Self.damaged(reason) }
        return payload
    }

    private static func damaged(_ reason: String) -> StewardError {
        StewardError(.storage, "a stored payload cannot be read: \(reason); run steward fsck")
    }

    private static func tooLarge(_ maximumBytes: Int) -> StewardError {
        StewardError(.tooLarge, "a stored payload is larger than \(maximumBytes) bytes, the limit for reading it")
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
