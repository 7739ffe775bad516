import Foundation
import GRDB
import StewardModel

/// What the data folder keeps: events, their rollups, and the audit log, in one SQLite file in WAL mode; the payloads
/// of the events in files beside it.
///
/// One writer, which every change goes through, and a few readers that see the last committed state.
package final class Store: Sendable {
    package struct Configuration: Sendable {
        /// `full`: a commit returns when the disk has it. `process`: it survives a crash of the process, no power cut.
        package enum Durability: String, Sendable { case full, process }
        package var durability = Durability.full
        /// Page cache of the writer; readers get a quarter each.
        package var cacheBytes = 16 << 20
        package init() {}
    }

    static let fileName = "steward.db"

    package let path: String
    let payloadFolder: String
    let pool: DatabasePool
    let writer: EventWriter

    /// Opens the store in a folder, which must exist, and brings its schema up to date.
    ///
    /// - Throws: ``StewardError/Code/storage`` when the file cannot be opened, is no database, or was written by a
    ///   newer version.
    package init(folder: String, configuration: Configuration = Configuration()) throws {
        path = folder + "/" + Self.fileName
        payloadFolder = PayloadFiles.folder(in: folder)
        do {
            pool = try DatabasePool(path: path, configuration: Self.poolConfiguration(configuration))
            let migrator = Schema.migrator
            if try pool.read(migrator.hasBeenSuperseded) {
                throw StewardError(
                    .storage,
                    "\(path) was written by a newer version of steward; start that version, or restore a backup")
            }
            try migrator.migrate(pool)
            let seed = try pool.write(Self.seed)
            writer = EventWriter(
                seed: seed, payloads: PayloadFiles(folder: payloadFolder, syncs: configuration.durability == .full))
            try pool.writeWithoutTransaction { [writer] database in
                // Here, not where the connection is prepared: opening a pool sets NORMAL after that, which does not
                // sync commits.
                try database.execute(
                    sql: "PRAGMA synchronous = \(configuration.durability == .full ? "FULL" : "NORMAL")")
                try writer.load(database)
            }
        } catch let error as DatabaseError {
            throw StewardError(.storage, "cannot open \(path): \(error.message ?? error.resultCode.description)")
        }
    }

    /// Finishes writing and closes the file; the store must not be used afterwards.
    package func close() throws {
        try pool.writeWithoutTransaction { database in
            // Where this fails, the next start derives it from the events.
            try? writer.writeSpend(database)
            writer.unload()
            try database.checkpoint(.truncate)
        }
        try pool.close()
    }

    private static func poolConfiguration(_ configuration: Configuration) -> GRDB.Configuration {
        var result = GRDB.Configuration()
        result.label = "steward"
        result.maximumReaderCount = 3
        result.busyMode = .timeout(5)
        result.prepareDatabase { database in
            let cache = database.configuration.readonly ? configuration.cacheBytes / 4 : configuration.cacheBytes
            try database.execute(sql: "PRAGMA cache_size = -\(cache / 1024)")
            guard !database.configuration.readonly else { return }
            // Takes effect on an empty file only, so it comes before the first table.
            try database.execute(sql: "PRAGMA page_size = \(Schema.pageSize)")
        }
        return result
    }

    private static func seed(_ database: Database) throws -> UInt64 {
        let stored = try String.fetchOne(database, sql: "SELECT value FROM meta WHERE name = 'event key seed'")
        if let seed = stored.flatMap({ UInt64($0) }) { return seed }
        let seed = UInt64.random(in: .min ... .max)
        try database.execute(
            sql: "INSERT INTO meta (name, value) VALUES ('event key seed', ?)", arguments: [String(seed)])
        return seed
    }

    /// Runs a read on a connection of its own and turns SQLite's errors into ours.
    func read<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }

    static let diskIsFull = StewardError(
        .overloaded, "the disk is full; free space in the data folder", retryAfterSeconds: 30)
    static let diskFails = StewardError(
        .overloaded, "the disk reported an error; see the log", retryAfterSeconds: 30)

    static func failure(_ error: DatabaseError) -> StewardError {
        switch error.resultCode {
        case .SQLITE_FULL: diskIsFull
        case .SQLITE_IOERR: diskFails
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            StewardError(.storage, "the database is damaged; run 'steward fsck'")
        default:
            StewardError(
                .storage, "the database answered: \(error.message ?? error.resultCode.description)",
                retryAfterSeconds: 5)
        }
    }
}

// MARK: - Writing events

extension Store {
    /// Writes batches of events and their rollups in one transaction; when this returns, they are durable.
    ///
    /// - Returns: the outcome of each batch, in order.
    /// - Throws: ``StewardError``; then nothing of any batch was stored.
    package func commit(
        _ batches: [EventBatch], stored: @Sendable @escaping ([BatchOutcome]) -> Void = { _ in }
    ) async throws -> [BatchOutcome] {
        do {
            return try await pool.writeWithoutTransaction { [writer] database in
                let outcomes = try writer.commit(batches, database)
                stored(outcomes)
                return outcomes
            }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }
}
