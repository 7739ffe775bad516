import Foundation
import StewardModel
import StewardTransparency

/// The one folder that holds everything: made at first start, locked while a daemon uses it.
package struct DataFolder: Sendable {
    package let path: String

    /// Makes the folder, readable by its owner only, unless it is there.
    package init(_ path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StewardError(
                .configuration, "cannot make the folder \(path): \(error.localizedDescription)", field: "data")
        }
    }

    /// The folder, which must be there: for verbs that only look.
    package init(existing path: String) throws {
        guard FileManager.default.fileExists(atPath: path + "/steward.db") else {
            throw StewardError(
                .configuration, "\(path) holds no steward data; give the folder with --data", field: "data")
        }
        self.path = path
    }

    /// Keeps other processes from writing the folder until the lock is let go of.
    ///
    /// - Throws: ``StewardError/Code/conflict`` when another process holds it.
    package func lock() throws -> FolderLock { try FolderLock(path: path + "/steward.lock") }

    /// The log's signing key; made at first use.
    ///
    /// - Parameter origin: the name of a new log; a name with random digits when `nil`.
    package func signer(origin: String?, random: (Int) -> [UInt8]) throws -> NoteSigner {
        let file = path + "/audit.key"
        if let data = FileManager.default.contents(atPath: file) {
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            let signer = try NoteSigner(parsing: text)
            if let origin, origin != signer.verifier.name {
                throw StewardError(
                    .configuration, "the log in \(path) is named '\(signer.verifier.name)'; a log keeps its name",
                    field: "audit.origin")
            }
            return signer
        }
        let suffix = random(4).map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
        let signer = try NoteSigner(name: origin ?? "steward.local/log-\(suffix)", seed: random(32))
        let made = FileManager.default.createFile(
            atPath: file, contents: Data((signer.privateText + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard made else { throw StewardError(.configuration, "cannot write \(file)", field: "data") }
        return signer
    }
}

/// An exclusive lock on a file (flock), which the system lets go of when the process ends, however it ends.
package struct FolderLock: ~Copyable {
    private let descriptor: Int32

    fileprivate init(path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StewardError(
                .configuration, "cannot open \(path): \(String(cString: strerror(errno)))", field: "data")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StewardError(
                .conflict, "a running daemon uses this folder; talk to it with --url, or stop it first", field: "data")
        }
    }

    deinit { close(descriptor) }
}
