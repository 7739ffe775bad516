import Crypto
import Foundation

/// A SHA-256 hash of a Merkle tree's leaf, inner node or root: 32 bytes, stored inline (RFC 9162, section 2.1.1).
package struct MerkleHash: Sendable, Hashable {
    package static let byteCount = 32
    private let storage: SIMD32<UInt8>

    /// `nil` unless there are exactly 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        storage = SIMD32(bytes)
    }

    /// `nil` unless the text is the canonical base 64 of 32 bytes.
    package init?(base64: some StringProtocol) {
        guard let bytes = Base64.decode(base64) else { return nil }
        self.init(bytes: bytes)
    }

    private init(finalizing hasher: SHA256) {
        storage = hasher.finalize().withUnsafeBytes { $0.loadUnaligned(as: SIMD32<UInt8>.self) }
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: storage) { Array($0) } }
    package var base64: String { Base64.encode(bytes) }
    package var hex: String { Hex.encode(bytes) }

    /// The root of a tree without leaves: SHA-256 of nothing.
    package static let emptyRoot = MerkleHash(finalizing: SHA256())

    /// The hash of an entry: SHA-256(0x00 ‖ entry).
    package static func leaf(_ entry: [UInt8]) -> MerkleHash {
        var hasher = SHA256()
        withUnsafeBytes(of: UInt8(0)) { hasher.update(bufferPointer: $0) }
        entry.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return MerkleHash(finalizing: hasher)
    }

    /// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
    package static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        var hasher = SHA256()
        withUnsafeBytes(of: UInt8(1)) { hasher.update(bufferPointer: $0) }
        withUnsafeBytes(of: left.storage) { hasher.update(bufferPointer: $0) }
        withUnsafeBytes(of: right.storage) { hasher.update(bufferPointer: $0) }
        return MerkleHash(finalizing: hasher)
    }
}

extension MerkleHash: CustomStringConvertible {
    package var description: String { hex }
}
