import Crypto

/// SHA-256 (FIPS 180-4) as lower-case hex: how specs, policies and token secrets are named.
package enum Digest {
    package static func sha256(_ bytes: [UInt8]) -> String { Hex.encode(Array(SHA256.hash(data: bytes))) }
}
