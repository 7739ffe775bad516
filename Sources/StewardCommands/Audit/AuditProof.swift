import ArgumentParser
import StewardJSON
import StewardModel
import StewardTransparency

struct AuditProof: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Prove that a record is in the audit log, and check the proof here.",
        discussion: """
            With --file, the evidence is kept in a file that can be checked by others without this daemon.

            Example:
              steward audit proof 57 --key key.pub --file 57.tlog-proof
            """)

    @Argument(help: "Number of the record, as 'steward history' and 'steward audit records' show it.")
    var sequence: Int64

    @Option(help: "Write the proof (c2sp.org/tlog-proof) to this file.")
    var file: String?

    @Option(help: "File with the log's public key. (default: the key the daemon gives, which proves less)")
    var key: String?

    @OptionGroup var options: DaemonOptions

    func validate() throws {
        guard sequence >= 0 else { throw ValidationError("SEQUENCE must be 0 or more.") }
    }

    func run() throws {
        let session = try options.session()
        let evidence = try RecordEvidence(sequence: sequence, daemon: session.daemon)
        let verifier = try NoteVerifier(parsing: try key.map { try Files.text($0) } ?? evidence.key)
        let checkpoint = try evidence.proof.verify(entry: evidence.entry, verifier: verifier)
        if let file { try Files.write(Array(evidence.proof.serialized.utf8), to: file) }
        switch session.format {
        case .json: session.console.output(String(decoding: evidence.answer.pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: session.console.outputRenderer, now: session.console.now())
            let size = Humanize.count(checkpoint.size, "record")
            let root = String(checkpoint.root.hex.prefix(16)) + "…"
            session.console.output(
                page.renderer.paint("✓", .good) + " Record \(sequence) is in the log \(checkpoint.origin)"
                    + " of \(size), root \(root), signed by key \(verifier.keyIDText).\n"
                    + page.note(String(decoding: evidence.entry, as: UTF8.self))
                    + (file.map { "The proof is in \($0).\n" } ?? ""))
        }
    }
}

/// What the daemon gives to prove one record: its bytes, the proof, and the key that it says is its own.
struct RecordEvidence {
    /// The inclusion proof as the API gave it.
    var answer: JSONValue
    /// Canonical JSON, the leaf that was hashed.
    var entry: [UInt8]
    var proof: RecordProof
    var key: String

    init(sequence: Int64, daemon: DaemonClient) throws {
        // The checkpoint first: the proof is asked for exactly the size it commits to.
        let note = String(decoding: try daemon.bytes(.get("audit", "checkpoint")), as: UTF8.self)
        let size = try Checkpoint(parsing: try SignedNote(parsing: note).text).size
        guard sequence < size else {
            throw StewardError(.notFound, "the audit log has \(size) records, numbered from 0; there is no \(sequence)")
        }
        answer = try daemon.json(
            .get("audit", "proof", "inclusion", query: ["seq": String(sequence), "size": String(size)]))
        let hashes = try answer.rows("hashes").map { hash in
            guard let hash = hash.string.flatMap({ MerkleHash(base64: $0) }) else {
                throw StewardError(.verificationFailed, "the proof holds something that is no hash", field: "hashes")
            }
            return hash
        }
        let page = try daemon.json(
            .get("audit", "records", query: ["after": sequence == 0 ? nil : String(sequence - 1), "limit": "1"]))
        guard let row = page.rows("records").first, row["seq"]?.int64 == sequence, let record = row["record"] else {
            throw StewardError(.notFound, "the daemon gave no record \(sequence)")
        }
        entry = record.canonical
        proof = RecordProof(index: sequence, hashes: hashes, checkpoint: note)
        key = String(decoding: try daemon.bytes(.get("audit", "key")), as: UTF8.self)
    }
}
