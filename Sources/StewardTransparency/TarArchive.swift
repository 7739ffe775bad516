import StewardModel

/// Plain files in the ustar format (POSIX.1-1988; the first 512 bytes of a member are its header).
package enum TarArchive {
    private static let blockBytes = 512

    /// Writes an archive; the same input gives the same bytes. Files are owned by root with mode 0644.
    ///
    /// - Parameter modified: the files' time, in seconds since 1970, 0 to 8^11 - 1.
    ///
    /// Throws `invalidInput` for a path that ustar cannot hold or that the reader would refuse.
    package static func write(_ files: [ArchiveFile], modified: Int64 = 0) throws -> [UInt8] {
        var archive: [UInt8] = []
        for file in files {
            if let problem = problem(inPath: file.path) {
                throw StewardError(.invalidInput, "\(file.path) \(problem)", field: "path")
            }
            archive += try header(file, modified: modified)
            archive += file.bytes
            archive += padding(after: file.bytes.count)
        }
        return archive + [UInt8](repeating: 0, count: 2 * blockBytes)
    }

    /// Reads an archive of plain files, strictly: no links, folders or devices, no path that leads out of the folder,
    /// no path twice, nothing but zeros after the end.
    ///
    /// Throws `tooLarge` when there are more than `maximumFiles` or the contents exceed `maximumBytes` together, and
    /// `invalidInput` with what is wrong otherwise.
    package static func read(
        _ archive: [UInt8], maximumFiles: Int = 100_000, maximumBytes: Int = 1 << 31
    ) throws -> [ArchiveFile] {
        var files: [ArchiveFile] = []
        var paths: Set<String> = []
        var (offset, total) = (0, 0)
        while true {
            guard archive.count - offset >= blockBytes else { throw malformed("ends without its two empty blocks") }
            let header = archive[offset..<(offset + blockBytes)]
            if header.allSatisfy({ $0 == 0 }) { break }
            let (path, size) = try member(header)
            offset += blockBytes
            total += size
            guard files.count < maximumFiles, total <= maximumBytes else {
                throw StewardError(
                    .tooLarge, "the archive has more than \(maximumFiles) files or \(maximumBytes) bytes",
                    field: "archive")
            }
            let padded = size + padding(after: size).count
            guard archive.count - offset >= padded else { throw malformed("ends within \(path)") }
            guard paths.insert(path).inserted else { throw malformed("holds \(path) twice") }
            guard archive[(offset + size)..<(offset + padded)].allSatisfy({ $0 == 0 }) else {
                throw malformed("has stray bytes after \(path)")
            }
            files.append(ArchiveFile(path: path, bytes: Array(archive[offset..<(offset + size)])))
            offset += padded
        }
        guard archive.count - offset >= 2 * blockBytes, archive[offset...].allSatisfy({ $0 == 0 }) else {
            throw malformed("has something after its end or ends without its two empty blocks")
        }
        return files
    }

    /// Says why a path is refused, or `nil`: it must stay inside the folder and be spelled in one way only.
    private static func problem(inPath path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
            return "is absolute, leads out of the folder, or has an empty part: such a path is refused"
        }
        if path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0x5C }) {
            return "contains a control character or a backslash"
        }
        return nil
    }

    private static func padding(after count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (blockBytes - count % blockBytes) % blockBytes)
    }

    private static func malformed(_ problem: String) -> StewardError {
        StewardError(.invalidInput, "the archive \(problem)", field: "archive")
    }
}

// MARK: - Headers

extension TarArchive {
    /// Where each field lies in a header.
    private enum Field {
        static let name = 0..<100
        static let mode = 100..<108
        static let owner = 108..<116
        static let group = 116..<124
        static let size = 124..<136
        static let modified = 136..<148
        static let checksum = 148..<156
        static let type = 156
        static let magic = 257..<265
        static let prefix = 345..<500
    }

    private static let magic = Array("ustar\u{0}00".utf8)

    private static func header(_ file: ArchiveFile, modified: Int64) throws -> [UInt8] {
        guard let (prefix, name) = split(Array(file.path.utf8)) else {
            throw StewardError(.invalidInput, "\(file.path) is too long for an archive", field: "path")
        }
        var header = [UInt8](repeating: 0, count: blockBytes)
        func put(_ bytes: some Collection<UInt8>, _ field: Range<Int>) {
            header.replaceSubrange(field.lowerBound..<(field.lowerBound + bytes.count), with: bytes)
        }
        func put(_ number: Int64, _ field: Range<Int>) throws {
            let digits = String(number, radix: 8).utf8
            guard number >= 0, digits.count < field.count else {
                throw StewardError(.invalidInput, "\(number) does not fit into an archive's header", field: file.path)
            }
            put(Array(repeating: 0x30, count: field.count - 1 - digits.count) + digits, field)
        }
        put(name, Field.name)
        try put(0o644, Field.mode)
        try put(0, Field.owner)
        try put(0, Field.group)
        try put(Int64(file.bytes.count), Field.size)
        try put(modified, Field.modified)
        header[Field.type] = UInt8(ascii: "0")
        put(magic, Field.magic)
        put(prefix, Field.prefix)
        try put(checksum(header[...]), Field.checksum)
        return header
    }

    /// A path of up to 100 bytes stands in the name; a longer one is parted at a `/` into a prefix of up to 155.
    private static func split(_ path: [UInt8]) -> (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>)? {
        if path.count <= Field.name.count { return ([], path[...]) }
        let cut = path.indices.first { path[$0] == UInt8(ascii: "/") && path.count - $0 - 1 <= Field.name.count }
        guard let cut, cut <= Field.prefix.count else { return nil }
        return (path[..<cut], path[(cut + 1)...])
    }

    private static func member(_ header: ArraySlice<UInt8>) throws -> (path: String, size: Int) {
        let header = Array(header)
        guard Array(header[Field.magic]) == magic else { throw malformed("is not in the ustar format") }
        guard let sum = octal(header[Field.checksum]), sum == checksum(header[...]) else {
            throw malformed("has a header whose checksum is wrong")
        }
        let prefix = text(header[Field.prefix])
        guard let name = String(validating: text(header[Field.name]), as: UTF8.self),
            let folder = String(validating: prefix, as: UTF8.self)
        else { throw malformed("has a path that is not UTF-8") }
        let path = folder.isEmpty ? name : folder + "/" + name
        if let problem = problem(inPath: path) { throw malformed("has a path that \(problem)") }
        guard header[Field.type] == UInt8(ascii: "0") || header[Field.type] == 0 else {
            throw malformed("holds \(path), which is not a plain file")
        }
        guard let size = octal(header[Field.size]) else { throw malformed("gives no size for \(path)") }
        return (path, Int(size))
    }

    private static func text(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> { field.prefix { $0 != 0 } }

    /// Octal digits that NULs or spaces may follow; at most eleven, so the value fits.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int64? {
        let digits = field.prefix { (0x30...0x37).contains($0) }
        guard (1...11).contains(digits.count), field.dropFirst(digits.count).allSatisfy({ $0 == 0 || $0 == 0x20 })
        else {
            return nil
        }
        return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    /// The sum of all bytes, the checksum itself counted as spaces.
    private static func checksum(_ header: ArraySlice<UInt8>) -> Int64 {
        header.indices.reduce(0) { $0 + Int64(Field.checksum.contains($1) ? 0x20 : header[$1]) }
    }
}
