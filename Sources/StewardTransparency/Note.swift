import StewardModel

/// A text signed by one or more keys (c2sp.org/signed-note v1.0.0).
///
/// The text is to be believed only after ``verify(by:)``.
package struct SignedNote: Sendable, Equatable {
    package static let maximumBytes = 1 << 20
    package static let maximumSignatures = 100

    /// Ends in a line feed; the signatures cover exactly these bytes.
    package let text: String
    package let signatures: [Signature]

    package struct Signature: Sendable, Equatable {
        package let keyName: String
        package let keyID: UInt32
        package let bytes: [UInt8]
    }

    /// Reads a note: text, blank line, signature lines.
    ///
    /// Throws `invalidInput` with the rule that the note breaks.
    package init(parsing bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumBytes else {
            throw Self.malformed("is longer than \(Self.maximumBytes) bytes")
        }
        guard let note = String(validating: bytes, as: UTF8.self) else { throw Self.malformed("is not UTF-8") }
        try self.init(parsing: note)
    }

    /// As ``init(parsing:)-([UInt8])``, from text.
    package init(parsing note: String) throws {
        let bytes = Array(note.utf8)
        guard !bytes.contains(where: { $0 < 0x20 && $0 != 0x0A }) else {
            throw Self.malformed("contains a control character")
        }
        guard bytes.last == 0x0A else { throw Self.malformed("does not end in a line feed") }
        guard let blank = bytes.indices.dropFirst().last(where: { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }) else {
            throw Self.malformed("has no blank line between text and signatures")
        }
        let lines = bytes[(blank + 1)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count <= Self.maximumSignatures else {
            throw Self.malformed("has more than \(Self.maximumSignatures) signatures")
        }
        text = String(decoding: bytes[..<blank], as: UTF8.self)
        signatures = try lines.map { try Self.signature(line: String(decoding: $0, as: UTF8.self)) }
    }

    /// Throws `invalidInput` when the text does not end in a line feed, contains other control characters or is too
    /// long.
    package init(text: String, signers: [NoteSigner]) throws {
        guard text.utf8.last == 0x0A, !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A }),
            text.utf8.count <= Self.maximumBytes / 2, (1...Self.maximumSignatures).contains(signers.count)
        else {
            throw StewardError(
                .invalidInput,
                "must end in a line feed, have no other control character, and be signed by 1 to "
                    + "\(Self.maximumSignatures) keys", field: "text")
        }
        self.text = text
        signatures = try signers.map { try $0.signature(of: text) }
    }

    /// The note as text, as ``init(parsing:)-(String)`` reads it.
    package var serialized: String {
        text + "\n"
            + signatures.map { "— \($0.keyName) \(Base64.encode($0.keyID.bigEndianBytes + $0.bytes))\n" }.joined()
    }

    /// Checks every signature whose key is among the verifiers and returns the verifiers that signed; signatures by
    /// other keys are ignored.
    ///
    /// Throws `verificationFailed` when a known key's signature is wrong or no known key has signed.
    package func verify(by verifiers: [NoteVerifier]) throws -> [NoteVerifier] {
        var signed: [NoteVerifier] = []
        for signature in signatures {
            guard let verifier = verifiers.first(where: { $0.isKey(of: signature) }) else { continue }
            guard verifier.isValid(signature.bytes, for: text) else {
                throw StewardError(
                    .verificationFailed,
                    "the signature by \(verifier.label) does not fit the text: one of the two was "
                        + "changed after signing")
            }
            if !signed.contains(verifier) { signed.append(verifier) }
        }
        guard !signed.isEmpty else {
            let wanted = verifiers.map(\.label).joined(separator: ", ")
            let found = signatures.map { "\($0.keyName) (key ID \(Hex.encode($0.keyID)))" }.joined(separator: ", ")
            throw StewardError(
                .verificationFailed, "no signature by the expected key \(wanted); the note is signed by \(found)")
        }
        return signed
    }

    private static func signature(line: String) throws -> Signature {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.elementsEqual("—".utf8), NoteKey.problem(inName: String(parts[1])) == nil
        else {
            throw malformed("has a signature line that is not of the form `— <key name> <base64>`")
        }
        guard let bytes = Base64.decode(parts[2]), bytes.count > 4 else {
            throw malformed("has a signature by \(parts[1]) that is not base64 of a key ID and a signature")
        }
        return Signature(
            keyName: String(parts[1]), keyID: UInt32(bigEndianBytes: bytes.prefix(4)),
            bytes: Array(bytes.dropFirst(4)))
    }

    private static func malformed(_ problem: String) -> StewardError {
        StewardError(.invalidInput, "the signed note \(problem); use the file as it was exported", field: "note")
    }
}

extension UInt32 {
    init(bigEndianBytes bytes: some Sequence<UInt8>) { self = bytes.reduce(0) { $0 << 8 | UInt32($1) } }
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
