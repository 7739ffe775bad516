import Foundation

/// Runs a program of the system on some input.
enum Tool {
    struct Answer: Equatable {
        var status: Int32
        var output: String
    }

    /// The first executable of that name on `PATH`.
    static func path(of name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Output and error output together. Input goes through a file, since a pipe would fill up.
    static func run(_ path: String, _ arguments: [String], input: [UInt8]) throws -> Answer {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("steward-\(UUID().uuidString)")
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Answer(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}
