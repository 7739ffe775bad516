import Foundation
import StewardCurl
import StewardJSON
import StewardModel
import StewardPolicy
import StewardTransparency
import Testing

@testable import StewardCommands

@Suite struct VersionFileTests {
    @Test(arguments: [
        ("name: v7\nmodel: m\n", "v7" as String?, #"{"model":"m"}"#),
        (#"{"version":"v7","model":"m"}"#, "v7", #"{"model":"m"}"#),
        (
            "model: m\nparameters: {temperature: 0.2, name: kept}\n", nil,
            #"{"model":"m","parameters":{"temperature":0.2,"name":"kept"}}"#
        ),
    ]) func readsNameAndRecipe(text: String, name: String?, spec: String) throws {
        let file = try VersionFile(file: "v.yaml", text: text)
        #expect(file.name == name)
        #expect(String(decoding: file.spec.text, as: UTF8.self) == spec)
    }

    @Test(arguments: [
        ("- a\n", "v.yaml: must hold keys such as provider and model, not an array"),
        ("name: 7\n", "v.yaml: name: must be text, not a number; put it in quotes"),
        ("name: a\nversion: b\n", "v.yaml: has both a name and a version; keep one, they mean the same"),
        ("a: 1\na: 2\n", "v.yaml:1:1: `a` stands more than once in this mapping, first here; keep one"),
    ]) func saysWhatIsWrong(text: String, message: String) {
        let error = #expect(throws: StewardError.self) { try VersionFile(file: "v.yaml", text: text) }
        #expect(error?.code == .invalidInput)
        #expect(error?.description == message)
    }
}

@Suite struct PolicyCheckTests {
    private let page = ReportGoldenTests.page

    @Test func listsProblemsByFileAndPlace() {
        let problems = PolicyCheck.problems([("b.yaml", "kind: nonsense\n"), ("a.yaml", "- x\n")])
        #expect(problems.count >= 2)
        #expect(problems.map(\.file) == problems.map(\.file).sorted())
        let report = PolicyCheck.report(problems, fileCount: 2, page)
        #expect(report.hasPrefix("a.yaml:1:1: "))
        #expect(report.hasSuffix("✗ \(problems.count) problems in 2 files.\n"))
        let json = PolicyCheck.json(problems)
        #expect(json["ok"] == false)
        #expect(json["problems"]?.array?.first?["line"] == 1)
    }

    @Test func saysThatAllIsWell() {
        #expect(PolicyCheck.report([], fileCount: 1, page) == "✓ 1 file checked, nothing to complain about.\n")
    }
}

@Suite struct AuditBundleVerbTests {
    private let signer: NoteSigner
    private let entries: [[UInt8]]
    private let checkpoint: String
    private let recording = RecordingConsole()

    init() throws {
        signer = try NoteSigner(name: "steward.example", seed: [UInt8](repeating: 7, count: 32))
        entries = (0..<3).map { sequence in
            let record: JSONValue = [
                "v": 1, "seq": .integer(Int64(sequence)), "time": "2026-03-03T14:00:00Z", "action": "daemon.start",
                "actor": ["kind": "system", "name": "steward"], "data": [:],
            ]
            return record.canonical
        }
        var frontier = MerkleFrontier()
        for entry in entries { _ = frontier.append(.leaf(entry)) }
        checkpoint = try Checkpoint(origin: "steward.example", size: 3, root: frontier.root).signed(by: signer)
            .serialized
    }

    private func withFolder(_ work: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "steward-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try work(folder)
    }

    private func bundle() throws -> [ArchiveFile] {
        try AuditBundle.files(entries: entries, checkpoint: checkpoint, verifierKey: signer.verifier.text)
    }

    @Test func whatIsWrittenVerifiesAndOneChangedByteDoesNot() throws {
        try withFolder { folder in
            try BundleFolder.requireEmpty(folder)
            try BundleFolder.write(try TarArchive.read(try TarArchive.write(try bundle())), to: folder)
            let report = try BundleFolder.verify(folder, trustedKey: signer.verifier.text)
            #expect(report.passed, "\(report.checks)")
            let console = recording.console()
            try AuditVerify.show(report, folder: "audit", console, .table)
            #expect(recording.output.contains("✓  root"))
            #expect(recording.output.hasSuffix("\nVerified: audit is what was signed.\n"))

            var bytes = try Files.read(folder + "/entries.ndjson")
            bytes[10] ^= 1
            try Files.write(bytes, to: folder + "/entries.ndjson")
            let tampered = try BundleFolder.verify(folder, trustedKey: signer.verifier.text)
            #expect(throws: (any Error).self) { try AuditVerify.show(tampered, folder: "audit", console, .table) }
            #expect(recording.output.hasSuffix("\nNot verified: do not rely on audit.\n"))
            #expect(AuditVerify.json(tampered, folder: "audit")["passed"] == false)

            let error = #expect(throws: StewardError.self) { try BundleFolder.requireEmpty(folder) }
            #expect(error?.field == folder)
        }
    }

    @Test func aMissingFolderIsAnError() {
        #expect(throws: StewardError.self) { try BundleFolder.verify("/nowhere/at/all", trustedKey: nil) }
    }

    private func daemon(record: [UInt8]) throws -> ScriptedDaemon {
        // Three leaves: the proof of leaf 2 is the root of the first two.
        let left = MerkleHash.node(.leaf(entries[0]), .leaf(entries[1]))
        return ScriptedDaemon([
            ScriptedDaemon.json(checkpoint),
            ScriptedDaemon.json(#"{"seq":2,"size":3,"leaf_hash":"","hashes":["\#(left.base64)"]}"#),
            ScriptedDaemon.json(
                #"{"size":3,"records":[{"seq":2,"record":\#(String(decoding: record, as: UTF8.self))}]}"#),
            ScriptedDaemon.json(signer.verifier.text + "\n"),
        ])
    }

    @Test func aRecordIsProved() throws {
        let daemon = try daemon(record: entries[2])
        let evidence = try RecordEvidence(sequence: 2, daemon: daemon.client)
        let opened = try evidence.proof.verify(entry: evidence.entry, verifier: try NoteVerifier(parsing: evidence.key))
        #expect(opened.size == 3)
        #expect(
            daemon.requests.map { $0.url.split(separator: "/v1/")[1] } == [
                "audit/checkpoint", "audit/proof/inclusion?seq=2&size=3", "audit/records?after=1&limit=1", "audit/key",
            ])
    }

    @Test func anotherRecordIsNot() throws {
        let evidence = try RecordEvidence(sequence: 2, daemon: try daemon(record: entries[1]).client)
        let verifier = try NoteVerifier(parsing: evidence.key)
        let error = #expect(throws: StewardError.self) {
            try evidence.proof.verify(entry: evidence.entry, verifier: verifier)
        }
        #expect(error?.code == .verificationFailed)
    }

    @Test func aRecordBeyondTheEndIsNotFound() throws {
        let daemon = ScriptedDaemon([ScriptedDaemon.json(checkpoint)])
        let error = #expect(throws: StewardError.self) { try RecordEvidence(sequence: 3, daemon: daemon.client) }
        #expect(error?.code == .notFound)
    }
}

@Suite struct FilesTests {
    @Test func errorsNameThePathAndTheReason() {
        let error = #expect(throws: StewardError.self) { try Files.read("/nowhere/at/all") }
        #expect(
            error == StewardError(.configuration, "cannot be read: there is no such file", field: "/nowhere/at/all"))
        #expect(throws: StewardError.self) { try Files.write([], to: "/nowhere/at/all") }
    }

    @Test func aFileOverTheLimitIsNotRead() {
        let error = #expect(throws: StewardError.self) { try Files.read(#filePath, maximumBytes: 10) }
        #expect(error?.code == .tooLarge)
    }
}
