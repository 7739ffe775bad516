import StewardModel

/// A folder that holds a whole audit log and all that is needed to check it without Steward.
///
/// | file | content |
/// | --- | --- |
/// | `entries.ndjson` | line i is the exact bytes of entry i, the leaf that was hashed |
/// | `checkpoint` | signed note: origin, size, root |
/// | `key.pub` | the verifier key, one line |
/// | `proofs/<seq>.tlog-proof` | evidence for single entries that can be handed on alone |
/// | `README.txt` | how to check all this with `openssl` and `sha256sum` |
/// | `report.html` | the entries for people |
/// | `MANIFEST.sha256` | SHA-256 of every other file, as `sha256sum` writes it |
package enum AuditBundle {
    /// How many of the newest entries get a proof file unless others are asked for.
    package static let defaultProofs: Int64 = 100
    /// Longest entry, in bytes: what the entry bundles of c2sp.org/tlog-tiles can hold.
    package static let maximumEntryBytes = 65_535

    static let entriesPath = "entries.ndjson"
    static let checkpointPath = "checkpoint"
    static let keyPath = "key.pub"
    static let readmePath = "README.txt"
    static let reportPath = "report.html"
    static let manifestPath = "MANIFEST.sha256"
    static let proofFolder = "proofs/"
    static let proofSuffix = ".tlog-proof"

    /// Makes the files of a bundle; the same input gives the same bytes.
    ///
    /// - Parameters:
    ///   - entries: all entries that the checkpoint covers, in order; canonical JSON without line feeds.
    ///   - checkpoint: the signed note.
    ///   - verifierKey: the verifier key that the checkpoint was signed for.
    ///   - proofsFor: entries that get a proof file; the last ``defaultProofs`` when `nil`.
    ///
    /// Throws `verificationFailed` rather than export what would not verify, and `invalidInput` for an entry that
    /// cannot stand on one line or a proof of an entry that is not there.
    package static func files(
        entries: [[UInt8]], checkpoint: String, verifierKey: String, proofsFor sequences: [Int64]? = nil
    ) throws -> [ArchiveFile] {
        let verifier = try NoteVerifier(parsing: verifierKey)
        let opened = try Checkpoint(opening: try SignedNote(parsing: checkpoint), verifier: verifier)
        for (index, entry) in entries.enumerated() {
            guard !entry.isEmpty, entry.count <= maximumEntryBytes, !entry.contains(0x0A) else {
                throw StewardError(
                    .invalidInput,
                    "entry \(index) must be 1 to \(maximumEntryBytes) bytes without a line feed; it cannot "
                        + "be exported", field: "entries")
            }
        }
        let subtrees = MerkleSubtrees(entries: entries)
        guard opened.size == subtrees.frontier.size, opened.root == subtrees.frontier.root else {
            throw StewardError(
                .verificationFailed,
                "the \(entries.count) entries have the root \(subtrees.frontier.root.base64), but the "
                    + "checkpoint commits to \(opened.size) entries with the root \(opened.root.base64); nothing was "
                    + "exported: run `steward fsck`")
        }
        let wanted = Set(sequences ?? Array(max(0, opened.size - defaultProofs)..<opened.size)).sorted()
        let proofs = try wanted.map { sequence in
            let hashes = try MerkleTree.inclusionProof(index: sequence, size: opened.size, node: subtrees.node)
            let proof = RecordProof(index: sequence, hashes: hashes, checkpoint: checkpoint)
            return ArchiveFile(path: proofPath(sequence), text: proof.serialized)
        }
        let page = AuditReportPage(
            records: entries.map { AuditRecord(entry: $0) }, checkpoint: opened, keyID: verifier.keyIDText)
        var files = [
            ArchiveFile(path: readmePath, text: BundleReadme.text(checkpoint: opened, keyID: verifier.keyIDText)),
            ArchiveFile(path: checkpointPath, text: checkpoint),
            ArchiveFile(path: entriesPath, bytes: entries.flatMap { $0 + [0x0A] }),
            ArchiveFile(path: keyPath, text: verifier.text + "\n"),
        ]
        files += proofs
        files.append(ArchiveFile(path: reportPath, text: page.html))
        files.append(ArchiveFile(path: manifestPath, text: manifest(of: files)))
        return files
    }

    static func proofPath(_ sequence: Int64) -> String { "\(proofFolder)\(sequence)\(proofSuffix)" }

    /// One line for each file, as `sha256sum --check` reads it.
    static func manifest(of files: [ArchiveFile]) -> String {
        files.map { "\(Digest.sha256($0.bytes))  \($0.path)\n" }.joined()
    }
}

/// One file of a bundle or an archive.
package struct ArchiveFile: Sendable, Equatable {
    /// Relative, parted by `/`.
    package var path: String
    package var bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    init(path: String, text: String) { self.init(path: path, bytes: Array(text.utf8)) }
}
