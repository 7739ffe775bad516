import ArgumentParser
import StewardJSON
import StewardModel

struct Approvals: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what waits for people to agree.",
        discussion: """
            Example:
              steward approvals
            """)

    @OptionGroup var options: DaemonOptions

    func run() throws { try options.session().show(.get("approvals"), Self.report) }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let open = answer.rows("approvals").filter { $0["status"]?.string == "open" }
        let rollouts = answer.rows("rollouts")
        guard !open.isEmpty || !rollouts.isEmpty else { return "Nothing waits for anybody.\n" }
        func people(_ approval: JSONValue) -> String {
            let names = approval.rows("approved_by").compactMap(\.string)
            return names.isEmpty ? Humanize.absent : names.joined(separator: ", ")
        }
        return page.table(
            [
                .left("ID"), .left("DEPLOYMENT"), .left("VERSION"), .left("ASKED BY"), .left("ASKED"),
                .left("APPROVED BY"), .left("WHY"),
            ],
            open.map { approval in
                [
                    approval.cell("id", .strong),
                    Cell("\(approval.text("deployment"))/\(approval.text("environment"))"), approval.cell("version"),
                    approval.cell("requested_by"), approval.ago("requested", page), Cell(people(approval)),
                    approval.cell("reason"),
                ]
            }
                + rollouts.map { rollout in
                    [
                        rollout.cell("id", .strong),
                        Cell("\(rollout.text("deployment"))/\(rollout.text("environment"))"),
                        rollout.cell("version"), rollout.cell("started_by"), rollout.ago("started", page),
                        Cell(Humanize.absent), Cell("next step of the rollout"),
                    ]
                })
    }
}

struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Agree to a promotion, or to a rollout's next step, that somebody else asked for.",
        discussion: """
            Example:
              steward approve A17
              steward approve A17 --reject --reason "the evaluation is from last month"
            """)

    @Argument(help: "The request's or rollout's id, as 'steward approvals' shows it.")
    var id: String

    @Flag(help: "Refuse it instead.")
    var reject = false

    @OptionGroup var reasonOption: ReasonOption
    @OptionGroup var options: DaemonOptions

    func run() throws {
        try options.session().show(
            .send(
                "POST", "approvals", id, reject ? "reject" : "approve",
                body: ["reason": reasonOption.reason.map { .string($0) }]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let names = answer.rows("approved_by").compactMap(\.string).joined(separator: ", ")
        let by = names.isEmpty ? "" : " Approved by \(names)."
        let place = "\(answer.text("deployment")) \(answer.text("version")) in \(answer.text("environment"))"
        return page.renderer.paint("✓", .good) + " " + Cell.printable("\(answer.text("id")): \(place).\(by)") + "\n"
    }
}
