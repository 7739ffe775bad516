import ArgumentParser

struct CostsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "costs",
        abstract: "What was spent, and whether it is right.",
        discussion: """
            Example:
              steward costs --group-by team,model --since 30d
              steward costs reprice --since 30d --dry-run
            """,
        subcommands: [
            Costs.self, CostsReprice.self, CostsReconcile.self, CostsUnits.self, CostsForecast.self, CostsIdle.self,
            CostsStatement.self,
        ],
        defaultSubcommand: Costs.self)
}
