import StewardModel

/// What a log commits to at one size (c2sp.org/tlog-checkpoint v1.0.0): the text of a signed note.
package struct Checkpoint: Sendable, Equatable {
    /// The log's identity, equal to the name of the key that signs for it.
    package let origin: String
    /// Number of entries.
    package let size: Int64
    package let root: MerkleHash
    /// Further lines, opaque; Steward writes none.
    package let extensions: [String]

    package init(origin: String, size: Int64, root: MerkleHash) {
        self.origin = origin
        self.size = size
        self.root = root
        extensions = []
    }

    /// Reads the text of a note (without blank line and signatures), strictly: origin, size in decimal without leading
    /// zeros, root in canonical base64, then non-empty lines.
    ///
    /// Throws `invalidInput` naming the line that is wrong.
    package init(parsing text: String) throws {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard lines.count >= 4, let end = lines.last, end.isEmpty else {
            throw Self.malformed("needs three lines, each with a line feed")
        }
        guard !lines.dropLast().contains(where: \.isEmpty) else { throw Self.malformed("has an empty line") }
        guard let size = Decimal.parse(lines[1]) else {
            throw Self.malformed("has no tree size on line 2: a decimal number without leading zeros")
        }
        guard let root = MerkleHash(base64: lines[2]) else {
            throw Self.malformed("has no root hash on line 3: the base64 of 32 bytes")
        }
        if size == 0, root != .emptyRoot { throw Self.malformed("names a root for size 0 that no empty tree has") }
        origin = lines[0]
        self.size = size
        self.root = root
        extensions = Array(lines[3..<(lines.count - 1)])
    }

    /// Opens a signed checkpoint: parses it, checks the signature, and checks that the origin is the key's name.
    ///
    /// Throws `invalidInput` for a malformed one and `verificationFailed` for one that the key does not vouch for.
    package init(opening note: SignedNote, verifier: NoteVerifier) throws {
        _ = try note.verify(by: [verifier])
        try self.init(parsing: note.text)
        guard origin.utf8.elementsEqual(verifier.name.utf8) else {
            throw StewardError(
                .verificationFailed, "the checkpoint is of the log \(origin), but the key is that of \(verifier.name)",
                field: "origin")
        }
    }

    /// The text to be signed.
    package var text: String {
        ([origin, String(size), root.base64] + extensions).map { $0 + "\n" }.joined()
    }

    /// The checkpoint as a signed note.
    ///
    /// Throws `invalidInput` when the signer's name is not the origin.
    package func signed(by signer: NoteSigner) throws -> SignedNote {
        guard origin.utf8.elementsEqual(signer.verifier.name.utf8) else {
            throw StewardError(
                .invalidInput, "must be the signing key's name, \(signer.verifier.name); it is \(origin)",
                field: "origin")
        }
        return try SignedNote(text: text, signers: [signer])
    }

    private static func malformed(_ problem: String) -> StewardError {
        StewardError(.invalidInput, "the checkpoint \(problem); use the file as it was exported", field: "checkpoint")
    }
}
