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
        var known: [(String, Cell)] = [
            ("Deployment", answer.cell("deployment")), ("Version", answer.cell("version", .strong)),
            ("Digest", answer.cell("digest")),
            ("Registered", Cell("\(answer.ago("registered", page).text) (\(answer.text("registered")))")),
        ]
        if answer["deprecated"]?.string != nil {
            let end = answer["end_of_life"]?.string.map { ", ends \($0)" } ?? ""
            let next = answer["successor"]?.string.map { ", use \($0)" } ?? ""
            known.append(("Deprecated", Cell("since \(answer.text("deprecated"))\(end)\(next)", .warning)))
        }
        for field in answer["card"]?.members ?? [] {
            let name = field.name.replacing("_", with: " ")
            known.append((name.prefix(1).uppercased() + name.dropFirst(), Cell(field.value.string ?? Humanize.absent)))
        }
        for result in answer.rows("evaluations") {
            let score = result["score"]?.double.map { Humanize.number($0) } ?? Humanize.absent
            let size = result["sample_size"]?.int64.map { " of \(Humanize.count($0, "case"))" } ?? ""
            let place = result["reference"]?.string.map { ", \($0)" } ?? ""
            known.append(("Evaluation", Cell("\(result.text("name")) \(score)\(size)\(place)")))
        }
        let facts = page.renderer.facts(known)
        let spec = String(decoding: (answer["spec"] ?? .null).pretty, as: UTF8.self)
        return facts + "\n" + page.heading("Specification") + spec
    }

    /// The first twelve hexadecimal digits: enough to tell versions apart by eye.
    private static func shortDigest(_ version: JSONValue) -> String {
        let digest = version.text("digest")
        return String((digest.split(separator: ":").last ?? "").prefix(12))
    }
}
