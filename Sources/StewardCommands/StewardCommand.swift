import ArgumentParser
import Foundation
import StewardModel

/// The root of the command line: `steward VERB …`.
package struct StewardCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "steward",
        abstract: "Keeps language models in production honest.",
        discussion: """
            Verbs talk to the daemon at --url with the token in $STEWARD_TOKEN. Try:

              steward status
              steward tail --deployment support-bot --errors
              steward promote support-bot v7 --reason "passed the weekly evaluation"

            Exit status: 0 done, 1 the answer is no (refused, failed a check), 2 wrong usage or sign-in, 3 the daemon \
            cannot be reached.
            """,
        version: "steward \(version)",
        groupedSubcommands: [
            CommandGroup(name: "Run", subcommands: [Serve.self, Fsck.self, BenchCommand.self]),
            CommandGroup(
                name: "Look",
                subcommands: [
                    Status.self, Tail.self, Deployments.self, Findings.self, Watch.self, CostsCommand.self,
                    Budgets.self,
                ]),
            CommandGroup(
                name: "Govern",
                subcommands: [
                    Register.self, Versions.self, Describe.self, Attach.self, Deprecate.self, RouteCommand.self,
                    Promote.self, Rollback.self, Freeze.self, Unfreeze.self, Disable.self, Enable.self,
                    RolloutCommand.self, Approvals.self, Approve.self, Experiments.self, History.self,
                    BaselineCommand.self, PolicyCommand.self,
                ]),
            CommandGroup(name: "Audit", subcommands: [AuditCommand.self, BiasCommand.self, Report.self]),
            CommandGroup(name: "Data", subcommands: [Import.self, MLflowCommand.self, RetentionCommand.self]),
            CommandGroup(name: "Files", subcommands: [Drift.self, Anomalies.self, Fairness.self]),
            CommandGroup(name: "Access", subcommands: [TokenCommand.self]),
        ])

    /// The release this is built as.
    package static let version = "0.1.0"

    package init() {}

    /// Parses and runs a command line, prints what went wrong, and returns the exit status.
    package static func execute(_ arguments: [String]) async -> Int32 {
        // A closed pipe is an error of the write that met it, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let console = Console.live()
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return Failure(error).report(on: console)
        }
    }
}

/// What an error means to whoever called the program: its exit status and what is printed.
struct Failure {
    var status: Int32
    var text: String
    var isHelp = false

    init(_ error: any Error) {
        switch error {
        case let error as StewardError:
            status = error.code.exitStatus
            text = "steward: \(error)\n" + error.gateTable + (Self.advice(error).map { "\($0)\n" } ?? "")
        case let code as ExitCode:
            status = code.rawValue
            text = ""
        default:
            let code = StewardCommand.exitCode(for: error)
            isHelp = code.isSuccess
            status = isHelp ? 0 : code == .validationFailure ? 2 : 1
            let message = StewardCommand.fullMessage(for: error)
            text = (message.hasPrefix("Error: ") ? "steward: " + message.dropFirst(7) : message) + "\n"
        }
    }

    func report(on console: Console) -> Int32 {
        if !text.isEmpty { (isHelp ? console.output : console.error)(text) }
        return status
    }

    /// The second line of an error: what to do, where the message cannot know it.
    static func advice(_ error: StewardError) -> String? {
        switch error.code {
        case .unreachable: "Is it running? Start it with 'steward serve', or give its address with --url."
        case .unauthenticated: "Give a token with STEWARD_TOKEN or --token; 'steward token create' makes one."
        case .forbidden: "Use a token that has the role for it; 'steward token list' shows who has which."
        case .overloaded: error.retryAfterSeconds.map { "Try again in \(Humanize.duration(seconds: Int64($0)))." }
        default: nil
        }
    }
}
