import StewardModel
import StewardTransparency
import Testing

@Suite struct CheckpointTests {
    static let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    @Test func theSpecificationsExample() throws {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        let checkpoint = try Checkpoint(parsing: text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.root.base64 == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
        #expect(checkpoint.text == text)
    }

    @Test func extensionLinesAreKept() throws {
        let text = "o\n7\n\(Self.root)\nfirst\nsecond\n"
        let checkpoint = try Checkpoint(parsing: text)
        #expect(checkpoint.extensions == ["first", "second"])
        #expect(checkpoint.text == text)
    }

    @Test func theEmptyLog() throws {
        #expect(try Checkpoint(parsing: "o\n0\n\(Self.root)\n").root == .emptyRoot)
    }

    @Test(arguments: [
        ("", "three lines"), ("o\n7\n", "three lines"), ("o\n7\n\(root)", "three lines"),
        ("\n7\n\(root)\n", "empty line"),
        ("o\n7\n\(root)\n\n", "empty line"), ("o\n7\n\(root)\n\nmore\n", "empty line"),
        ("o\n\n\(root)\n", "empty line"),
        ("o\n07\n\(root)\n", "line 2"), ("o\n00\n\(root)\n", "line 2"), ("o\n+7\n\(root)\n", "line 2"),
        ("o\n-7\n\(root)\n", "line 2"), ("o\n 7\n\(root)\n", "line 2"), ("o\n7 \n\(root)\n", "line 2"),
        ("o\n0x7\n\(root)\n", "line 2"), ("o\n7.0\n\(root)\n", "line 2"), ("o\n٧\n\(root)\n", "line 2"),
        ("o\n9223372036854775808\n\(root)\n", "line 2"), ("o\n7\n\(root)=\n", "line 3"), ("o\n7\nAAAA\n", "line 3"),
        ("o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", "line 3"),
        ("o\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "size 0"),
    ])
    func strictness(text: String, problem: String) {
        let error = #expect(throws: StewardError.self) { try Checkpoint(parsing: text) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(problem) == true, "\(String(describing: error))")
    }

    @Test func signingAndOpening() throws {
        let signer = try NoteSigner(name: "example.org/log", seed: Array(1...32))
        let checkpoint = Checkpoint(origin: "example.org/log", size: 3, root: .leaf([1]))
        let note = try SignedNote(parsing: try checkpoint.signed(by: signer).serialized)
        #expect(try Checkpoint(opening: note, verifier: signer.verifier) == checkpoint)
        let stranger = try NoteSigner(name: "example.org/log", seed: Array(2...33))
        let error = #expect(throws: StewardError.self) { try Checkpoint(opening: note, verifier: stranger.verifier) }
        #expect(error?.code == .verificationFailed)
    }

    @Test func originMustBeTheKeysName() throws {
        let signer = try NoteSigner(name: "example.org/log", seed: Array(1...32))
        let checkpoint = Checkpoint(origin: "example.org/other", size: 3, root: .leaf([1]))
        #expect(throws: StewardError.self) { try checkpoint.signed(by: signer) }
        let note = try SignedNote(text: checkpoint.text, signers: [signer])
        let error = #expect(throws: StewardError.self) { try Checkpoint(opening: note, verifier: signer.verifier) }
        #expect(error?.field == "origin")
    }
}

@Suite struct RecordProofTests {
    static let entries = (0..<11).map { Array("{\"seq\":\($0)}".utf8) }

    @Test(arguments: 0..<11)
    func roundTripAndVerification(index: Int) throws {
        let (proof, verifier) = try Self.proof(of: index)
        let text = proof.serialized
        #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nindex \(index)\n"))
        let parsed = try RecordProof(parsing: Array(text.utf8))
        #expect(parsed == proof)
        #expect(try parsed.verify(entry: Self.entries[index], verifier: verifier).size == 11)
        for other in Self.entries.indices where other != index {
            #expect(throws: StewardError.self) { try parsed.verify(entry: Self.entries[other], verifier: verifier) }
        }
    }

    @Test func everyBitCounts() throws {
        let (proof, verifier) = try Self.proof(of: 10)
        let bytes = Array(proof.serialized.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                #expect(throws: StewardError.self, "byte \(index) bit \(bit)") {
                    try RecordProof(parsing: changed).verify(entry: Self.entries[10], verifier: verifier)
                }
            }
        }
    }

    @Test func extraDataIsCarriedAndNotTrusted() throws {
        let (proof, verifier) = try Self.proof(of: 4)
        let text = proof.serialized.replacing("\nindex", with: "\nextra AQID\nindex")
        let parsed = try RecordProof(parsing: Array(text.utf8))
        #expect(parsed.extra == [1, 2, 3])
        #expect(parsed.serialized == text)
        try parsed.verify(entry: Self.entries[4], verifier: verifier)
    }

    @Test(arguments: [
        "", "c2sp.org/tlog-proof@v2\nindex 0\n\nx", "c2sp.org/tlog-proof@v1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nx",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nx", "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\n", "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nextra AQID\nextra AQID\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + String(repeating: CheckpointTests.root + "\n", count: 65) + "\nx",
    ])
    func malformedProofs(text: String) {
        let error = #expect(throws: StewardError.self) { try RecordProof(parsing: Array(text.utf8)) }
        #expect(error?.code == .invalidInput)
    }

    private static func proof(of index: Int) throws -> (RecordProof, NoteVerifier) {
        let store = NodeStore(entries.map { MerkleHash.leaf($0) })
        let signer = try NoteSigner(name: "example.org/log", seed: Array(1...32))
        let checkpoint = Checkpoint(origin: "example.org/log", size: 11, root: store.frontier.root)
        let hashes = try MerkleTree.inclusionProof(index: Int64(index), size: 11, node: store.node)
        let signed = try checkpoint.signed(by: signer).serialized
        return (RecordProof(index: Int64(index), hashes: hashes, checkpoint: signed), signer.verifier)
    }
}
