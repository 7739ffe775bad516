import ArgumentParser

struct BiasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bias-audit",
        abstract: "Audit what is decided about groups of people, and look at audits made.",
        subcommands: [BiasAuditRun.self, BiasAuditList.self, BiasAuditOverride.self, BiasAuditProbe.self])
}
