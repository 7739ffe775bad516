import GRDB
import GRDBSQLite
import StewardModel

/// A prepared statement of the C API, kept for the life of its connection: the insert path's way around per-row costs.
///
/// Used only inside a write of the connection that prepared it.
final class RawStatement {
    private let handle: OpaquePointer

    init(_ database: Database, _ sql: String) throws {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(
            database.sqliteConnection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else {
            throw DatabaseError(resultCode: .init(rawValue: code), message: database.lastErrorMessage, sql: sql)
        }
        self.handle = handle
    }

    deinit { sqlite3_finalize(handle) }

    func bind(_ position: Int32, _ value: Int64) { sqlite3_bind_int64(handle, position, value) }

    func bind(_ position: Int32, _ value: Int64?) {
        if let value { bind(position, value) } else { sqlite3_bind_null(handle, position) }
    }

    /// SQLite copies the bytes before this returns.
    func bind(_ position: Int32, _ value: [UInt8]) {
        value.withUnsafeBytes { bytes in
            // Without an address SQLite would bind NULL.
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                sqlite3_bind_zeroblob(handle, position, 0)
                return
            }
            sqlite3_bind_blob64(handle, position, start, UInt64(bytes.count), Self.copying)
        }
    }

    func bind(_ position: Int32, _ value: String) {
        var copy = value
        copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                guard let start = characters.baseAddress else { return }
                sqlite3_bind_text(handle, position, start, Int32(characters.count), Self.copying)
            }
        }
    }

    func bind(_ position: Int32, _ value: String?) {
        if let value { bind(position, value) } else { sqlite3_bind_null(handle, position) }
    }

    /// Runs a statement that returns no rows, and makes it ready for the next one.
    func run() throws {
        let code = sqlite3_step(handle)
        sqlite3_reset(handle)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code) }
    }

    /// Hands each row's reader to `body`, which returns false to stop.
    func forEachRow(_ body: (RawStatement) throws -> Bool) throws {
        defer { sqlite3_reset(handle) }
        while true {
            let code = sqlite3_step(handle)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(code) }
            if try !body(self) { return }
        }
    }

    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func text(_ column: Int32) -> String {
        guard let text = sqlite3_column_text(handle, column) else { return "" }
        return String(
            decoding: UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
    }

    func withBlob<Result>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        let start = sqlite3_column_blob(handle, column)?.assumingMemoryBound(to: UInt8.self)
        return try body(UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    private func failure(_ code: Int32) -> DatabaseError {
        let message = sqlite3_db_handle(handle).flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
        return DatabaseError(resultCode: .init(rawValue: code), message: message)
    }

    /// SQLITE_TRANSIENT, which the C header writes as a cast that Swift does not import.
    private static let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
