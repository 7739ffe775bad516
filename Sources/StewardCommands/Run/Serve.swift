import ArgumentParser
import Foundation
import StewardDaemon
import StewardModel
import StewardPolicy

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon.",
        discussion: """
            Settings come from flags, then the environment (STEWARD_*), then the settings file, then defaults; \
            --print-config shows each with where it came from. The first start makes an admin token and prints it \
            once, with a link that logs you in to the dashboard.

            Example:
              steward serve
              steward serve --demo --listen 127.0.0.1:9090
              steward serve --config /etc/steward/steward.yaml --print-config
            """)

    @Option(help: "The settings file. (default: ./steward.yaml where there is one)")
    var config: String?

    @Option(help: "The folder that holds everything. (default: ./data)")
    var data: String?

    @Option(help: "Where to listen, as ADDRESS:PORT; port 0 takes a free one. (default: 127.0.0.1:8080)")
    var listen: String?

    @Option(help: "The folder of the dashboard's files. (default: ./dashboards)")
    var dashboards: String?

    @Option(help: "The folder of policies and prices. (default: ./policies)")
    var policies: String?

    @Option(name: .customLong("set"), help: "Any other setting, as NAME=VALUE; may be given again.")
    var assignments: [String] = []

    @Flag(help: "Add simulated traffic, marked as such, so that there is something to see.")
    var demo = false

    @Flag(help: "Print the effective settings and where each came from, and stop.")
    var printConfig = false

    func run() async throws {
        let settings = try resolve()
        let console = Console.live()
        if printConfig {
            console.output(settings.table)
            return
        }
        let daemon = Daemon(settings: settings, isDemo: demo) { Console.live().output($0 + "\n") }
        console.output("steward \(Daemon.version)\n")
        try await daemon.run()
    }

    private func resolve() throws -> Settings {
        var flags: [String: String] = [:]
        for assignment in assignments {
            guard let split = assignment.firstIndex(of: "=") else {
                throw ValidationError("--set wants NAME=VALUE, such as --set log.level=debug")
            }
            flags[String(assignment[..<split])] = String(assignment[assignment.index(after: split)...])
        }
        let own = ["data": data, "listen": listen, "dashboards": dashboards, "policies": policies]
        for (name, value) in own { if let value { flags[name] = value } }
        let settings = Settings.resolve(
            flags: flags, environment: ProcessInfo.processInfo.environment, file: try settingsFile())
        switch settings {
        case .success(let settings): return settings
        case .failure(let problems): throw StewardError(.configuration, problems.description)
        }
    }

    private func settingsFile() throws -> (path: String, text: String)? {
        let path = config ?? "steward.yaml"
        guard let data = FileManager.default.contents(atPath: path) else {
            if config == nil { return nil }
            throw StewardError(.configuration, "cannot read \(path)", field: "--config")
        }
        return (path, String(decoding: data, as: UTF8.self))
    }
}
