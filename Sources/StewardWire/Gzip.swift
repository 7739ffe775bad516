import CZlib
import StewardModel

/// The gzip format (RFC 1952), whole buffers at a time.
package enum Gzip {
    private static let chunkBytes = 65_536
    /// Window of 32 KiB; 16 more asks zlib for gzip's header and trailer instead of its own.
    private static let gzipWindowBits: Int32 = 15 + 16

    /// Decompresses one or more gzip members laid end to end (RFC 1952, section 2.2).
    ///
    /// - Parameter limit: the most bytes to produce. It is checked while inflating, so that a small body cannot claim
    ///   more memory than the limit and one chunk.
    /// - Throws: `tooLarge` above the limit, `invalidInput` where the input is no gzip, cut short or corrupt.
    package static func inflate(_ input: [UInt8], limit: Int) throws(StewardError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(min(limit, input.count * 4))
        let failure = run(input, start: { inflateInit2_($0, gzipWindowBits, ZLIB_VERSION, streamSize) }) { stream in
            defer { inflateEnd(&stream) }
            // A small body must not pay for clearing a large buffer.
            var chunk = [UInt8](repeating: 0, count: min(chunkBytes, max(4096, input.count * 4)))
            while true {
                let (status, produced) = chunk.withUnsafeMutableBufferPointer { buffer in
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = UInt32(buffer.count)
                    let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    return (status, buffer.count - Int(stream.avail_out))
                }
                guard produced <= limit - output.count else { return tooLarge(limit) }
                output.append(contentsOf: chunk[..<produced])
                switch status {
                case Z_OK: continue
                case Z_STREAM_END:
                    if stream.avail_in == 0 { return nil }
                    inflateReset(&stream)
                case Z_BUF_ERROR: return invalid("is cut short")
                default: return invalid("is corrupt or not gzip")
                }
            }
        }
        if let failure { throw failure }
        return output
    }

    /// Compresses into one gzip member.
    ///
    /// - Parameter level: 1 (fast) to 9 (small).
    package static func deflate(_ input: [UInt8], level: Int32 = 6) throws(StewardError) -> [UInt8] {
        var output: [UInt8] = []
        let start = { (stream: UnsafeMutablePointer<z_stream>) in
            deflateInit2_(
                stream, level, Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, streamSize)
        }
        let failure = run(input, start: start) { stream in
            defer { deflateEnd(&stream) }
            let capacity = Int(deflateBound(&stream, UInt(input.count)))
            output = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(clamping: buffer.count)
                if CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END { count = Int(stream.total_out) }
            }
            return output.isEmpty ? StewardError(.internal, "zlib could not compress \(input.count) bytes") : nil
        }
        if let failure { throw failure }
        return output
    }

    private static var streamSize: Int32 { Int32(MemoryLayout<z_stream>.size) }

    /// Sets a stream up over the input, which stays in place while `body` runs.
    private static func run(
        _ input: [UInt8], start: (UnsafeMutablePointer<z_stream>) -> Int32, _ body: (inout z_stream) -> StewardError?
    ) -> StewardError? {
        guard let size = UInt32(exactly: input.count) else { return tooLarge(Int(UInt32.max)) }
        return input.withUnsafeBufferPointer { buffer in
            var stream = z_stream()
            guard start(&stream) == Z_OK else { return StewardError(.internal, "zlib could not start: out of memory") }
            // zlib's header declares its input mutable but only reads it.
            stream.next_in = UnsafeMutablePointer(mutating: buffer.baseAddress)
            stream.avail_in = size
            return body(&stream)
        }
    }

    private static func tooLarge(_ limit: Int) -> StewardError {
        StewardError(.tooLarge, "the body is more than \(limit) bytes when decompressed, the limit: send less at once")
    }

    private static func invalid(_ what: String) -> StewardError {
        StewardError(.invalidInput, "the gzip data \(what): send it again, or without Content-Encoding")
    }
}
