import Crypto

/// SHA-256 (FIPS 180-4) as lower-case hex: how specs, policies and token secrets are named.
package enum Digest {
    package static func sha256(_ bytes: [UInt8]) -> String { Hex.encode(Array(SHA256.hash(data: bytes))) }
}

/// HMAC-SHA-256 (RFC 2104), which tells whoever shares a key that a message is ours.
package enum MessageAuthentication {
    package static func base64(_ message: [UInt8], key: [UInt8]) -> String {
        Base64.encode(Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key))))
    }
}
