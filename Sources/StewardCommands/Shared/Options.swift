import ArgumentParser
import StewardCurl
import StewardModel

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

struct OutputOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "How to print the answer: 'table' for people, 'json' exactly as the daemon gave it, for programs.")
    var output: OutputFormat = .table
}

/// How to reach the daemon.
struct DaemonOptions: ParsableArguments {
    @Option(help: "Address of the daemon. (default: $STEWARD_URL, or http://127.0.0.1:8080)")
    var url: String?

    @Option(
        help: "Token to sign in with. (default: $STEWARD_TOKEN, which keeps it out of the list of processes)")
    var token: String?

    @OptionGroup var outputOptions: OutputOptions

    static let defaultURL = "http://127.0.0.1:8080"

    /// A session with the daemon, on the process's own console.
    func session() throws -> Session {
        let console = Console.live()
        let client = try HTTPClient(peer: "the daemon")
        return Session(
            daemon: DaemonClient(
                url: url ?? console.environment["STEWARD_URL"] ?? Self.defaultURL,
                token: token ?? console.environment["STEWARD_TOKEN"], send: client.send),
            console: console, format: outputOptions.output)
    }
}

struct EnvironmentOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "Environment whose route is meant.")
    var environment = "production"
}

struct ReasonOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "Why: kept in the history and in the audit log.")
    var reason: String?
}
