import StewardModel
import StewardTransparency
import Testing

/// A bundle as a folder would hold it, with what an attacker needs to change it.
struct BundleFixture {
    static let origin = "steward.example/audit"
    var files: [String: [UInt8]]
    let key: String

    static func signer(_ first: UInt8 = 1) throws -> NoteSigner {
        try NoteSigner(name: origin, seed: Array(first..<(first + 32)))
    }

    static func entry(_ sequence: Int) -> [UInt8] {
        let time = Timestamp(seconds: 1_772_000_000 + Int64(sequence) * 60).rfc3339
        let members = [
            #""action":"route.promote","actor":{"kind":"person","name":"ada"}"#,
            #""data":{"previous":"v1","version":"v2"},"deployment":"support-bot","environment":"production""#,
            #""seq":\#(sequence),"time":"\#(time)","v":1"#,
        ]
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    static func checkpoint(_ entries: [[UInt8]], by signer: NoteSigner) throws -> String {
        let store = NodeStore(entries.map { MerkleHash.leaf($0) })
        let checkpoint = Checkpoint(
            origin: signer.verifier.name, size: Int64(entries.count), root: store.frontier.root)
        return try checkpoint.signed(by: signer).serialized
    }

    init(entries: [[UInt8]], signer: NoteSigner, proofsFor sequences: [Int64]? = nil) throws {
        key = signer.verifier.text
        let made = try AuditBundle.files(
            entries: entries, checkpoint: try Self.checkpoint(entries, by: signer), verifierKey: key,
            proofsFor: sequences)
        files = Dictionary(uniqueKeysWithValues: made.map { ($0.path, $0.bytes) })
    }

    init(_ count: Int = 10, proofsFor sequences: [Int64]? = nil) throws {
        try self.init(entries: (0..<count).map(Self.entry), signer: try Self.signer(), proofsFor: sequences)
    }

    func verify(trustedKey: String?) -> BundleReport {
        AuditBundle.verify(list: Array(files.keys), trustedKey: trustedKey) { files[$0] }
    }

    /// Writes the manifest anew, as whoever changes files on purpose would.
    mutating func redoManifest() {
        files["MANIFEST.sha256"] = files.keys.filter { $0 != "MANIFEST.sha256" }.sorted().flatMap { path in
            Array("\(Digest.sha256(files[path] ?? []))  \(path)\n".utf8)
        }
    }

    var entries: [[UInt8]] {
        get { (files["entries.ndjson"] ?? []).split(separator: 0x0A).map(Array.init) }
        set { files["entries.ndjson"] = newValue.flatMap { $0 + [0x0A] } }
    }

    mutating func replace(_ path: String, _ old: String, _ new: String) {
        files[path] = Array(
            String(decoding: files[path] ?? [], as: UTF8.self).replacing(old, with: new, maxReplacements: 1).utf8)
    }
}

extension BundleReport {
    var failing: Set<Name> { Set(checks.filter { $0.outcome == .fail }.map(\.name)) }
    func check(_ name: Name) -> Check? { checks.first { $0.name == name } }
    var sentences: String { checks.flatMap { [$0.message] + $0.details }.joined(separator: "\n") }
}

@Suite struct AuditBundleTests {
    @Test(arguments: [0, 1, 2, 3, 10, 137])
    func aBundleVerifies(size: Int) throws {
        let bundle = try BundleFixture(size)
        let report = bundle.verify(trustedKey: bundle.key)
        #expect(report.passed, "\(report.sentences)")
        #expect(report.checks.map(\.name) == BundleReport.Name.allCases)
        #expect(report.checks.allSatisfy { $0.outcome == .pass })
        #expect(bundle.files.keys.filter { $0.hasPrefix("proofs/") }.count == min(size, 100))
    }

    @Test func entriesAreTheExactLeaves() throws {
        let bundle = try BundleFixture(3)
        #expect(bundle.files["entries.ndjson"] == (0..<3).flatMap { BundleFixture.entry($0) + [0x0A] })
        #expect(bundle.files["key.pub"] == Array((bundle.key + "\n").utf8))
    }

    @Test func proofsOnRequest() throws {
        let bundle = try BundleFixture(10, proofsFor: [7, 2, 7])
        #expect(
            bundle.files.keys.filter { $0.hasPrefix("proofs/") }.sorted() == [
                "proofs/2.tlog-proof", "proofs/7.tlog-proof",
            ])
        #expect(bundle.verify(trustedKey: bundle.key).passed)
        #expect(throws: StewardError.self) { try BundleFixture(10, proofsFor: [10]) }
    }

    @Test func withoutATrustedKeyTheReportSaysSo() throws {
        let report = try BundleFixture().verify(trustedKey: nil)
        #expect(report.passed)
        #expect(report.check(.key)?.outcome == .warning)
        #expect(report.check(.key)?.message.contains("compare all of it") == true)
    }

    @Test func whatWouldNotVerifyIsNotExported() throws {
        let signer = try BundleFixture.signer()
        let entries = (0..<5).map(BundleFixture.entry)
        let checkpoint = try BundleFixture.checkpoint(entries, by: signer)
        let stranger = try BundleFixture.signer(9).verifier.text
        let cases: [([[UInt8]], String)] = [
            (Array(entries.dropLast()), signer.verifier.text), (entries.reversed(), signer.verifier.text),
            (entries, stranger), (entries + [[]], signer.verifier.text), (entries + [[0x0A]], signer.verifier.text),
            (entries + [[UInt8](repeating: 0x20, count: 65_536)], signer.verifier.text),
        ]
        for (number, (entries, key)) in cases.enumerated() {
            #expect(throws: StewardError.self, "case \(number)") {
                try AuditBundle.files(entries: entries, checkpoint: checkpoint, verifierKey: key)
            }
        }
    }

    @Test func aFileThatCannotBeReadCountsAsMissing() throws {
        let bundle = try BundleFixture()
        let report = AuditBundle.verify(list: Array(bundle.files.keys), trustedKey: bundle.key) { path in
            if path == "proofs/3.tlog-proof" { throw StewardError(.storage, "the disk is broken") }
            return bundle.files[path]
        }
        #expect(report.check(.manifest)?.message.contains("proofs/3.tlog-proof is missing or cannot be read") == true)
    }

    @Test func onlyListedPathsAreRead() throws {
        var bundle = try BundleFixture()
        bundle.files["MANIFEST.sha256"]? += Array((String(repeating: "0", count: 64) + "  ../../secret\n").utf8)
        let report = AuditBundle.verify(list: Array(bundle.files.keys), trustedKey: bundle.key) { path in
            #expect(!path.contains(".."))
            return bundle.files[path]
        }
        #expect(report.failing == [.manifest])
    }

    @Test func timesThatGoBackAreAWarning() throws {
        var entries = (0..<4).map(BundleFixture.entry)
        entries[2] = Array(
            String(decoding: entries[2], as: UTF8.self).replacing("2026", with: "2025").utf8)
        entries[3] = Array(String(decoding: entries[3], as: UTF8.self).replacing("\"time\"", with: "\"when\"").utf8)
        let bundle = try BundleFixture(entries: entries, signer: try BundleFixture.signer())
        let report = bundle.verify(trustedKey: bundle.key)
        #expect(report.passed)
        #expect(report.check(.times)?.outcome == .warning)
        #expect(report.check(.times)?.details.count == 2)
    }

    @Test func aDocumentOfAnotherFormatIsAWarning() throws {
        var bundle = try BundleFixture()
        bundle.replace("report.html", "audit report, format 1", "audit report, format 2")
        bundle.redoManifest()
        let report = bundle.verify(trustedKey: bundle.key)
        #expect(report.passed)
        #expect(report.check(.documents)?.outcome == .warning)
    }

    /// Bundles outlive releases: when one of these changes, raise the `format` of that document, or genuine older
    /// bundles are taken for forged ones.
    @Test func documentsOfOneFormatStayAsTheyAre() throws {
        let files = try BundleFixture().files
        #expect(
            Digest.sha256(files["report.html"] ?? [])
                == "8bf6d1edac37ec7d21f8f966acaad0968306c1382f8b7a4d0adab4ca0e2ce379")
        #expect(
            Digest.sha256(files["README.txt"] ?? [])
                == "9eff991e09240ae8470fab8487893c577e376e8ade24b7e4d2bc36f4e3935092")
    }

    @Test func detailsAreBounded() throws {
        var bundle = try BundleFixture(60)
        bundle.entries = bundle.entries.reversed()
        let report = bundle.verify(trustedKey: bundle.key)
        for check in report.checks { #expect(check.details.count <= BundleReport.maximumDetails) }
        #expect(report.check(.sequence)?.details.last == "and 41 more")
    }
}

@Suite struct AuditReportPageTests {
    static func page(_ entries: [[UInt8]]) throws -> String {
        let bundle = try BundleFixture(entries: entries, signer: try BundleFixture.signer())
        return String(decoding: bundle.files["report.html"] ?? [], as: UTF8.self)
    }

    @Test func newestFirstWithEveryColumn() throws {
        let page = try Self.page((0..<3).map(BundleFixture.entry))
        let newest = try #require(page.firstRange(of: "<tr><td>2</td>"))
        let oldest = try #require(page.firstRange(of: "<tr><td>0</td>"))
        #expect(newest.lowerBound < oldest.lowerBound)
        #expect(
            page.contains(
                "<td>2026-02-25T06:13:20Z</td><td>route.promote</td><td>ada (person)</td><td>support-bot</td>"
                    + "<td>production</td><td>previous: v1; version: v2</td></tr>"))
        #expect(page.contains("<title>Audit log of steward.example/audit</title>"))
    }

    @Test func nothingInAnEntryBecomesMarkup() throws {
        let hostile = #"<script>alert('x')</script><img src=\"a\"> & \u0000"#
        let entry =
            #"{"action":"\#(hostile)","actor":{"kind":"\#(hostile)","name":"\#(hostile)"},"data":{"\#(hostile)":"#
            + #"["\#(hostile)",null,true,1,2.5,{"a":"b"}]},"deployment":"\#(hostile)","#
            + #""environment":"\#(hostile)","seq":0}"#
        let page = try Self.page([Array(entry.utf8)])
        #expect(!page.contains("<script"))
        #expect(!page.contains("<img"))
        #expect(!page.contains("\u{0}"))
        #expect(
            page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&lt;img src=&quot;a&quot;&gt; &amp; \u{FFFD}")
        )
        #expect(page.contains(", null, true, 1, 2.5, {a: b}]</td>"))
    }

    @Test func oddEntriesAreShownAsFarAsTheyCanBe() throws {
        let page = try Self.page([
            Array("not JSON".utf8), Array(#"{"seq":"one","action":7,"actor":"me","data":"text","new":[]}"#.utf8),
        ])
        #expect(page.contains("<tr><td>0</td><td></td><td></td><td></td><td></td><td></td><td></td></tr>"))
        #expect(page.contains("<tr><td>1</td><td></td><td></td><td></td><td></td><td></td><td>text</td></tr>"))
    }

    @Test func whatTheTableLeavesOutIsSaid() throws {
        let page = try Self.page((0..<5002).map { Array("{\"seq\":\($0)}".utf8) })
        #expect(page.contains("The table shows the newest 5000 entries; older ones left out: 2."))
        #expect(page.contains("<tr><td>2</td>"))
        #expect(!page.contains("<tr><td>1</td>"))
    }

    @Test func longDataIsCut() throws {
        let entry = #"{"data":{"note":"\#(String(repeating: "é", count: 2000))"},"seq":0}"#
        let page = try Self.page([Array(entry.utf8)])
        #expect(page.contains("<td>note: " + String(repeating: "é", count: 594) + "…</td>"))
    }

    @Test func reachesForNothingOutside() throws {
        let page = try Self.page((0..<3).map(BundleFixture.entry))
        for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "<script"] {
            #expect(!page.contains(reference), "\(reference)")
        }
    }
}
