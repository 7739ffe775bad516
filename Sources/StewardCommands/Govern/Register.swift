import ArgumentParser
import StewardJSON
import StewardModel
import StewardPolicy

struct Register: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Register a version of a deployment from a file.",
        discussion: """
            The file is YAML or JSON: provider, model, endpoint, parameters, prompt. Its name, or --name, names the \
            version. The same recipe again is the same version; a changed one is a new version.

            Example:
              steward register support-bot --spec v7.yaml

              # v7.yaml
              name: v7
              provider: openai
              model: gpt-4.1-mini
              parameters: {temperature: 0.2}
              prompt: You answer customers of Example Ltd.
            """)

    @Argument(help: "The deployment; made if there is none of that name.")
    var deployment: String

    @Option(help: "The file that describes the version.")
    var spec: String

    @Option(help: "Name of the version. (default: the file's name: key, else one the daemon chooses)")
    var name: String?

    @OptionGroup var options: DaemonOptions

    func run() throws {
        let recipe = try VersionFile(file: spec, text: try Files.text(spec))
        let name = name ?? recipe.name
        try options.session().show(
            .send(
                "POST", "deployments", deployment, "versions",
                body: ["name": name.map { .string($0) }, "spec": recipe.spec]), Self.report)
    }

    static func report(_ answer: JSONValue, _ page: Page) -> String {
        let what = Cell.printable("\(answer.text("deployment")) \(answer.text("version"))")
        let isNew = answer["created"]?.bool == true
        return page.renderer.paint("✓", .good)
            + (isNew ? " Registered \(what)" : " This recipe is registered already: \(what)")
            + " (\(answer.cell("digest").text)).\n"
    }
}

/// A version's recipe as read from a file. `name` (or `version`) names it and is no part of the recipe.
struct VersionFile: Equatable {
    var name: String?
    var spec: JSONValue

    init(file: String, text: String) throws {
        let document: JSONValue
        switch YAMLNode.parse(file: file, text: text) {
        case .success(let node): document = node.json
        case .failure(let problems): throw StewardError(.invalidInput, problems.description)
        }
        guard let members = document.members else {
            throw StewardError(
                .invalidInput, "must hold keys such as provider and model, not \(document.kindDescription)", field: file
            )
        }
        let isName = { (member: JSONValue.Member) in member.name == "name" || member.name == "version" }
        let names = members.filter(isName)
        guard names.count <= 1 else {
            throw StewardError(
                .invalidInput, "has both a name and a version; keep one, they mean the same", field: file)
        }
        if let given = names.first {
            guard let text = given.value.string else {
                throw StewardError(
                    .invalidInput, "must be text, not \(given.value.kindDescription); put it in quotes",
                    field: "\(file): \(given.name)")
            }
            name = text
        }
        spec = .object(members.filter { !isName($0) })
    }
}
