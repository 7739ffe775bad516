import Foundation
import StewardJSON
import Testing

/// The import from a real MLflow server, which is asked through MLflow's own client what is right.
///
/// MLflow is large, so it is installed and asked only where STEWARD_TEST_MLFLOW is set (`scripts/setup test`).
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STEWARD_TEST_MLFLOW"] != nil))
struct MLflowServerTests {
    @Test func everyVersionAndAliasArrivesOnceAndAChangeFollows() async throws {
        try await MLflowServer.run { server in
            let there = try await server.registry()
            let models = there["models"]?.members ?? []
            let versions = there["versions"]?.array ?? []
            #expect(models.count == 123 && versions.count == 326, "more than a page of each")
            try await Daemon.run { daemon in
                let arguments = ["mlflow", server.url, "--alias", "champion=production", "--output", "json"]
                let first = try await daemon.steward(arguments, seconds: 300)
                #expect(first.status == 0, "\(first)")
                try await Self.compare(daemon, versions)
                let route = try await daemon.client.json("/v1/deployments/fraud")["routes"]?.array?.first
                #expect(route?["targets"]?.array?.map { $0["version"] } == ["v204"])
                #expect(route?["environment"] == "production")

                let size = try await daemon.client.get("/v1/audit/checkpoint").text
                let again = try await daemon.steward(arguments, seconds: 300)
                #expect(again.status == 0)
                #expect(Set(try Self.steps(again).compactMap { $0["result"]?.string }) == ["unchanged"])
                #expect(
                    try await daemon.client.get("/v1/audit/checkpoint").text == size, "a second run adds no record")

                _ = try await server.registry("change")
                let changed = try await daemon.steward(arguments, seconds: 300)
                let done = try Self.steps(changed).filter { $0["result"] == "done" }.compactMap { $0["what"]?.string }
                #expect(done == ["register fraud v206", "promote fraud v205 in production"])
            }
        }
    }

    @Test func aServerThatAsksForAPasswordGetsIt() async throws {
        try await MLflowServer.run(withPassword: true) { server in
            try await Daemon.run { daemon in
                let refused = try await daemon.steward("mlflow", server.url)
                #expect(refused.status != 0)
                #expect(refused.error.contains("401") && refused.error.contains("MLFLOW_TRACKING_TOKEN"), "\(refused)")
                let environment = [
                    "STEWARD_URL": daemon.client.base.absoluteString, "STEWARD_TOKEN": daemon.client.token ?? "",
                    "MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": MLflowServer.password,
                ]
                let allowed = try await Program.run(
                    try Program.steward(), ["mlflow", server.url], environment: environment)
                #expect(allowed.status == 0, "\(allowed)")
                #expect(allowed.output.contains("no registered model"), "\(allowed)")
            }
        }
    }

    private static func steps(_ result: Program.Result) throws -> [JSONValue] {
        guard let answer = try? JSONValue(parsing: Array(result.output.utf8)) else {
            throw Failure("no JSON: \(result)")
        }
        return answer["steps"]?.array ?? []
    }

    /// What MLflow's client says of each version is what is registered here.
    private static func compare(_ daemon: Daemon, _ expected: [JSONValue]) async throws {
        var registered = 0
        for (deployment, versions) in Dictionary(grouping: expected, by: { $0["name"]?.string ?? "" }) {
            let path = "/v1/deployments/\(deployment.replacing("'", with: "%27").replacing(" ", with: "%20"))/versions"
            let here = try await daemon.client.json("\(path)?limit=1000")
            let rows = here["versions"]?.array ?? []
            #expect(rows.count == versions.count, "\(deployment)")
            registered += rows.count
            for version in versions.prefix(3) + versions.suffix(3) {
                let name = "v\(version["version"]?.string ?? "")"
                let row = try await daemon.client.json("\(path)/\(name)")
                #expect(row["spec"]?["source"] == version["source"], "\(deployment) \(name)")
                #expect(row["spec"]?["endpoint"]?.string == "models:/\(deployment)/\(version["version"]?.string ?? "")")
                #expect(
                    row["card"]?["purpose"]?.string ?? row["card"]?["fields"]?["purpose"]?.string
                        == version["description"]?.string, "\(deployment) \(name)")
            }
        }
        #expect(registered == expected.count)
    }
}

/// MLflow, on a port that was free, with an empty registry.
struct MLflowServer {
    let url: String
    static let password = "a-long-password-12"

    static func python() throws -> URL {
        let python = Repository.root.appendingPathComponent(".build/mlflow/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw Program.Missing(name: "mlflow", package: "python3-venv")
        }
        return python
    }

    static func run(withPassword: Bool = false, _ body: (MLflowServer) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let port = try LoopbackPort.free()
            let process = Process()
            process.executableURL = try python()
            process.arguments =
                [
                    "-m", "mlflow", "server", "--backend-store-uri", "sqlite:///\(folder.path)/mlflow.db",
                    "--default-artifact-root", "\(folder.path)/artifacts", "--host", "127.0.0.1", "--port", "\(port)",
                    "--workers", "1",
                ] + (withPassword ? ["--app-name", "basic-auth"] : [])
            process.environment = Program.environment.merging([
                "MLFLOW_AUTH_ADMIN_PASSWORD": password, "MLFLOW_FLASK_SERVER_SECRET_KEY": "any",
                "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            ]) { $1 }
            process.currentDirectoryURL = folder
            let log = folder.appendingPathComponent("log")
            try Data().write(to: log)
            process.standardOutput = try FileHandle(forWritingTo: log)
            process.standardError = process.standardOutput
            try process.run()
            defer {
                // It leads a group of processes that serve for it.
                Foundation.kill(-process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            let server = MLflowServer(url: "http://127.0.0.1:\(port)")
            let client = Client(base: try #require(URL(string: server.url)))
            _ = try await eventually("MLflow listens", within: .seconds(120)) {
                guard process.isRunning else {
                    throw Failure("MLflow did not start:\n\((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
                }
                return try? await client.get("/health").status == 200 ? true : nil
            }
            try await body(server)
        }
    }

    /// Fills the registry, or changes it, and says what MLflow's client reads back.
    func registry(_ change: String...) async throws -> JSONValue {
        let script = Repository.root.appendingPathComponent("Tests/EndToEndTests/Clients/mlflow_registry.py")
        let result = try await Program.run(
            try Self.python(), [script.path, url] + change, environment: ["MLFLOW_TRACKING_URI": url], seconds: 300)
        guard result.status == 0 else { throw Failure("MLflow's client failed: \(result)") }
        guard let answer = try? JSONValue(parsing: Array(result.output.utf8)) else {
            throw Failure("no JSON: \(result)")
        }
        return answer
    }
}
