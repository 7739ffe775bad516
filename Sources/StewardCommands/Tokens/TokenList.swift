import ArgumentParser
import StewardJSON
import StewardModel

struct TokenList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tokens: their names and roles, never the tokens themselves.",
        discussion: """
            Example:
              steward token list
            """)

    @OptionGroup var options: DaemonOptions

    func run() throws { try options.session().show(.get("tokens"), Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let tokens = answer.rows("tokens")
        guard !tokens.isEmpty else { return "No tokens. Make one: steward token create --name NAME --role ROLE\n" }
        return page.table(
            [.left("ID"), .left("NAME"), .left("ROLES"), .left("DEPLOYMENT"), .left("CREATED"), .left("EXPIRES")],
            tokens.map { token in
                [
                    token.cell("id"), token.cell("name", .strong),
                    Cell(token.rows("roles").compactMap(\.string).joined(separator: ", ")),
                    Cell(token["deployment"]?.string ?? "all"), token.ago("created", page), expiry(token, page),
                ]
            })
    }

    private static func expiry(_ token: JSONValue, _ page: Page) -> Cell {
        guard let end = token.time("expires") else { return Cell("never") }
        return Cell(Humanize.ago(end, now: page.now), end <= page.now ? .bad : .plain)
    }
}
