import ArgumentParser
import StewardJSON
import StewardPolicy

struct PolicySchema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of policy files, for editors.",
        discussion: """
            Editors with the YAML language server complete and check what begins with the line \
            "# yaml-language-server: $schema=PATH". Steward itself checks more: steward policy check.

            Example:
              steward policy schema > policies/schema.json
            """)

    @Flag(help: "Of .test.yaml files instead.")
    var tests = false

    func run() throws {
        let schema = tests ? PolicyTestFile.schema : PolicyDocument.schema
        Console.live().output(String(decoding: schema.pretty, as: UTF8.self))
    }
}
