import ArgumentParser
import Foundation
import StewardCurl
import StewardJSON
import StewardModel

struct MLflowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlflow",
        abstract: "Import registered models, versions and aliases from an MLflow server.",
        discussion: """
            Reads the server's REST API, with MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and \
            MLFLOW_TRACKING_PASSWORD, where they are set. A registered model becomes a deployment, its version 3 the \
            version v3, and an alias named by --alias a promotion, which passes the gates like any other. Running it \
            again changes only what has changed there.

            Example:
              steward mlflow http://127.0.0.1:5000 --alias champion=production
              steward mlflow http://127.0.0.1:5000 --model fraud --dry-run
            """)

    @Argument(help: "The server's address.")
    var server: String

    @Option(help: "Only this registered model; may be repeated. (default: all)")
    var model: [String] = []

    @Option(help: "ALIAS=ENVIRONMENT: what the alias points to serves there; may be repeated.")
    var alias: [String] = []

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let console = Console.live()
        let address = server.hasSuffix("/") ? String(server.dropLast()) : server
        let curl = try HTTPClient(peer: "the MLflow server")
        let reader = MLflowReader(server: address, credentials: Self.credentials(console.environment), send: curl.send)
        let plan = MLflowPlan(
            try reader.registry(only: model), environments: try Self.environments(alias), server: address)
        let outcome = try dryRun ? MLflowImport.planned(plan) : MLflowImport.run(plan, options.session().daemon)
        switch options.outputOptions.output {
        case .json: console.output(String(decoding: outcome.pretty, as: UTF8.self))
        case .table:
            console.output(MLflowImport.report(outcome, Page(renderer: console.outputRenderer, now: console.now())))
        }
        if outcome["ok"]?.bool != true { throw ExitCode(1) }
    }

    static func environments(_ pairs: [String]) throws -> [String: String] {
        var result: [String: String] = [:]
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
                throw StewardError(
                    .invalidInput, "'\(pair)' is no pair; write --alias champion=production", field: "--alias")
            }
            result[parts[0]] = parts[1]
        }
        return result
    }

    /// As MLflow's own client reads them.
    static func credentials(_ environment: [String: String]) -> String? {
        if let token = environment["MLFLOW_TRACKING_TOKEN"], !token.isEmpty { return "Bearer \(token)" }
        guard let user = environment["MLFLOW_TRACKING_USERNAME"], !user.isEmpty else { return nil }
        let pair = "\(user):\(environment["MLFLOW_TRACKING_PASSWORD"] ?? "")"
        return "Basic \(Data(pair.utf8).base64EncodedString())"
    }
}

/// Reads a registry page by page.
struct MLflowReader {
    var server: String
    var credentials: String?
    var send: (HTTPRequest) throws -> HTTPResponse

    /// Pages of one listing; a server that never ends is not followed for ever.
    static let mostPages = 1000

    /// - Parameter only: names of registered models; empty for all.
    func registry(only names: [String]) throws -> MLflowRegistry {
        var registry = MLflowRegistry()
        registry.models = try pages("registered-models/search", [("max_results", "100")]) { page in
            let (models, next) = MLflowRegistry.models(page)
            return (models.filter { names.isEmpty || names.contains($0.name) }, next)
        }
        for name in names where !registry.models.contains(where: { $0.name == name }) {
            throw StewardError(.notFound, "the MLflow server has no registered model '\(name)'", field: "--model")
        }
        for index in registry.models.indices {
            let name = registry.models[index].name
            // Its filters know no escapes, but two kinds of quotes; with both in it the name can be no deployment's.
            guard !name.contains("'") || !name.contains("\"") else { continue }
            let quote = name.contains("'") ? "\"" : "'"
            registry.models[index].versions = try pages(
                "model-versions/search", [("filter", "name=\(quote)\(name)\(quote)"), ("max_results", "200")],
                MLflowRegistry.versions)
        }
        return registry
    }

    private func pages<Row>(
        _ path: String, _ query: [(String, String)], _ read: (JSONValue) -> ([Row], String?)
    ) throws -> [Row] {
        var (rows, token) = ([Row](), String?.none)
        for _ in 0..<Self.mostPages {
            var items = query.map { (name: $0.0, value: String?.some($0.1)) }
            items.append((name: "page_token", value: token))
            let page = try get(path, items)
            let (more, next) = read(page)
            rows += more
            guard let next else { return rows }
            token = next
        }
        throw StewardError(.tooLarge, "the MLflow server's answer has more than \(Self.mostPages) pages")
    }

    private func get(_ path: String, _ query: [(name: String, value: String?)]) throws -> JSONValue {
        let target = DaemonClient.Call.text(of: query)
        let headers = [HTTPHeader("Accept", "application/json")]
        let response = try send(
            HTTPRequest(
                "GET", "\(server)/api/2.0/mlflow/\(path)\(target)",
                headers: headers + (credentials.map { [HTTPHeader("Authorization", $0)] } ?? [])))
        guard response.isSuccess else {
            let answer = try? JSONValue(parsing: response.body)
            let message = answer?["message"]?.string ?? "it answered \(response.status)"
            let isLocked = response.status == 401 || response.status == 403
            let hint = isLocked ? "; set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD" : ""
            throw StewardError(
                isLocked ? .unauthenticated : .refused, "the MLflow server refused \(path): \(message)\(hint)",
                field: server)
        }
        return try DaemonClient.json(response.body, from: server)
    }
}
