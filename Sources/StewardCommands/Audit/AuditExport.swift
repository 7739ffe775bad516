import ArgumentParser
import Foundation
import StewardJSON
import StewardModel
import StewardTransparency

struct AuditExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Export the whole audit log into a folder that anyone can verify.",
        discussion: """
            The folder holds every record, the signed checkpoint, the public key, proofs, a readable report, and a \
            README that says how to check it all with openssl and sha256sum alone. It is verified right after writing.

            Example:
              steward audit export audit-2026-03
            """)

    @Argument(help: "The folder to make; it must not exist yet, or be empty.")
    var folder: String

    @OptionGroup var options: DaemonOptions

    func run() throws {
        try BundleFolder.requireEmpty(folder)
        let session = try options.session()
        var call = DaemonClient.Call.get("audit", "export", query: ["format": "bundle"])
        call.maximumResponseBytes = BundleFolder.maximumBytes
        call.timeoutMilliseconds = 600_000
        let files = try TarArchive.read(try session.daemon.bytes(call))
        try BundleFolder.write(files, to: folder)
        // What was written is read again, so that the verdict is about the folder and not about the download.
        let report = try BundleFolder.verify(folder, trustedKey: nil)
        try AuditVerify.show(report, folder: folder, session.console, session.format)
    }
}

/// A bundle as a folder on disk.
enum BundleFolder {
    static func requireEmpty(_ folder: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue, try contents(folder).isEmpty else {
            throw StewardError(.invalidInput, "exists and is not an empty folder; name a new one", field: folder)
        }
    }

    /// Paths were checked by the archive's reader: none leads out of the folder.
    static func write(_ files: [ArchiveFile], to folder: String) throws {
        for file in files {
            let url = URL(filePath: folder).appending(path: file.path)
            do {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            } catch {
                throw Files.failure("written", folder, error)
            }
            try Files.write(file.bytes, to: url.path)
        }
    }

    static func verify(_ folder: String, trustedKey: String?) throws -> BundleReport {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw StewardError(.invalidInput, "there is no such folder", field: folder)
        }
        func path(_ file: String) -> String { URL(filePath: folder).appending(path: file).path }
        let files = try contents(folder).sorted().filter { file in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path(file), isDirectory: &isFolder) && !isFolder.boolValue
        }
        return AuditBundle.verify(list: files, trustedKey: trustedKey) {
            try Files.read(path($0), maximumBytes: maximumBytes)
        }
    }

    /// The largest bundle that is downloaded or read: it is held in memory as a whole.
    static let maximumBytes = 1 << 31

    private static func contents(_ folder: String) throws -> [String] {
        do {
            return try FileManager.default.subpathsOfDirectory(atPath: folder)
        } catch {
            throw Files.failure("read", folder, error)
        }
    }
}
