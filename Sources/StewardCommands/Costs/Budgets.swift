import ArgumentParser
import StewardJSON
import StewardModel

struct Budgets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every budget and where it stands.",
        discussion: """
            Budgets are files below policies/; policies/README.md has the fields.

            Example:
              steward budgets
            """)

    @OptionGroup var options: DaemonOptions

    func run() throws { try options.session().show(.get("budgets"), Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let budgets = answer.rows("budgets")
        guard !budgets.isEmpty else { return "No budgets. Add a file with `kind: budget` to policies/budgets.\n" }
        return page.table(
            [
                .left("BUDGET"), .left("OF"), .left("MODE"), .left("ACTION"), .right("SPENT"), .right("LIMIT"),
                .right("%"), .right("HELD"), .right("REFUSED"), .left("WINDOW ENDS"),
            ],
            budgets.map { budget in
                let percent = budget["percent"]?.int64 ?? 0
                let held = Nanodollars(budget["reserved_nanodollars"]?.int64 ?? 0)
                return [
                    budget.cell("budget"), Cell(budget["member"]?.string ?? "all"), budget.cell("mode"),
                    budget.cell("action"), Cell("$" + budget.text("spent_usd")), Cell("$" + budget.text("limit_usd")),
                    Cell("\(percent)", percent >= 100 ? .bad : percent >= 80 ? .warning : .plain),
                    Cell("$" + held.dollars), budget.count("refused"), Cell(budget.text("window_end")),
                ]
            })
    }
}
