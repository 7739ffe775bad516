import StewardJSON
import StewardModel
import StewardTransparency

/// Up to where a file was sent and acknowledged. Only saves work: rows sent twice are counted as duplicates.
struct ImportState: Equatable {
    /// The file, for people who look into the state.
    var file: String
    /// How many rows are settled. Rows and not bytes, because a row's number is part of the id it gets.
    var rows: Int64

    init(file: String, rows: Int64 = 0) {
        self.file = file
        self.rows = rows
    }

    /// `nil` where the bytes are no state: the import then starts over.
    init?(parsing bytes: [UInt8]) {
        guard let json = try? JSONValue(parsing: bytes), let file = json["file"]?.string,
            let rows = json["rows"]?.int64, rows >= 0
        else { return nil }
        self.init(file: file, rows: rows)
    }

    var json: JSONValue { ["file": .string(file), "rows": .integer(rows)] }

    /// Where state is kept unless a file is named: `$XDG_STATE_HOME`, else `~/.local/state` (XDG Base Directory
    /// Specification). `nil` without a home.
    static func defaultFolder(_ environment: [String: String]) -> String? {
        // The specification has a relative path ignored.
        if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") { return folder + "/steward/imports" }
        return environment["HOME"].flatMap { $0.isEmpty ? nil : $0 + "/.local/state/steward/imports" }
    }

    /// Names the state of an import: the same file, map and daemon, and the file still begins as it did.
    static func digest(path: String, url: String, map: [UInt8], head: [UInt8]) -> String {
        let parts = [Array(path.utf8), Array(url.utf8), map, head].map { Digest.sha256($0) }
        return Digest.sha256(Array(parts.joined().utf8))
    }
}

/// What became of the rows.
struct ImportTally: Equatable {
    var read: Int64 = 0
    var accepted: Int64 = 0
    var duplicates: Int64 = 0
    var rejected: Int64 = 0

    static func + (left: Self, right: Self) -> Self {
        Self(
            read: left.read + right.read, accepted: left.accepted + right.accepted,
            duplicates: left.duplicates + right.duplicates, rejected: left.rejected + right.rejected)
    }
}
