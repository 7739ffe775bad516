import ArgumentParser
import StewardJSON
import StewardModel

struct TokenRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End a token at once.",
        discussion: """
            Example:
              steward token revoke tok_8f2c      (the id: steward token list)
            """)

    @Argument(help: "Id of the token, as 'steward token list' shows it.")
    var id: String

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let session = try options.session()
        let call = DaemonClient.Call(method: "DELETE", path: ["tokens", id])
        let body = try session.daemon.bytes(call)
        switch session.format {
        case .json:
            // The answer may be empty (204), which is no JSON.
            let answer =
                body.isEmpty ? ["id": .string(id), "revoked": true] : try DaemonClient.json(body, from: "the daemon")
            session.console.output(String(decoding: answer.pretty, as: UTF8.self))
        case .table:
            session.console.output(
                session.console.outputRenderer.paint("✓", .good) + " Token \(Cell.printable(id)) is revoked.\n")
        }
    }
}
