import ArgumentParser
import StewardJSON
import StewardModel

struct TokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token. It is shown once and only its hash is kept.",
        discussion: """
            Roles: ingest sends events; viewer looks; auditor also reads the audit log; operator also governs; admin \
            does everything.

            Example:
              steward token create --name support-bot --role ingest --expires 90d
              steward token create --name first-admin --role admin --data ./data

            The second one needs no daemon.
            """)

    @Option(help: "Whom or what the token is for.")
    var name: String

    @Option(help: "Its roles, joined by commas: \(RoleList.all).")
    var role: RoleList

    @Option(name: .shortAndLong, help: "The one deployment it is good for. (default: all)")
    var deployment: String?

    @Option(help: "When it ends: a span such as 90d, or a time such as 2027-01-01T00:00:00Z. (default: never)")
    var expires: String?

    @Option(help: "Who holds it: tokens of one owner are one pair of eyes for approvals. (default: you)")
    var owner: String?

    @Option(help: "Make it in this data folder, without a daemon; none may be running on it.")
    var data: String?

    @OptionGroup var options: DaemonOptions

    func validate() throws {
        guard data == nil || (deployment == nil && expires == nil && owner == nil) else {
            throw ValidationError("--data makes a token without limits; leave out --deployment, --expires and --owner.")
        }
    }

    func run() async throws {
        if let data {
            let created = try await offlineTokenCreate(dataFolder: data, name: name, roles: role.roles)
            let console = Console.live()
            switch options.outputOptions.output {
            case .json: console.output(String(decoding: created.json.pretty, as: UTF8.self))
            case .table:
                console.output(Self.report(created.json, Page(renderer: console.outputRenderer, now: console.now())))
            }
            return
        }
        let session = try options.session()
        let end = try expires.map { try Instant.after(session.console.now(), $0, field: "--expires").rfc3339 }
        try session.show(
            .send(
                "POST", "tokens",
                body: [
                    "name": .string(name), "roles": .array(role.roles.map { .string($0.rawValue) }),
                    "owner": owner.map { .string($0) },
                    "deployment": deployment.map { .string($0) }, "expires": end.map { .string($0) },
                ]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let roles = answer.rows("roles").compactMap(\.string).joined(separator: ", ")
        return page.renderer.facts([
            ("Token", answer.cell("token", .strong)), ("Name", answer.cell("name")), ("Roles", Cell(roles)),
            ("Id", answer.cell("id")),
        ]) + page.note("Keep it now: it is not shown again.")
    }
}

/// A token that was just made; its text exists nowhere else.
package struct CreatedToken: Sendable, Equatable {
    package var id: String
    package var name: String
    package var roles: [Role]
    package var token: String

    package init(id: String, name: String, roles: [Role], token: String) {
        self.id = id
        self.name = name
        self.roles = roles
        self.token = token
    }

    /// As `POST /v1/tokens` answers.
    var json: JSONValue {
        [
            "id": .string(id), "name": .string(name), "roles": .array(roles.map { .string($0.rawValue) }),
            "token": .string(token),
        ]
    }
}

/// Roles joined by commas, each once.
struct RoleList: ExpressibleByArgument, Equatable {
    var roles: [Role]

    static var all: String { Role.allCases.map(\.rawValue).joined(separator: ", ") }

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false)
        let roles = names.compactMap { Role(rawValue: String($0)) }
        guard roles.count == names.count, Set(roles).count == roles.count else { return nil }
        self.roles = roles
    }
}
