import StewardModel
import StewardStatistics
import StewardTransparency
import Testing

/// Something done to a bundle of ten entries, with the checks that must fail and the sentence that must say so.
struct Tampering: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var failing: Set<BundleReport.Name>
    var sentence: String
    var change: @Sendable (inout BundleFixture) throws -> Void

    init(
        _ description: String, failing: Set<BundleReport.Name>, _ sentence: String,
        change: @escaping @Sendable (inout BundleFixture) throws -> Void
    ) {
        testDescription = description
        self.failing = failing
        self.sentence = sentence
        self.change = change
    }

    /// By someone who does not know of the manifest.
    static let clumsy: [Tampering] = [
        Tampering("entry altered", failing: [.manifest, .root, .proofs], "entry 3 is not what was signed") {
            $0.replace("entries.ndjson", #""seq":3,"#, #""seq":3 ,"#)
        },
        Tampering("file missing", failing: [.manifest], "proofs/4.tlog-proof is missing") {
            $0.files["proofs/4.tlog-proof"] = nil
        },
        Tampering("file added", failing: [.manifest], "notes.txt is not in the manifest") {
            $0.files["notes.txt"] = [1]
        },
        Tampering("manifest removed", failing: [.manifest], "MANIFEST.sha256 is missing") {
            $0.files["MANIFEST.sha256"] = nil
        },
        Tampering("manifest emptied", failing: [.manifest], "report.html is not in the manifest") {
            $0.files["MANIFEST.sha256"] = []
        },
        Tampering("manifest garbled", failing: [.manifest], "line 2 of the manifest is not a SHA-256") {
            $0.replace("MANIFEST.sha256", "  checkpoint", " checkpoint")
        },
        Tampering("manifest line doubled", failing: [.manifest], "is listed twice") { bundle in
            bundle.files["MANIFEST.sha256"] = bundle.files["MANIFEST.sha256"].map { $0 + $0 }
        },
        Tampering("manifest not text", failing: [.manifest], "MANIFEST.sha256 is not UTF-8") {
            $0.files["MANIFEST.sha256"] = [0xFF]
        },
    ]

    /// By someone who writes the manifest anew afterwards: only what is signed can tell.
    static let skilful: [Tampering] = [
        Tampering("entry altered", failing: [.root, .proofs, .documents], "entry 3 is not what was signed") {
            $0.entries[3] = Array(String(decoding: $0.entries[3], as: UTF8.self).replacing("ada", with: "bob").utf8)
        },
        Tampering(
            "entry dropped", failing: [.size, .root, .proofs, .sequence, .documents],
            "line 4 holds the entry with seq 4, not 3"
        ) {
            $0.entries.remove(at: 3)
        },
        Tampering(
            "entries swapped", failing: [.root, .proofs, .sequence, .documents], "entry 6 is not what was signed"
        ) {
            $0.entries.swapAt(5, 6)
        },
        Tampering(
            "entries cut short", failing: [.size, .root, .proofs, .documents],
            "there are 7 entries, but the checkpoint commits to 10"
        ) {
            $0.entries.removeLast(3)
        },
        Tampering("last line cut short", failing: [.size, .root, .proofs, .documents], "ends within a line") {
            $0.files["entries.ndjson"]?.removeLast(5)
        },
        Tampering("entry appended", failing: [.size, .root, .documents], "entry 10 and all after it are not covered") {
            $0.entries.append(BundleFixture.entry(10))
        },
        Tampering("entries emptied", failing: [.size, .root, .proofs, .documents], "there are 0 entries") {
            $0.files["entries.ndjson"] = []
        },
        Tampering(
            "entries removed", failing: [.manifest, .size, .root, .proofs, .sequence, .times, .documents],
            "entries.ndjson is missing"
        ) {
            $0.files["entries.ndjson"] = nil
        },
        Tampering("forked and signed by another key", failing: [.key, .checkpoint], "no signature by the expected key")
        {
            var entries = $0.entries
            entries[9] = Array(String(decoding: entries[9], as: UTF8.self).replacing("ada", with: "bob").utf8)
            $0.files = try BundleFixture(entries: entries, signer: try BundleFixture.signer(9)).files
        },
        Tampering("forked at an old size", failing: [.key, .checkpoint], "no signature by the expected key") {
            $0.files = try BundleFixture(entries: Array($0.entries.prefix(6)), signer: try BundleFixture.signer(9))
                .files
        },
        Tampering(
            "forked, the true key enclosed", failing: [.checkpoint, .documents],
            "the note is signed by steward.example/audit"
        ) {
            let key = $0.files["key.pub"]
            $0.files = try BundleFixture(entries: $0.entries, signer: try BundleFixture.signer(9)).files
            $0.files["key.pub"] = key
        },
        Tampering(
            "checkpoint rewound", failing: [.size, .root, .proofs, .documents],
            "the first 6 entries are those that the checkpoint commits to"
        ) {
            $0.files["checkpoint"] = Array(
                try BundleFixture.checkpoint(Array($0.entries.prefix(6)), by: try BundleFixture.signer()).utf8)
        },
        Tampering("root replaced", failing: [.checkpoint, .root, .proofs, .documents], "does not fit the text") {
            var entries = $0.entries
            entries[0] = [0x7B, 0x7D]
            let root = NodeStore(entries.map { MerkleHash.leaf($0) }).frontier.root.base64
            let lines = String(decoding: $0.files["checkpoint"] ?? [], as: UTF8.self).split(separator: "\n")
            $0.replace("checkpoint", String(lines[2]), root)
        },
        Tampering(
            "origin replaced", failing: [.checkpoint, .origin, .proofs, .documents],
            "the checkpoint is of steward.example/other"
        ) {
            $0.replace("checkpoint", "steward.example/audit\n", "steward.example/other\n")
        },
        Tampering(
            "checkpoint of another log of the same key", failing: [.origin, .proofs, .documents],
            "but the key is that of steward.example/audit"
        ) {
            let text = Checkpoint(
                origin: "steward.example/other", size: 10,
                root: NodeStore($0.entries.map { MerkleHash.leaf($0) }).frontier.root
            ).text
            $0.files["checkpoint"] = Array(
                try SignedNote(text: text, signers: [try BundleFixture.signer()]).serialized.utf8)
        },
        Tampering(
            "checkpoint without signature", failing: [.checkpoint, .origin, .size, .root, .proofs, .documents],
            "no blank line"
        ) {
            $0.files["checkpoint"] = Array("steward.example/audit\n10\n\(CheckpointTests.root)\n".utf8)
        },
        Tampering(
            "checkpoint not text", failing: [.checkpoint, .origin, .size, .root, .proofs, .documents],
            "checkpoint is not UTF-8"
        ) {
            $0.files["checkpoint"] = [0xFF]
        },
        Tampering("key replaced", failing: [.key, .documents], "not the trusted key") {
            $0.files["key.pub"] = Array((try BundleFixture.signer(9).verifier.text + "\n").utf8)
        },
        Tampering("key garbled", failing: [.key, .documents], "key.pub cannot be used") {
            $0.files["key.pub"] = Array("steward.example/audit".utf8)
        },
        Tampering("proof altered", failing: [.proofs], "proofs/4.tlog-proof: it does not lead from entry 4") {
            let lines = String(decoding: $0.files["proofs/4.tlog-proof"] ?? [], as: UTF8.self).split(separator: "\n")
            $0.replace("proofs/4.tlog-proof", String(lines[2]), CheckpointTests.root)
        },
        Tampering("proof under another name", failing: [.proofs], "proofs/4.tlog-proof: it is the proof of entry 5") {
            $0.files["proofs/4.tlog-proof"] = $0.files["proofs/5.tlog-proof"]
        },
        Tampering(
            "proof of an older checkpoint", failing: [.proofs], "proofs/4.tlog-proof: it carries another checkpoint"
        ) {
            let older = try BundleFixture(entries: Array($0.entries.prefix(6)), signer: try BundleFixture.signer())
            $0.files["proofs/4.tlog-proof"] = older.files["proofs/4.tlog-proof"]
        },
        Tampering("proof garbled", failing: [.proofs], "proofs/4.tlog-proof: the record proof does not begin with") {
            $0.files["proofs/4.tlog-proof"] = Array("nothing\n".utf8)
        },
        Tampering("report altered", failing: [.documents], "report.html is not what the entries make it") {
            $0.replace("report.html", "route.promote", "route.rollback")
        },
        Tampering("instructions altered", failing: [.documents], "README.txt is not what the entries make it") {
            $0.replace("README.txt", "set -e", "set +e")
        },
        Tampering("report removed", failing: [.manifest, .documents], "report.html is missing") {
            $0.files["report.html"] = nil
        },
    ]
}

@Suite struct BundleTamperingTests {
    @Test(arguments: Tampering.clumsy)
    func isCaught(tampering: Tampering) throws {
        var bundle = try BundleFixture()
        try tampering.change(&bundle)
        expect(bundle, tampering)
    }

    @Test(arguments: Tampering.skilful)
    func isCaughtWithTheManifestRedone(tampering: Tampering) throws {
        var bundle = try BundleFixture()
        try tampering.change(&bundle)
        bundle.redoManifest()
        expect(bundle, tampering)
    }

    private func expect(_ bundle: BundleFixture, _ tampering: Tampering) {
        let report = bundle.verify(trustedKey: bundle.key)
        #expect(!report.passed)
        #expect(report.failing == tampering.failing, "\(report.sentences)")
        #expect(report.sentences.contains(tampering.sentence), "\(report.sentences)")
        #expect(report.checks.map(\.name) == BundleReport.Name.allCases)
    }

    @Test func anyFlippedByteOfAnyFileIsCaughtAndTheFileNamed() throws {
        let (original, seed) = (try BundleFixture(), UInt64(42))
        var random = SplitMix64(seed: seed)
        for path in original.files.keys.sorted() {
            for round in 0..<8 {
                var bundle = original
                let position = Int.random(in: 0..<(original.files[path]?.count ?? 1), using: &random)
                bundle.files[path]?[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                let report = bundle.verify(trustedKey: bundle.key)
                #expect(report.failing.contains(.manifest), "seed \(seed) \(path) round \(round)")
                if path != "MANIFEST.sha256" {
                    #expect(report.sentences.contains("\(path) was changed"), "seed \(seed) \(path) round \(round)")
                }
            }
        }
    }

    @Test func anyFlippedBitOfTheSignedFilesIsCaughtWithTheManifestRedone() throws {
        let (original, seed) = (try BundleFixture(), UInt64(43))
        var random = SplitMix64(seed: seed)
        for path in ["checkpoint", "entries.ndjson", "key.pub", "proofs/0.tlog-proof", "proofs/9.tlog-proof"] {
            for round in 0..<40 {
                var bundle = original
                let position = Int.random(in: 0..<(original.files[path]?.count ?? 1), using: &random)
                bundle.files[path]?[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                bundle.redoManifest()
                #expect(!bundle.verify(trustedKey: bundle.key).passed, "seed \(seed) \(path) round \(round)")
            }
        }
    }

    @Test func anAlteredEntryWithoutAProofIsNarrowedDown() throws {
        var bundle = try BundleFixture(200)
        bundle.replace("entries.ndjson", #""seq":17,"#, #""seq": 17,"#)
        bundle.redoManifest()
        let root = bundle.verify(trustedKey: bundle.key).check(.root)
        #expect(root?.details == ["at least one of the entries 0 to 63 is not what was signed"])
    }

    @Test func severalAlteredEntriesAreAllNamed() throws {
        var bundle = try BundleFixture(200)
        for sequence in [3, 120, 121, 140, 199] {
            bundle.entries[sequence] += [0x20]
        }
        bundle.redoManifest()
        let root = bundle.verify(trustedKey: bundle.key).check(.root)
        #expect(
            root?.details == [
                "at least one of the entries 0 to 63 is not what was signed",
                "at least one of the entries 120 to 121 is not what was signed", "entry 140 is not what was signed",
                "entry 199 is not what was signed",
            ])
    }

    @Test func withoutProofsTheReportAdmitsNotKnowing() throws {
        var bundle = try BundleFixture(10, proofsFor: [])
        bundle.replace("entries.ndjson", #""seq":3,"#, #""seq": 3,"#)
        bundle.redoManifest()
        let root = bundle.verify(trustedKey: bundle.key).check(.root)
        #expect(root?.outcome == .fail)
        #expect(root?.details == ["which entry was changed cannot be told: of the proof files, 0 hold"])
    }

    @Test func withoutATrustedKeyAForgeryPassesOnlyWithItsOwnKey() throws {
        let forged = try BundleFixture(entries: (0..<4).map(BundleFixture.entry), signer: try BundleFixture.signer(9))
        let report = forged.verify(trustedKey: nil)
        #expect(report.check(.key)?.outcome == .warning)
        #expect(report.check(.key)?.message.contains(try BundleFixture.signer(9).verifier.text) == true)
    }

    @Test func anUnusableTrustedKeyFails() throws {
        #expect(try BundleFixture().verify(trustedKey: "nonsense").failing.isSuperset(of: [.key, .checkpoint]))
    }

    @Test func anEmptyFolderFailsEveryCheckButTheProofs() {
        let report = AuditBundle.verify(list: [], trustedKey: nil) { _ in nil }
        #expect(report.failing.isSuperset(of: Set(BundleReport.Name.allCases).subtracting([.proofs])))
    }
}
