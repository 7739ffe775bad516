import Foundation
import GRDB
import StewardModel

/// Spend of stored events that waits to be added to the spend table.
///
/// Where many users or tags share a deployment, nearly every event of a commit has a row of its own there, and each row
/// dirties a page. So rows are added for many commits at once. Nothing can be lost: ``through`` is stored with them,
/// and what came later is derived from the events themselves, after a crash as after a commit that failed.
struct PendingSpend {
    /// Rows that wait at most, which bounds memory and the longest commit.
    private static let maximumRows = 16_384
    /// Events whose spend waits at most, which bounds what a start reads again.
    private static let maximumEvents: Int64 = 65_536
    private static let name = "spend through"

    private var rows: [SpendKey: Spend] = [:]
    /// The last event whose spend is in the table.
    private(set) var through: Int64

    /// Derives what waits from the events after the last one that the table has in it.
    init(_ database: Database) throws {
        through = try Self.through(database)
        let events = try Row.fetchCursor(
            database, sql: "SELECT seq, time, series, attribution, cost, signals FROM events WHERE seq > ?",
            arguments: [through])
        while let row = try events.next() {
            // A row that cannot be read does not keep the store from opening: fsck has to be able to name it.
            let signals = (try? Store.decode(row[5], sequence: row[0])) ?? []
            add(
                Spend(signals, cost: (row[4] as Int64?).map { Nanodollars($0) }),
                key: SpendKey(minute: Timestamp(microseconds: row[1]).minute, series: row[2], attribution: row[3]))
        }
    }

    mutating func add(_ spend: Spend, key: SpendKey) { rows[key, default: Spend()].add(spend) }

    func isFull(at last: Int64) -> Bool { rows.count >= Self.maximumRows || last - through >= Self.maximumEvents }

    /// Adds what waits to the table, in the order of its key, so that neighbours share a page.
    ///
    /// - Parameter last: the last event that is stored.
    mutating func write(through last: Int64, _ upsert: RawStatement, _ database: Database) throws {
        guard last != through || !rows.isEmpty else { return }
        for (key, spend) in rows.sorted(by: { $0.key < $1.key }) {
            upsert.bind(1, key.day)
            upsert.bind(2, key.series)
            upsert.bind(3, key.attribution)
            for (offset, value) in spend.columns.enumerated() { upsert.bind(Int32(4 + offset), value) }
            try upsert.run()
        }
        try database.execute(
            sql: "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", arguments: [Self.name, String(last)])
        rows.removeAll(keepingCapacity: true)
        through = last
    }

    /// The last event whose spend is in the table.
    static func through(_ database: Database) throws -> Int64 {
        let stored = try String.fetchOne(database, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
        return stored.flatMap { Int64($0) } ?? 0
    }

    /// What waits, for ``all``.
    var json: String {
        let lists = rows.map { key, spend in
            "[" + ([key.day, key.series, key.attribution] + spend.columns).map(String.init).joined(separator: ",") + "]"
        }
        return "[" + lists.joined(separator: ",") + "]"
    }

    /// An SQL query of what is in the spend table and what waits for it; its one argument is ``json``.
    static let all = """
        (SELECT day, series, attribution, \(Spend.columnNames.joined(separator: ", ")) FROM spend
        UNION ALL SELECT \((0..<Spend.columnNames.count + 3).map { "value ->> \($0)" }.joined(separator: ", "))
        FROM json_each(?))
        """
}

extension EventWriter {
    /// What waits, for ``PendingSpend/all``.
    func waitingSpend(_ database: Database) throws -> String { try withLoaded(database) { $0.spend.json } }

    /// Brings the spend table up to the last stored event.
    func writeSpend(_ database: Database) throws {
        try transaction(database) { try writeSpend(&$0, database) }
    }

    func writeSpend(_ state: inout Loaded, _ database: Database) throws {
        try state.spend.write(through: state.nextSequence - 1, state.statements.upsertSpend, database)
    }
}

extension Store {
    /// Runs a read on a snapshot of the database together with what waits for its spend table. Nothing is written, so
    /// that a full disk does not keep anybody from reading.
    func readSpend<Value: Sendable>(
        _ body: @Sendable @escaping (Database, _ waiting: String) throws -> Value
    ) async throws -> Value {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                pool.asyncWriteWithoutTransaction { [pool, writer] database in
                    do {
                        let waiting = try writer.waitingSpend(database)
                        // The snapshot is taken before this returns, so nothing can be stored in between.
                        pool.asyncConcurrentRead { snapshot in
                            continuation.resume(with: Result { try body(snapshot.get(), waiting) })
                        }
                    } catch { continuation.resume(throwing: error) }
                }
            }
        } catch let error as DatabaseError {
            throw Self.failure(error)
        }
    }
}
