import StewardWire

/// Inflating never gives more than the limit, and what was packed comes out again.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = bytes(data, size)
    if input.first == 0x1F { unpack(input) } else { pack(input) }
    return 0
}

private func unpack(_ input: [UInt8]) {
    let limit = 1 << 20
    guard let output = try? Gzip.inflate(input, limit: limit) else { return }
    require(output.count <= limit, "\(output.count) bytes are over the limit")
    require((try? Gzip.inflate(input, limit: output.count)) == output, "exactly the limit is refused")
    if !output.isEmpty {
        require((try? Gzip.inflate(input, limit: output.count - 1)) == nil, "a byte over the limit was let through")
    }
}

private func pack(_ content: [UInt8]) {
    guard let packed = try? Gzip.deflate(content, level: 1) else { return require(false, "could not be packed") }
    require((try? Gzip.inflate(packed, limit: content.count)) == content, "packed and unpacked, it is another")
}
