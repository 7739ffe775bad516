/// MurmurHash3 x86-32, fed piece by piece: hashing `a` then `b` gives the hash of their bytes in a row, so that the
/// part which is always the same is hashed once.
///
/// Reference: A. Appleby, MurmurHash3.cpp (2011, public domain). Not for anything that an attacker must not predict.
package struct MurmurHash3: Sendable, Equatable {
    private var hash: UInt32
    /// Bytes that do not fill a block yet, lowest first.
    private var tail: UInt32 = 0
    private var tailBytes: UInt32 = 0
    private var length: UInt32 = 0

    package init(seed: UInt32 = 0) { hash = seed }

    package mutating func update(_ text: String) {
        // Native strings lie in one piece, so that nothing is copied.
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { update($0) }
        if isDone == nil { for byte in text.utf8 { update(byte) } }
    }

    package mutating func update(_ bytes: UnsafeBufferPointer<UInt8>) {
        for byte in bytes { update(byte) }
    }

    private mutating func update(_ byte: UInt8) {
        tail |= UInt32(byte) << (8 * tailBytes)
        tailBytes += 1
        length &+= 1
        guard tailBytes == 4 else { return }
        hash ^= Self.mixed(tail)
        hash = Self.rotated(hash, 13) &* 5 &+ 0xE654_6B64
        tail = 0
        tailBytes = 0
    }

    /// The hash of all bytes so far; more may follow.
    package var value: UInt32 {
        var result = tailBytes == 0 ? hash : hash ^ Self.mixed(tail)
        result ^= length
        result ^= result >> 16
        result = result &* 0x85EB_CA6B
        result ^= result >> 13
        result = result &* 0xC2B2_AE35
        return result ^ (result >> 16)
    }

    private static func mixed(_ block: UInt32) -> UInt32 { rotated(block &* 0xCC9E_2D51, 15) &* 0x1B87_3593 }

    private static func rotated(_ value: UInt32, _ bits: UInt32) -> UInt32 { value << bits | value >> (32 - bits) }
}

extension MurmurHash3 {
    /// The place of the hash on a scale from 0 to `total` − 1, in equal parts: flagd's current rule, which integer
    /// weights are held against.
    package func bucket(of total: UInt64) -> UInt64 { (UInt64(value) &* total) >> 32 }
}
