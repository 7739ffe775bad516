import Foundation
import StewardJSON

/// The real program with a data folder of its own, listening on a port that the system chose.
final class Daemon {
    let data: URL
    private(set) var client: Client
    private(set) var process: Process
    /// The link that the first start printed.
    let loginLink: String
    private let environment: [String: String]

    /// Starts a daemon for the time of `body` and ends it, by its process id, whatever happens.
    static func run<Value>(
        settings: [String: String] = [:], _ body: (Daemon) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryFolder { folder in
            let daemon = try await Daemon(data: folder.appendingPathComponent("data"), environment: settings)
            defer { daemon.kill() }
            return try await body(daemon)
        }
    }

    private init(data: URL, environment: [String: String]) async throws {
        self.data = data
        self.environment = environment
        let started = try await Self.start(data: data, environment: environment)
        guard let login = started.output.firstMatch(of: /login: (http\S+#token=(\S+))/) else {
            throw Failure("the first start printed no login link:\n\(started.output)")
        }
        process = started.process
        loginLink = String(login.1)
        client = Client(base: started.url, token: String(login.2))
    }

    /// Kills it as a crash would, and waits until the process is gone.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks it to end, and returns its exit status.
    func stop() async throws -> Int32 {
        Foundation.kill(process.processIdentifier, SIGTERM)
        let process = process
        return try await eventually("the daemon ends after SIGTERM") {
            process.isRunning ? nil : process.terminationStatus
        }
    }

    /// Starts it again on the same data folder; the port may be another.
    func restart() async throws {
        let started = try await Self.start(data: data, environment: environment)
        process = started.process
        client.base = started.url
    }

    /// Runs a verb of the command line against this daemon.
    func steward(_ arguments: String...) async throws -> Program.Result { try await steward(arguments) }

    func steward(_ arguments: [String], seconds: Int = 60) async throws -> Program.Result {
        try await Program.run(
            try Program.steward(), arguments,
            environment: ["STEWARD_URL": client.base.absoluteString, "STEWARD_TOKEN": client.token ?? ""],
            seconds: seconds)
    }

    /// Another person, with a token of this role.
    func client(role: String, deployment: String? = nil) async throws -> Client {
        let scope = deployment.map { ",\"deployment\":\"\($0)\"" } ?? ""
        let name = "\(role)-\(UUID().uuidString)"
        let made = try await client.posted(
            "/v1/tokens", "{\"name\":\"\(name)\",\"owner\":\"\(name)\",\"roles\":[\"\(role)\"]\(scope)}", status: 201)
        return Client(base: client.base, token: made["token"]?.string)
    }

    private static func start(
        data: URL, environment: [String: String]
    ) async throws -> (process: Process, url: URL, output: String) {
        let log = data.deletingLastPathComponent().appendingPathComponent("log-\(UUID().uuidString)")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = try Program.steward()
        process.arguments = ["serve", "--data", data.path, "--listen", "127.0.0.1:0"]
        process.environment = Program.environment.merging(environment) { $1 }
        process.currentDirectoryURL = Repository.root
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = process.standardOutput
        try process.run()
        do {
            let url = try await eventually("the daemon listens") { () throws -> URL? in
                let output = try String(contentsOf: log, encoding: .utf8)
                guard process.isRunning else { throw Failure("the daemon did not start:\n\(output)") }
                let address = output.firstMatch(of: /listening on (http:\/\/127\.0\.0\.1:\d+)\s/)
                return address.flatMap { URL(string: String($0.1)) }
            }
            let client = Client(base: url)
            _ = try await eventually("the daemon is ready") {
                try? await client.get("/readyz").status == 200 ? true : nil
            }
            return (process, url, try String(contentsOf: log, encoding: .utf8))
        } catch {
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw error
        }
    }
}
