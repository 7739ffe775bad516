import ArgumentParser

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check policy files, and show what the loaded policies say right now.",
        subcommands: [
            PolicyCheck.self, PolicyTest.self, PolicySchema.self, PolicyList.self, PolicyReload.self,
            PolicyReplayVerb.self, PolicySimulate.self,
        ])
}
