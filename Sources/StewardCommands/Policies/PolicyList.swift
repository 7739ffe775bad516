import ArgumentParser
import StewardJSON
import StewardModel

struct PolicyList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the loaded policies and what each says about every route right now.",
        discussion: """
            Inconclusive means that there is not enough evidence yet: it is no pass.

            Example:
              steward policy list
            """)

    @OptionGroup var options: DaemonOptions

    func run() throws { try options.session().show(.get("policies"), Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let policies = answer.rows("policies")
        guard !policies.isEmpty else { return "No policies are loaded. Put YAML files into the policies folder.\n" }
        let refused = answer["refused"].map { refusal in
            page.heading("The files were changed, and what they say is not in force:")
                + Cell.printable(refusal.text("problems")) + "\n\n"
        }
        return (refused ?? "")
            + policies.map { policy in
                let facts = [policy.text("kind"), policy["mode"]?.string, policy.text("file")].compactMap { $0 }
                let title = "\(policy.text("name")) (\(facts.joined(separator: ", ")))"
                let summary = policy["summary"]?.string.map { Cell.printable($0) + "\n" } ?? ""
                let states = policy.rows("states")
                let isJudging = policy.text("kind") == "rollback"
                return page.heading(Cell.printable(title)) + summary
                    + (states.isEmpty
                        ? isJudging ? page.note("Not evaluated yet: no route matches it.") : "" : table(states, page))
            }.joined(separator: "\n")
    }

    private static func table(_ states: [JSONValue], _ page: Page) -> String {
        page.table(
            [
                .left("DEPLOYMENT"), .left("VERSION"), .left("VERDICT"), .right("MEASURED"), .right("THRESHOLD"),
                .right("EVENTS"), .left("EVALUATED"), .left("WHY"),
            ],
            states.map { state in
                func number(_ name: String) -> Cell {
                    Cell(state[name]?.double.map { Humanize.number($0) } ?? Humanize.absent)
                }
                return [
                    Cell("\(state.text("deployment"))/\(state.text("environment"))"), state.cell("version"),
                    verdict(state), number("value"), number("threshold"), state.count("sample_size"),
                    state.ago("evaluated", page), state.cell("reason"),
                ]
            })
    }

    private static func verdict(_ state: JSONValue) -> Cell {
        let tone: Tone =
            switch state.text("verdict") {
            case Verdict.pass.rawValue: .good
            case Verdict.fail.rawValue: .bad
            default: .warning
            }
        return state.cell("verdict", tone)
    }
}
