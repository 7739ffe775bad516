import Foundation
import Testing

/// Runs programs to their end and hands back what they printed.
enum Program {
    struct Result: CustomStringConvertible {
        var status: Int32
        var output: String
        var error: String
        var description: String { "exit status \(status)\n\(output)\(error)" }
    }

    struct Missing: Error, CustomStringConvertible {
        var name: String
        var package: String
        var description: String {
            "`\(name)` is not installed: run scripts/setup test, or apt-get install \(package)"
        }
    }

    /// The program under test: STEWARD_TEST_BINARY, such as a release build, else the one built beside the tests.
    static func steward() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["STEWARD_TEST_BINARY"] { return URL(fileURLWithPath: path) }
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let binary = folder.appendingPathComponent("steward")
        guard FileManager.default.isExecutableFile(atPath: binary.path) else {
            throw Failure("\(binary.path) is not built: run `swift build` first")
        }
        return binary
    }

    /// A program of the system, from the Debian package named.
    static func find(_ name: String, package: String) throws -> URL {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let candidates = folders.map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw Missing(name: name, package: package)
        }
        return found
    }

    /// The environment that programs get: nothing that could be taken for a setting of the daemon.
    static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("STEWARD_") }
        // The backtracer can hang in a process that is killed under load.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        return environment
    }

    /// Runs a program; after `seconds` it is ended, and its exit status is 124.
    static func run(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
        directory: URL = Repository.root, seconds: Int = 60
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            // Files rather than pipes: nothing can fill up while nobody reads.
            let (input, output, error) = (
                try file("input", in: folder, contents: input), try file("output", in: folder),
                try file("error", in: folder)
            )
            let process = Process()
            process.executableURL = try find("timeout", package: "coreutils")
            process.arguments = ["--kill-after=5", "\(seconds)", program.path] + arguments
            process.environment = Program.environment.merging(environment) { $1 }
            process.currentDirectoryURL = directory
            process.standardInput = try FileHandle(forReadingFrom: input)
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: error)
            let status = try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do { try process.run() } catch {
                    process.terminationHandler = nil
                    continuation.resume(throwing: error)
                }
            }
            return Result(
                status: status, output: try String(contentsOf: output, encoding: .utf8),
                error: try String(contentsOf: error, encoding: .utf8))
        }
    }

    private static func file(_ name: String, in folder: URL, contents: [UInt8] = []) throws -> URL {
        let url = folder.appendingPathComponent(name)
        try Data(contents).write(to: url)
        return url
    }
}

enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

/// What stops a test before it could expect anything.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// A folder for the time of `body`.
func withTemporaryFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("steward-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// Asks again and again until there is an answer, and gives up with `what` when `limit` has passed.
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(30), _ attempt: () async throws -> Value?
) async throws -> Value {
    let start = ContinuousClock.now
    while true {
        if let value = try await attempt() { return value }
        guard ContinuousClock.now - start < limit else { throw Failure("not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(50))
    }
}
