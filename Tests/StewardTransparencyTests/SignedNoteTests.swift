import StewardModel
import StewardStatistics
import StewardTransparency
import Testing

@Suite struct SignedNoteTests {
    /// The example of c2sp.org/signed-note.
    static let exampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    static let exampleNote = """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """
    /// The keys and texts of the tests of golang.org/x/mod/sumdb/note.
    static let goSigner = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let goKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let goText = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """
    static let goSignature =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    static let otherKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    static let otherSignature =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

    @Test func theSpecificationsExample() throws {
        let verifier = try NoteVerifier(parsing: Self.exampleKey)
        #expect(verifier.name == "example.com/foo")
        #expect(verifier.keyIDText == "530d903a")
        #expect(verifier.text == Self.exampleKey)
        let note = try SignedNote(parsing: Self.exampleNote)
        #expect(note.text == "This is an example message.\n")
        #expect(note.serialized == Self.exampleNote)
        #expect(try note.verify(by: [verifier]) == [verifier])
    }

    @Test func signsAsGoDoes() throws {
        let signer = try NoteSigner(parsing: Self.goSigner)
        #expect(signer.privateText == Self.goSigner)
        #expect(signer.verifier.text == Self.goKey)
        #expect(
            try SignedNote(text: Self.goText, signers: [signer]).serialized == Self.goText + "\n" + Self.goSignature)
    }

    @Test func twoSignaturesAndUnknownKeys() throws {
        let note = try SignedNote(parsing: Self.goText + "\n" + Self.goSignature + Self.otherSignature)
        let (first, second) = (try NoteVerifier(parsing: Self.goKey), try NoteVerifier(parsing: Self.otherKey))
        #expect(try note.verify(by: [first, second]) == [first, second])
        #expect(try note.verify(by: [second]) == [second])
        let error = #expect(throws: StewardError.self) {
            try note.verify(by: [try NoteVerifier(parsing: Self.exampleKey)])
        }
        #expect(error?.code == .verificationFailed)
        #expect(error?.message.contains("EnochRoot (key ID af0cfe78)") == true)
    }

    @Test func aKnownKeysWrongSignatureFailsTheNote() throws {
        let (first, second) = (try NoteVerifier(parsing: Self.goKey), try NoteVerifier(parsing: Self.otherKey))
        let tampered = try SignedNote(
            parsing: Self.goText + "\n" + Self.goSignature
                + Self.otherSignature.replacing("WWd1RvMc", with: "WWd1RvMd"))
        #expect(throws: StewardError.self) { try tampered.verify(by: [first, second]) }
        #expect(try tampered.verify(by: [first]) == [first])
    }

    @Test func everyBitOfTextAndSignatureCounts() throws {
        let signer = try NoteSigner(name: "example.org/log", seed: Array(1...32))
        let bytes = Array(try SignedNote(text: "one line\n", signers: [signer]).serialized.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                #expect(throws: StewardError.self, "byte \(index) bit \(bit)") {
                    try SignedNote(parsing: changed).verify(by: [signer.verifier])
                }
            }
        }
    }

    @Test func oneKeyIDUnderAnotherNameIsUnknown() throws {
        let verifier = try NoteVerifier(parsing: Self.exampleKey)
        let note = try SignedNote(parsing: Self.exampleNote.replacing("example.com/foo", with: "example.com/bar"))
        #expect(throws: StewardError.self) { try note.verify(by: [verifier]) }
    }

    @Test func sixteenSignatures() throws {
        let signers = try (1...16).map {
            try NoteSigner(name: "witness\($0).example", seed: [UInt8](repeating: UInt8($0), count: 32))
        }
        let note = try SignedNote(text: "text\n", signers: signers)
        let parsed = try SignedNote(parsing: note.serialized)
        #expect(parsed == note)
        #expect(try parsed.verify(by: signers.map(\.verifier)).count == 16)
    }

    @Test func textMayHaveBlankLinesAndAnyLanguage() throws {
        let signer = try NoteSigner(name: "örtlich.example/日本", seed: Array(1...32))
        let text = "ein\n\n\nzwei: è subito sera\n"
        let parsed = try SignedNote(parsing: try SignedNote(text: text, signers: [signer]).serialized)
        #expect(parsed.text == text)
        #expect(try parsed.verify(by: [signer.verifier]) == [signer.verifier])
        #expect(try NoteVerifier(parsing: signer.verifier.text) == signer.verifier)
    }

    static let signatureLine = "— a.example AAAAAAAA\n"

    @Test(arguments: [
        ("", "line feed"), ("text\n", "blank line"), ("text\n\n— a.example AAAAAAAA", "line feed"),
        ("text\n\n", "signature line"), ("\n", "blank line"),
        ("te\txt\n\n" + signatureLine, "control character"), ("text\r\n\n" + signatureLine, "control character"),
        ("te\u{0}xt\n\n" + signatureLine, "control character"), ("text\n\n- a.example AAAAAAAA\n", "signature line"),
        ("text\n\n— a.example  AAAAAAAA\n", "signature line"), ("text\n\n— AAAAAAAA\n", "signature line"),
        ("text\n\n— a+b AAAAAAAA\n", "signature line"), ("text\n\n— a\u{2003}b AAAAAAAA\n", "signature line"),
        ("text\n\n— a.example AAAA\n", "base64"), ("text\n\n— a.example AAAAA\n", "base64"),
        ("text\n\n— a.example AAAAAA==\n", "base64"), ("text\n\n— a.example AAAAAAA!\n", "base64"),
        ("text\n\n" + String(repeating: signatureLine, count: 101), "more than 100"),
        (String(repeating: "x", count: 1 << 20) + "\n\n" + signatureLine, "longer"),
    ])
    func malformedNotes(note: String, problem: String) {
        let error = #expect(throws: StewardError.self) { try SignedNote(parsing: Array(note.utf8)) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(problem) == true, "\(String(describing: error))")
    }

    @Test func bytesThatAreNoText() {
        let error = #expect(throws: StewardError.self) { try SignedNote(parsing: [0xFF, 0x0A, 0x0A]) }
        #expect(error?.message.contains("UTF-8") == true)
    }

    @Test(arguments: ["no line feed", "bell\u{7}\n", ""])
    func textsThatCannotBeSigned(text: String) throws {
        let signer = try NoteSigner(name: "a.example", seed: Array(1...32))
        #expect(throws: StewardError.self) { try SignedNote(text: text, signers: [signer]) }
        #expect(throws: StewardError.self) { try SignedNote(text: "fine\n", signers: []) }
    }

    @Test(arguments: [
        "", "example.com/foo", "example.com/foo+530d903a", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com /foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n\n",
    ])
    func malformedVerifierKeys(text: String) {
        let error = #expect(throws: StewardError.self) { try NoteVerifier(parsing: text) }
        #expect(error?.code == .invalidInput)
    }

    @Test func aKeyFilesLineFeedIsNoMistake() throws {
        #expect(try NoteVerifier(parsing: Self.exampleKey + "\n").text == Self.exampleKey)
        #expect(try NoteSigner(parsing: Self.goSigner + "\n").privateText == Self.goSigner)
    }

    @Test(arguments: [
        "", "PRIVATE+KEY+", goKey, goSigner.replacing("c74f20a3", with: "c74f20a4"), goSigner + "A",
        goSigner.replacing("PRIVATE", with: "private"), goSigner.replacing("AYEK", with: "BIEK"),
    ])
    func malformedSigningKeysAreRefusedWithoutTellingThem(text: String) {
        let error = #expect(throws: StewardError.self) { try NoteSigner(parsing: text) }
        #expect(error?.message.contains("FALVFGyNhPJEM") == false)
    }

    @Test func signingKeysRoundTrip() throws {
        let seed: UInt64 = 20_260_301
        var random = SplitMix64(seed: seed)
        for round in 0..<50 {
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
            let signer = try NoteSigner(name: "log\(round)", seed: bytes)
            let (again, verifier) = (
                try NoteSigner(parsing: signer.privateText), try NoteVerifier(parsing: signer.verifier.text)
            )
            #expect(again.privateText == signer.privateText, "seed \(seed) round \(round)")
            #expect(verifier == signer.verifier, "seed \(seed) round \(round)")
        }
    }
}
