import StewardGovernance
import StewardModel
import StewardStore
import StewardWire

/// What can be done to a data folder while no daemon runs.
package struct OfflineFolder: ~Copyable {
    private let folder: DataFolder
    private let lock: FolderLock

    /// - Throws: ``StewardError`` when the folder holds no data or a daemon uses it.
    package init(path: String, mayCreate: Bool) throws {
        let folder = try mayCreate ? DataFolder(path) : DataFolder(existing: path)
        let lock = try folder.lock()
        self.folder = folder
        self.lock = lock
    }

    /// Makes a token and records it like any other.
    package func createToken(
        name: String, roles: [Role], deployment: String? = nil, expires: Timestamp? = nil
    ) async throws -> (token: Token, secret: String) {
        let store = try Store(folder: folder.path)
        let governor = try await Governor(
            store: store, signer: folder.signer(origin: nil, random: Live.random), now: Live.now)
        let made = Token.make(
            name: name, roles: roles, deployment: deployment, expires: expires,
            random: Live.random(Token.secretBytes))
        try await governor.perform(.createToken(made.token), by: Actor(.person, "the owner of the data folder"))
        try store.close()
        return made
    }

    /// Checks the store against itself, and the audit log against its signed checkpoint.
    package func fsck() async throws -> [FsckCheck] {
        let store = try Store(folder: folder.path)
        let codec = PayloadCodec()
        var checks = try await store.fsck { try codec.unpack($0).count }
        var problems: [String] = []
        do {
            _ = try await Governor(
                store: store, signer: folder.signer(origin: nil, random: Live.random), now: Live.now)
        } catch let error as StewardError {
            problems.append(error.message)
        }
        let size = try await store.checkpoint()?.size ?? 0
        checks.append(FsckCheck(name: "audit log", scope: "\(size) records", problems: problems))
        try store.close()
        return checks
    }
}
