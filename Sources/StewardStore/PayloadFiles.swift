import Foundation
import GRDB
import StewardModel

/// The payloads of the events: one file a UTC day of event time, in blocks, only ever appended to.
///
/// Beside the database and not in it, because a day is then dropped by unlinking one file, whatever it holds. The
/// database says how long each file is: bytes behind that length are of a transaction that was not committed, and the
/// next block overwrites them. A block is durable before the transaction that points to it: four bytes of its length,
/// little-endian, then its bytes.
struct PayloadFiles {
    private let folder: String
    private let syncs: Bool
    /// Committed lengths by day.
    private var lengths: [Int64: Int64] = [:]
    /// Lengths with what the open transaction has appended.
    private var staged: [Int64: Int64] = [:]
    /// Open files: the days that events come for now.
    private var open: [Int64: Int32] = [:]
    /// Set when a file was made since the last sync: its name must be durable, too.
    private var hasNewFile = false

    /// Files kept open between transactions; late events may be of any day.
    private static let maximumOpen = 16

    init(folder: String, syncs: Bool) {
        self.folder = folder
        self.syncs = syncs
    }

    private static let suffix = ".blocks"

    static func folder(in data: String) -> String { data + "/payloads" }

    static func path(_ folder: String, day: Int64) -> String {
        "\(folder)/\(Timestamp(minute: day * 1440).day)\(suffix)"
    }

    // MARK: Opening

    /// Makes the folder, reads the lengths, and cuts off what was not committed.
    mutating func load(_ database: Database) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StewardError(.storage, "cannot make \(folder): \(error.localizedDescription)")
        }
        lengths = [:]
        for row in try Row.fetchAll(database, sql: "SELECT day, bytes FROM event_days") { lengths[row[0]] = row[1] }
        let known = Dictionary(uniqueKeysWithValues: lengths.map { (Self.path(folder, day: $0.key), $0.value) })
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasSuffix(Self.suffix) {
            let path = folder + "/" + name
            let length = known[path] ?? 0
            if length == 0 {
                Glibc.unlink(path)
            } else if let size = Self.size(of: path), size > length {
                truncate(path, off_t(length))
            }
        }
    }

    func close() {
        for file in open.values { Glibc.close(file) }
    }

    static func size(of path: String) -> Int64? {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int64(facts.st_size) : nil
    }

    // MARK: Writing

    /// Appends a block to the file of its day.
    ///
    /// - Returns: its place in the file.
    /// - Throws: ``StewardError``; then the transaction must be given up.
    mutating func append(_ block: PayloadBlock) throws(StewardError) -> Int64 {
        let file = try descriptor(day: block.day)
        let start = length(day: block.day)
        let length = UInt32(block.bytes.count)
        let framed = (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + block.bytes
        var written = 0
        while written < framed.count {
            let count = framed.withUnsafeBytes {
                pwrite(file, $0.baseAddress.map { $0 + written }, framed.count - written, off_t(start) + off_t(written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", errno) }
            written += count
        }
        staged[block.day] = start + Int64(framed.count)
        return start
    }

    /// How long the file of a day is with what the open transaction has appended.
    func length(day: Int64) -> Int64 { staged[day] ?? lengths[day] ?? 0 }

    /// Makes what was appended durable; the last thing before a commit.
    mutating func prepareCommit() throws(StewardError) {
        for day in staged.keys {
            if syncs, let file = open[day], fdatasync(file) != 0 { throw Self.failure("sync", errno) }
        }
        guard hasNewFile, syncs else { return }
        let directory = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failure("open the folder of", errno) }
        defer { Glibc.close(directory) }
        guard fsync(directory) == 0 else { throw Self.failure("sync the folder of", errno) }
        hasNewFile = false
    }

    mutating func committed() {
        lengths.merge(staged) { $1 }
        staged = [:]
        guard open.count > Self.maximumOpen else { return }
        for file in open.values { Glibc.close(file) }
        open = [:]
    }

    mutating func rolledBack() { staged = [:] }

    /// Removes the files of days before one; a crash before this is made good by ``load(_:)``.
    mutating func unlink(before day: Int64) {
        for old in lengths.keys where old < day {
            if let file = open.removeValue(forKey: old) { Glibc.close(file) }
            Glibc.unlink(Self.path(folder, day: old))
            lengths[old] = nil
        }
    }

    private mutating func descriptor(day: Int64) throws(StewardError) -> Int32 {
        if let file = open[day] { return file }
        let path = Self.path(folder, day: day)
        let isNew = Self.size(of: path) == nil
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure("open", errno) }
        open[day] = file
        if isNew { hasNewFile = true }
        return file
    }

    // MARK: Reading

    /// The block at a place of a day's file.
    ///
    /// - Throws: `storage` when there is no whole block.
    static func block(_ folder: String, day: Int64, at place: Int64) throws(StewardError) -> [UInt8] {
        let file = Glibc.open(path(folder, day: day), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw damaged(day, "cannot be opened") }
        defer { Glibc.close(file) }
        let prefix = read(file, 4, at: place)
        guard prefix.count == 4 else { throw damaged(day, "ends before one of its blocks") }
        let length = prefix.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        guard length <= size(of: path(folder, day: day)) ?? 0 else { throw damaged(day, "has a damaged block") }
        let block = read(file, length, at: place + 4)
        guard block.count == length else { throw damaged(day, "ends within one of its blocks") }
        return block
    }

    private static func read(_ file: Int32, _ count: Int, at place: Int64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    file, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(place) + off_t(filled))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return }
                filled += got
            }
        }
    }

    // MARK: Errors

    private static func failure(_ action: String, _ code: Int32) -> StewardError {
        switch code {
        case ENOSPC, EDQUOT: Store.diskIsFull
        case EIO: Store.diskFails
        default:
            StewardError(
                .overloaded, "cannot \(action) the payload file: \(String(cString: strerror(code)))",
                retryAfterSeconds: 30)
        }
    }

    private static func damaged(_ day: Int64, _ what: String) -> StewardError {
        StewardError(.storage, "the payload file of \(Timestamp(minute: day * 1440).day) \(what); run 'steward fsck'")
    }
}

/// Reads payloads of events that follow each other, each block once.
struct PayloadReader {
    let folder: String
    private var last: (day: Int64, place: Int64, block: [UInt8])?

    init(folder: String) { self.folder = folder }

    /// - Parameters:
    ///   - time: of the event.
    ///   - place: of its block in the file of its day, and which part of it it is; `nil` when none is kept.
    mutating func payload(of time: Timestamp, block place: Int64?, part: Int?) throws -> StoredPayload? {
        guard let place, let part else { return nil }
        let day = floorDivide(time.minute, 1440)
        if let last, last.day == day, last.place == place { return StoredPayload(block: last.block, part: part) }
        let block = try PayloadFiles.block(folder, day: day, at: place)
        last = (day, place, block)
        return StoredPayload(block: block, part: part)
    }
}
