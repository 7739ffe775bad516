import ArgumentParser
import StewardDaemon
import StewardJSON
import StewardStore

struct Fsck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that the store is what it says it is.",
        discussion: """
            Derives every rollup and every sum of money again from the stored events, compares ids, and holds the \
            audit log against its signed checkpoint. The daemon must not be running on the folder. Exit status 1 when \
            something differs.

            Example:
              steward fsck --data ./data
            """)

    @Option(help: "The data folder.")
    var data = "./data"

    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        let checks = try await OfflineFolder(path: data, mayCreate: false).fsck()
        let isSound = checks.allSatisfy(\.problems.isEmpty)
        let console = Console.live()
        switch outputOptions.output {
        case .json:
            let json: JSONValue = [
                "ok": .bool(isSound),
                "checks": .array(
                    checks.map { check in
                        [
                            "name": .string(check.name), "scope": .string(check.scope),
                            "problems": .array(check.problems.map { .string($0) }),
                        ]
                    }),
            ]
            console.output(String(decoding: json.pretty, as: UTF8.self))
        case .table:
            for check in checks {
                console.output("\(check.problems.isEmpty ? "✓" : "✗") \(check.name): \(check.scope)\n")
                for problem in check.problems { console.output("    \(problem)\n") }
            }
            console.output(isSound ? "All is as it says.\n" : "The store differs from its events.\n")
        }
        if !isSound { throw ExitCode(1) }
    }
}
