import ArgumentParser

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke the tokens that people and programs sign in with.",
        subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])
}
