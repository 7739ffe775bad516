import Foundation
import StewardJSON
import StewardModel
import StewardWire

/// A file to import.
struct ImportFile {
    let path: String
    let size: Int64
    let format: ImportMap.Format
    /// The first bytes: tell whether it is still the same file.
    private let head: [UInt8]
    private static let headBytes = 4096

    init(path: String) throws {
        self.path = path
        let name = path.lowercased()
        guard !name.hasSuffix(".gz") else {
            throw StewardError(.invalidInput, "is compressed; unpack it first: gunzip --keep FILE", field: path)
        }
        format = name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") ? .jsonl : .csv
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            head = Array(try handle.read(upToCount: Self.headBytes) ?? Data())
            size = Int64(try handle.seekToEnd())
        } catch {
            throw Files.failure("read", path, error)
        }
    }

    /// Reads the file from its start, piece by piece.
    func open() throws -> (Int) throws -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            return { [path] count in
                do {
                    return Array(try handle.read(upToCount: count) ?? Data())
                } catch {
                    throw Files.failure("read", path, error)
                }
            }
        } catch {
            throw Files.failure("read", path, error)
        }
    }

    /// Where this import's state is kept; `nil` without a home folder.
    func statePath(_ environment: [String: String], url: String, map: [UInt8]) -> String? {
        let absolute = URL(filePath: path).standardizedFileURL.path
        let digest = ImportState.digest(path: absolute, url: url, map: map, head: head)
        return ImportState.defaultFolder(environment).map { "\($0)/\(digest).json" }
    }
}

/// Keeps the place to resume an import from, and forgets it when the import is done.
final class ResumePlace {
    private let path: String?
    private let now: () -> Timestamp
    private var state: ImportState
    private var saved: ImportState?
    private var throttle = Throttle(every: .seconds(1))

    init(path: String?, file: String, now: @escaping () -> Timestamp) {
        self.path = path
        self.now = now
        state = ImportState(file: file)
    }

    /// How many rows an earlier run has settled.
    func load() -> Int64 {
        guard let path, let bytes = try? Files.read(path), let found = ImportState(parsing: bytes) else { return 0 }
        state.rows = found.rows
        return found.rows
    }

    func settle(_ rows: Int64) {
        state.rows = rows
        if throttle.isDue(now()) { save() }
    }

    /// Failing to keep the place is no reason to stop: an import that starts over counts duplicates.
    func save() {
        guard let path, state.rows > 0, state != saved else { return }
        let folder = URL(filePath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? Files.write(state.json.text, to: path)
        saved = state
    }

    func forget() {
        guard let path else { return }
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A text file that is written as it grows.
final class OutputFile {
    private let path: String
    private let handle: FileHandle

    init(path: String) throws {
        self.path = path
        try Files.write([], to: path)
        do {
            handle = try FileHandle(forWritingTo: URL(filePath: path))
        } catch {
            throw Files.failure("written", path, error)
        }
    }

    func write(_ text: String) throws {
        do {
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            throw Files.failure("written", path, error)
        }
    }
}
