import Foundation
import StewardModel
import StewardTransparency
import Testing

@Suite struct TarArchiveTests {
    static let files = [
        ArchiveFile(path: "empty", bytes: []), ArchiveFile(path: "one/block", bytes: [UInt8](repeating: 7, count: 512)),
        ArchiveFile(path: "one/block-and-a-byte", bytes: [UInt8](repeating: 8, count: 513)),
        ArchiveFile(path: "größe/日本.txt", bytes: [0, 255]),
        ArchiveFile(path: String(repeating: "folder/", count: 20) + "name", bytes: [1]),
    ]

    @Test func roundTrip() throws {
        let archive = try TarArchive.write(Self.files, modified: 1_772_000_000)
        #expect(archive.count % 512 == 0)
        #expect(try TarArchive.read(archive) == Self.files)
        #expect(try TarArchive.read(try TarArchive.write([])) == [])
    }

    @Test func theSystemsTarReadsIt() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tar-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(try TarArchive.write(Self.files)).write(to: folder.appending(path: "archive.tar"))
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = ["tar", "-xf", "archive.tar"]
        tar.currentDirectoryURL = folder
        try tar.run()
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
        for file in Self.files {
            #expect(try Array(Data(contentsOf: folder.appending(path: file.path))) == file.bytes, "\(file.path)")
        }
    }

    @Test(arguments: [
        "", "/etc/passwd", "../up", "a/../../up", "a//b", "a/", "./a", "a/.", "a\\b", "a\u{0}b", "a\nb",
        String(repeating: "x", count: 101), String(repeating: "x/", count: 200) + "y",
        String(repeating: "x", count: 156) + "/y",
    ])
    func pathsThatAreNotWritten(path: String) {
        let error = #expect(throws: StewardError.self) { try TarArchive.write([ArchiveFile(path: path, bytes: [])]) }
        #expect(error?.field == "path")
    }

    @Test(arguments: ["/etc/passwd", "../up", "a/../b", "a//b", "./a", "a\\b"])
    func pathsThatAreNotRead(path: String) throws {
        let placeholder = String(repeating: "p", count: path.utf8.count)
        var archive = try TarArchive.write([ArchiveFile(path: placeholder, bytes: [1])])
        archive.replaceSubrange(0..<path.utf8.count, with: Array(path.utf8))
        redoChecksum(&archive)
        let error = #expect(throws: StewardError.self) { try TarArchive.read(archive) }
        #expect(error?.message.contains("path") == true)
    }

    /// What is put where in the first header, and the problem that must be named.
    @Test(arguments: [
        (156, "1", "not a plain file"), (156, "2", "not a plain file"), (156, "5", "not a plain file"),
        (156, "x", "not a plain file"), (257, "ustar  \0", "ustar format"), (257, "xxxxx", "ustar format"),
        (124, "0000000000z", "gives no size"), (124, "           ", "gives no size"),
        (124, "-0000000001", "gives no size"),
        (124, "777777777777", "gives no size"), (124, "00000077777", "ends within"), (124, "77777777777", "more than"),
        (0, "\0", "path"),
    ])
    func malformedHeaders(offset: Int, text: String, problem: String) throws {
        var archive = try TarArchive.write([ArchiveFile(path: "a", bytes: [1])])
        archive.replaceSubrange(offset..<(offset + text.utf8.count), with: Array(text.utf8))
        redoChecksum(&archive)
        let error = #expect(throws: StewardError.self) { try TarArchive.read(archive) }
        #expect(error?.message.contains(problem) == true, "\(String(describing: error))")
    }

    @Test func everyBitOfAHeaderIsChecked() throws {
        let archive = try TarArchive.write([ArchiveFile(path: "name", bytes: [1, 2, 3])])
        // The one bit that may change: it makes the NUL after the checksum's digits a space, which may stand there too.
        let terminator = 155 * 8 + 5
        for bit in 0..<(512 * 8) where bit != terminator {
            var changed = archive
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: StewardError.self, "bit \(bit)") { try TarArchive.read(changed) }
        }
    }

    @Test func cutAnywhereItIsRefused() throws {
        let archive = try TarArchive.write([ArchiveFile(path: "a", bytes: [1]), ArchiveFile(path: "b", bytes: [])])
        for count in stride(from: 0, to: archive.count, by: 64) {
            #expect(throws: StewardError.self, "\(count) bytes") { try TarArchive.read(Array(archive.prefix(count))) }
        }
    }

    @Test func strayBytesAndDoublesAreRefused() throws {
        let archive = try TarArchive.write([ArchiveFile(path: "a", bytes: [1])])
        #expect(throws: StewardError.self) { try TarArchive.read(archive + [1]) }
        var padded = archive
        padded[512 + 100] = 1
        #expect(throws: StewardError.self) { try TarArchive.read(padded) }
        #expect(throws: StewardError.self) {
            try TarArchive.read(
                try TarArchive.write([ArchiveFile(path: "a", bytes: []), ArchiveFile(path: "a", bytes: [])]))
        }
    }

    @Test func boundsAreKept() throws {
        let archive = try TarArchive.write(Self.files)
        let many = #expect(throws: StewardError.self) { try TarArchive.read(archive, maximumFiles: 4) }
        #expect(many?.code == .tooLarge)
        let large = #expect(throws: StewardError.self) { try TarArchive.read(archive, maximumBytes: 1027) }
        #expect(large?.code == .tooLarge)
        #expect(try TarArchive.read(archive, maximumFiles: 5, maximumBytes: 1028).count == 5)
    }

    @Test func timesOutsideTheHeadersRangeAreRefused() {
        #expect(throws: StewardError.self) { try TarArchive.write(Self.files, modified: -1) }
        #expect(throws: StewardError.self) { try TarArchive.write(Self.files, modified: 1 << 33) }
    }

    private func redoChecksum(_ archive: inout [UInt8]) {
        archive.replaceSubrange(148..<156, with: repeatElement(0x20, count: 8))
        let digits = String(archive[0..<512].reduce(0) { $0 + Int($1) }, radix: 8)
        archive.replaceSubrange(
            148..<156, with: Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8) + [0, 0x20])
    }
}
