import Foundation
import GRDB
import StewardModel

/// A node of the audit log's tree as stored: the hash of a complete subtree.
package struct StoredNode: Sendable, Equatable {
    package var level: Int
    package var position: Int64
    package var hash: [UInt8]
    package init(level: Int, position: Int64, hash: [UInt8]) {
        self.level = level
        self.position = position
        self.hash = hash
    }
}

/// What one governing transaction writes: records with all that makes them verifiable, and the specs they refer to.
package struct RecordAppend: Sendable {
    /// The number of records before this.
    package var size: Int64
    package var leaves: [[UInt8]]
    package var nodes: [StoredNode]
    package var checkpoint: String
    package var time: Timestamp
    /// Content-addressed: digest → canonical JSON.
    package var specs: [String: [UInt8]]

    package init(
        size: Int64, leaves: [[UInt8]], nodes: [StoredNode], checkpoint: String, time: Timestamp,
        specs: [String: [UInt8]] = [:]
    ) {
        self.size = size
        self.leaves = leaves
        self.nodes = nodes
        self.checkpoint = checkpoint
        self.time = time
        self.specs = specs
    }
}

/// What a record says of the stored events, done in its transaction.
package enum EventChange: Sendable {
    /// They cost something else from now on.
    case repriced([RepricedEvent])
    /// Those before a day (since 1970-01-01) are dropped.
    case dropped(before: Int64)
}

extension Store {
    /// Appends records, tree nodes, checkpoint and specs in one transaction.
    ///
    /// - Throws: ``StewardError/Code/conflict`` when the log is not `size` long any more; then nothing was written.
    /// - Parameter change: of the events, in the same transaction.
    package func append(_ append: RecordAppend, with change: EventChange? = nil) async throws {
        do {
            try await pool.writeWithoutTransaction { [writer] database in
                switch change {
                case .repriced(let events):
                    try writer.reprice(events, database) { try Self.write(append, database) }
                case .dropped(let day):
                    try writer.drop(before: day, database) { try Self.write(append, database) }
                case nil:
                    try database.inTransaction {
                        try Self.write(append, database)
                        return .commit
                    }
                }
            }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }

    private static func write(_ append: RecordAppend, _ database: Database) throws {
        let size = try Int64.fetchOne(database, sql: "SELECT MAX(seq) + 1 FROM records") ?? 0
        guard size == append.size else {
            throw StewardError(
                .conflict, "the audit log has \(size) records, not \(append.size): another process writes this folder")
        }
        for (offset, leaf) in append.leaves.enumerated() {
            try database.execute(
                sql: "INSERT INTO records (seq, leaf) VALUES (?, ?)", arguments: [size + Int64(offset), Data(leaf)])
        }
        for node in append.nodes {
            try database.execute(
                sql: "INSERT INTO tree (level, position, hash) VALUES (?, ?, ?)",
                arguments: [node.level, node.position, Data(node.hash)])
        }
        for (digest, spec) in append.specs {
            try database.execute(
                sql: "INSERT OR IGNORE INTO specs (digest, spec) VALUES (?, ?)", arguments: [digest, Data(spec)])
        }
        try database.execute(sql: "DELETE FROM checkpoints")
        try database.execute(
            sql: "INSERT INTO checkpoints (size, time, note) VALUES (?, ?, ?)",
            arguments: [size + Int64(append.leaves.count), append.time.microseconds, append.checkpoint])
    }

    /// The exact bytes of records, in order, from a number on.
    package func leaves(from first: Int64 = 0, limit: Int = .max) async throws -> [[UInt8]] {
        try await read { database in
            try Data.fetchAll(
                database, sql: "SELECT leaf FROM records WHERE seq >= ? ORDER BY seq LIMIT ?",
                arguments: [first, Int64(limit)]
            ).map { [UInt8]($0) }
        }
    }

    package func checkpoint() async throws -> (size: Int64, time: Timestamp, note: String)? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT size, time, note FROM checkpoints").map {
                ($0[0], Timestamp(microseconds: $0[1]), $0[2])
            }
        }
    }

    /// Hands `body` a look-up of the tree's stored nodes, all from one committed state: what proofs are made from.
    package func readTree<Value: Sendable>(
        _ body:
            @Sendable @escaping (_ node: @escaping (_ level: Int, _ position: Int64) throws -> [UInt8]) throws -> Value
    ) async throws -> Value {
        try await read { database in
            try body { level, position in
                let hash = try Data.fetchOne(
                    database, sql: "SELECT hash FROM tree WHERE level = ? AND position = ?",
                    arguments: [level, position])
                guard let hash else {
                    throw StewardError(
                        .storage, "node \(position) of level \(level) of the audit tree is missing; run 'steward fsck'")
                }
                return [UInt8](hash)
            }
        }
    }

    package func spec(digest: String) async throws -> [UInt8]? {
        try await read { database in
            try Data.fetchOne(database, sql: "SELECT spec FROM specs WHERE digest = ?", arguments: [digest]).map {
                [UInt8]($0)
            }
        }
    }
}
