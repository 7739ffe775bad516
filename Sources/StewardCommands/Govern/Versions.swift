import ArgumentParser
import StewardJSON
import StewardModel

struct Versions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the versions of a deployment, or show one in full.",
        discussion: """
            Example:
              steward versions support-bot
              steward versions support-bot v7
            """)

    @Argument(help: "The deployment.")
    var deployment: String

    @Argument(help: "A version to show in full.")
    var version: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        if let version {
            try options.session().show(.get("deployments", deployment, "versions", version), Self.detail)
        } else {
            try options.session().show(.get("deployments", deployment, "versions"), Self.list)
        }
    }

    static func list(_ answer: JSONValue, _ page: Page) -> String {
        let versions = answer.rows("versions")
        guard !versions.isEmpty else {
            return "No versions are registered. Register one: steward register NAME --spec FILE\n"
        }
        return page.table(
            [.left("VERSION"), .left("PROVIDER"), .left("MODEL"), .left("REGISTERED"), .left("DIGEST")],
            versions.map { version in
                let spec = version["spec"] ?? .null
                return [
                    version.cell("version", .strong), spec.cell("provider"), spec.cell("model"),
                    version.ago("registered", page), Cell(shortDigest(version), .faint),
                ]
            })
    }

    static func detail(_ answer: JSONValue, _ page: Page) -> String {
        let facts = page.renderer.facts([
            ("Deployment", answer.cell("deployment")), ("Version", answer.cell("version", .strong)),
            ("Digest", answer.cell("digest")),
            ("Registered", Cell("\(answer.ago("registered", page).text) (\(answer.text("registered")))")),
        ])
        let spec = String(decoding: (answer["spec"] ?? .null).pretty, as: UTF8.self)
        return facts + "\n" + page.heading("Specification") + spec
    }

    /// The first twelve hexadecimal digits: enough to tell versions apart by eye.
    private static func shortDigest(_ version: JSONValue) -> String {
        let digest = version.text("digest")
        return String((digest.split(separator: ":").last ?? "").prefix(12))
    }
}
