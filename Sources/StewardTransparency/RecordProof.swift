import StewardModel

/// Evidence, checkable offline, that one entry is in a log (c2sp.org/tlog-proof@v1).
package struct RecordProof: Sendable, Equatable {
    /// The entry's place in the log, from 0.
    package let index: Int64
    /// Inclusion proof, leaf side first.
    package let hashes: [MerkleHash]
    /// The signed checkpoint, verbatim.
    package let checkpoint: String
    /// Unsigned data that travels with the proof; Steward writes none and trusts none.
    package let extra: [UInt8]?

    private static let header = "c2sp.org/tlog-proof@v1"

    package init(index: Int64, hashes: [MerkleHash], checkpoint: String) {
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
        extra = nil
    }

    /// Throws `invalidInput` naming the line that is wrong. The checkpoint is not looked into.
    package init(parsing bytes: [UInt8]) throws {
        guard bytes.count <= SignedNote.maximumBytes, let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.malformed("is not UTF-8 of at most \(SignedNote.maximumBytes) bytes")
        }
        var rest = text.utf8[...]
        func nextLine() throws -> String {
            guard let end = rest.firstIndex(of: 0x0A) else { throw Self.malformed("ends before its checkpoint") }
            defer { rest = rest[rest.index(after: end)...] }
            return String(Substring(rest[..<end]))
        }
        guard try nextLine() == Self.header else { throw Self.malformed("does not begin with \(Self.header)") }
        var line = try nextLine()
        if line.hasPrefix("extra ") {
            guard let decoded = Base64.decode(line.dropFirst(6)) else {
                throw Self.malformed("has an `extra` line that is not base64")
            }
            extra = decoded
            line = try nextLine()
        } else {
            extra = nil
        }
        guard line.hasPrefix("index "), let index = Decimal.parse(line.dropFirst(6)) else {
            throw Self.malformed("has no line `index <n>`")
        }
        var hashes: [MerkleHash] = []
        line = try nextLine()
        while !line.isEmpty {
            guard let hash = MerkleHash(base64: line), hashes.count < MerkleTree.maximumProofHashes else {
                throw Self.malformed("has a line that is not the base64 of a hash, or too many of them")
            }
            hashes.append(hash)
            line = try nextLine()
        }
        self.index = index
        self.hashes = hashes
        checkpoint = String(Substring(rest))
    }

    package var serialized: String {
        var lines = [Self.header]
        if let extra { lines.append("extra " + Base64.encode(extra)) }
        lines.append("index \(index)")
        lines += hashes.map(\.base64)
        return lines.joined(separator: "\n") + "\n\n" + checkpoint
    }

    /// Checks the checkpoint's signature and origin and that `entry` is at ``index`` in the log it commits to; returns
    /// the checkpoint.
    ///
    /// Throws `invalidInput` for a malformed checkpoint and `verificationFailed` for a proof that does not hold.
    @discardableResult
    package func verify(entry: [UInt8], verifier: NoteVerifier) throws -> Checkpoint {
        let opened = try Checkpoint(opening: try SignedNote(parsing: checkpoint), verifier: verifier)
        guard holds(entry: entry, in: opened) else {
            throw StewardError(
                .verificationFailed,
                "the proof does not lead from the entry to the signed root of \(opened.size) "
                    + "entries: the entry, its index \(index) or the proof is not what was signed")
        }
        return opened
    }

    /// Whether the proof leads from the entry to a checkpoint that was verified elsewhere.
    func holds(entry: [UInt8], in checkpoint: Checkpoint) -> Bool {
        MerkleTree.verifyInclusion(
            leafHash: .leaf(entry), index: index, size: checkpoint.size, proof: hashes, root: checkpoint.root)
    }

    private static func malformed(_ problem: String) -> StewardError {
        StewardError(.invalidInput, "the record proof \(problem); use the file as it was exported", field: "proof")
    }
}
