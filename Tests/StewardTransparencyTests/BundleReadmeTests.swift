import Foundation
import StewardTransparency
import Testing

/// Runs the instructions of a bundle as an auditor would, with the machine's own `sh`, `openssl` and `sha256sum`.
@Suite struct BundleReadmeTests {
    @Test(arguments: [0, 1, 7, 10])
    func theInstructionsVerifyABundle(size: Int) throws {
        let outcome = try run(try BundleFixture(size))
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("Signature Verified Successfully"))
        #expect(outcome.output.contains("verified: \(size) entries are what steward.example/audit signed"))
        #expect(outcome.output.contains("key \(try BundleFixture.signer().verifier.text)\n"))
    }

    @Test(arguments: ["entries.ndjson", "checkpoint", "key.pub", "README.txt", "report.html", "proofs/2.tlog-proof"])
    func oneFlippedBitIsCaught(path: String) throws {
        let original = try BundleFixture(5)
        var bundle = original
        bundle.files[path]?[9] ^= 1
        let outcome = try run(bundle, instructions: original)
        #expect(outcome.status != 0)
        #expect(outcome.output.contains("\(path): FAILED"), "\(outcome.output)")
    }

    @Test(arguments: ["entries.ndjson", "checkpoint", "key.pub"])
    func oneFlippedBitIsCaughtWithTheManifestRedone(path: String) throws {
        var bundle = try BundleFixture(5)
        bundle.files[path]?[19] ^= 1
        bundle.redoManifest()
        let outcome = try run(bundle)
        #expect(outcome.status != 0)
        #expect(!outcome.output.contains("verified:"))
    }

    @Test(arguments: Tampering.skilful.filter { !$0.failing.isDisjoint(with: [.size, .root, .checkpoint, .origin]) })
    func tamperingIsCaught(tampering: Tampering) throws {
        var bundle = try BundleFixture()
        let instructions = bundle
        try tampering.change(&bundle)
        bundle.redoManifest()
        // A forgery with its own key verifies with that key: the key is all that can give it away, as the text says.
        let forgedKey = bundle.files["key.pub"] != instructions.files["key.pub"]
        let outcome = try run(bundle, instructions: instructions)
        #expect((outcome.status == 0) == forgedKey, "\(outcome.output)")
        let trueKey = try BundleFixture.signer().verifier.text
        #expect(!forgedKey || !outcome.output.contains(trueKey))
    }

    /// Writes the bundle to a new folder and runs there the indented lines of `instructions` (its own by default).
    private func run(
        _ bundle: BundleFixture, instructions: BundleFixture? = nil
    ) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bundle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, bytes) in bundle.files {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
        let readme = String(decoding: (instructions ?? bundle).files["README.txt"] ?? [], as: UTF8.self)
        let commands = readme.split(separator: "\n").filter { $0.hasPrefix("    ") }.joined(separator: "\n")
        try #require(commands.contains("openssl pkeyutl -verify"))
        let (shell, output) = (Process(), Pipe())
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", commands]
        shell.currentDirectoryURL = folder
        shell.standardOutput = output
        shell.standardError = output
        try shell.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        return (shell.terminationStatus, text)
    }
}
