import Crypto
import Foundation
import StewardModel

/// Rules common to both halves of a note's key (c2sp.org/signed-note v1.0.0); only Ed25519 keys are used.
enum NoteKey {
    /// The signature type byte of plain Ed25519.
    static let ed25519: UInt8 = 0x01

    /// Says what is wrong with a key name, or `nil` when it may be used.
    static func problem(inName name: String) -> String? {
        if name.isEmpty { return "must not be empty" }
        let refused = name.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "+" || $0.value < 0x20 }
        return refused ? "must not contain spaces, '+' or control characters" : nil
    }

    static func requireName(_ name: String) throws {
        if let problem = problem(inName: name) {
            throw StewardError(.invalidInput, "a key name \(problem)", field: "name")
        }
    }

    /// The first four bytes of SHA-256(name ‖ LF ‖ type ‖ public key), big-endian.
    static func id(name: String, publicKey: [UInt8]) -> UInt32 {
        UInt32(bigEndianBytes: SHA256.hash(data: Array(name.utf8) + [0x0A, ed25519] + publicKey).prefix(4))
    }

    /// Splits `name+id+base64(0x01 ‖ 32 bytes)`; the base64 may contain `+` itself. `nil` where the text is not that.
    static func parse(_ text: some StringProtocol) -> (name: String, id: String, key: [UInt8])? {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, problem(inName: String(parts[0])) == nil, let material = Base64.decode(parts[2]),
            material.count == 33, material[0] == ed25519
        else { return nil }
        return (String(parts[0]), String(parts[1]), Array(material.dropFirst()))
    }
}

/// The public half of a note's key: its name and an Ed25519 public key.
package struct NoteVerifier: Sendable, Equatable {
    package let name: String
    package let keyID: UInt32
    /// 32 bytes, as RFC 8032 encodes them.
    package let publicKey: [UInt8]

    /// Throws `invalidInput` when the name may not be used or the key is not 32 bytes long.
    package init(name: String, publicKey: [UInt8]) throws {
        try NoteKey.requireName(name)
        guard publicKey.count == 32 else {
            throw StewardError(
                .invalidInput, "an Ed25519 public key has 32 bytes; this has \(publicKey.count)", field: "key")
        }
        self.name = name
        self.publicKey = publicKey
        keyID = NoteKey.id(name: name, publicKey: publicKey)
    }

    /// Reads a verifier key `<name>+<key ID in hex>+<base64>`; one line feed may follow.
    ///
    /// Throws `invalidInput` when the text is not that, is not Ed25519, or the key ID does not fit name and key.
    package init(parsing vkey: String) throws {
        let line = vkey.utf8.last == 0x0A ? vkey.dropLast() : vkey[...]
        guard let parsed = NoteKey.parse(line) else {
            throw StewardError(
                .invalidInput,
                "the text is not an Ed25519 verifier key of the form `<name>+<key ID>+<base64>`; use the whole line as "
                    + "it was published", field: "key")
        }
        try self.init(name: parsed.name, publicKey: parsed.key)
        guard parsed.id == keyIDText else {
            throw StewardError(
                .invalidInput,
                "the verifier key says key ID \(parsed.id), but its name and key make it \(keyIDText): one of them was "
                    + "changed", field: "key")
        }
    }

    /// The verifier key, without a line feed.
    package var text: String { "\(name)+\(keyIDText)+\(Base64.encode([NoteKey.ed25519] + publicKey))" }

    /// Eight hexadecimal digits.
    package var keyIDText: String { Hex.encode(keyID) }

    var label: String { "\(name) (key ID \(keyIDText))" }

    func isKey(of signature: SignedNote.Signature) -> Bool {
        // Bytes, not `==`: Swift takes different Unicode spellings of one text for equal.
        signature.keyID == keyID && signature.keyName.utf8.elementsEqual(name.utf8)
    }

    func isValid(_ signature: [UInt8], for text: String) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(signature, for: Array(text.utf8))
    }
}

/// The private half of a note's key.
package struct NoteSigner: Sendable {
    package let verifier: NoteVerifier
    private let privateKey: Curve25519.Signing.PrivateKey

    /// `seed` is the 32 secret bytes of RFC 8032, section 5.1.5, from a cryptographic source of randomness.
    ///
    /// Throws `invalidInput` when the name may not be used or the seed is not 32 bytes long.
    package init(name: String, seed: [UInt8]) throws {
        guard seed.count == 32, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw StewardError(.invalidInput, "an Ed25519 seed has 32 bytes; this has \(seed.count)", field: "seed")
        }
        privateKey = key
        verifier = try NoteVerifier(name: name, publicKey: Array(key.publicKey.rawRepresentation))
    }

    /// Reads `PRIVATE+KEY+<name>+<key ID in hex>+<base64>`, the form that Go's `golang.org/x/mod/sumdb/note` writes;
    /// one line feed may follow.
    ///
    /// Throws `invalidInput` when the text is not that or the key ID does not fit. The message holds no secret.
    package init(parsing text: String) throws {
        let line = text.utf8.last == 0x0A ? text.dropLast() : text[...]
        guard line.hasPrefix(Self.prefix), let parsed = NoteKey.parse(line.dropFirst(Self.prefix.count)) else {
            throw StewardError(
                .invalidInput,
                "the text is not an Ed25519 signing key of the form `PRIVATE+KEY+<name>+<key ID>+<base64>`",
                field: "key")
        }
        try self.init(name: parsed.name, seed: parsed.key)
        guard parsed.id == verifier.keyIDText else {
            throw StewardError(
                .invalidInput,
                "the signing key says key ID \(parsed.id), but its name and key make it \(verifier.keyIDText): "
                    + "one of them was changed",
                field: "key")
        }
    }

    private static let prefix = "PRIVATE+KEY+"

    /// The signing key, without a line feed. Secret.
    package var privateText: String {
        let seed = Array(privateKey.rawRepresentation)
        return "\(Self.prefix)\(verifier.name)+\(verifier.keyIDText)+\(Base64.encode([NoteKey.ed25519] + seed))"
    }

    func signature(of text: String) throws -> SignedNote.Signature {
        SignedNote.Signature(
            keyName: verifier.name, keyID: verifier.keyID,
            bytes: Array(try privateKey.signature(for: Array(text.utf8))))
    }
}
