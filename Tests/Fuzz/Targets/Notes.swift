import StewardTransparency

/// Signed notes, checkpoints, record proofs and keys: strict, so what is accepted has one spelling only.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = bytes(data, size)
    if let note = try? SignedNote(parsing: input) {
        require(Array(note.serialized.utf8) == input, "a note of two spellings")
        require((1...SignedNote.maximumSignatures).contains(note.signatures.count), "a note without signatures")
        if let checkpoint = try? Checkpoint(parsing: note.text) {
            require(Array(checkpoint.text.utf8) == Array(note.text.utf8), "a checkpoint of two spellings")
            require(checkpoint.size >= 0, "a size below zero")
        }
    }
    if let proof = try? RecordProof(parsing: input) {
        require(Array(proof.serialized.utf8) == input, "a record proof of two spellings")
        require(proof.index >= 0, "an index below zero")
        if let verifier { require((try? proof.verify(entry: [0x7B], verifier: verifier)) == nil, "a forged proof") }
    }
    let text = String(decoding: input, as: UTF8.self)
    if let verifier = try? NoteVerifier(parsing: text) {
        require(verifier.text == text || verifier.text + "\n" == text, "a key of two spellings")
    }
    if let signer = try? NoteSigner(parsing: text) {
        require(signer.privateText == text || signer.privateText + "\n" == text, "a secret key of two spellings")
    }
    return 0
}

private let verifier = try? NoteVerifier(name: "steward.local/log", publicKey: Array(repeating: 7, count: 32))
