import ArgumentParser
import StewardJSON
import StewardModel
import StewardPolicy

extension Experiments {
    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start an experiment from a file that declares it.",
            discussion: """
                What is declared before the first request does not change after it: the arms (the first is the \
                control), the unit that keeps a caller in one arm, the primary metric and which direction is better, \
                guardrails that take everybody back at once, and the sample from which on the rule may speak. With a \
                maximum_sample the rule speaks at a few planned looks, and finds smaller differences. \
                policies/README.md has all fields.

                Example:
                  steward experiments start support-bot prompt.yaml

                  # prompt.yaml
                  name: shorter-prompt
                  question: Does the shorter prompt fail less often?
                  arms: [{version: v1, weight: 1}, {version: v2, weight: 1}]
                  unit: session
                  primary: error_rate
                  better: lower
                  guardrails: [{metric: latency_p95_seconds, above: 4}]
                  minimum_sample: 500
                  maximum_sample: 20000
                """)

        @Argument(help: "The deployment.")
        var deployment: String

        @Argument(help: "The file that declares it, YAML or JSON.", completion: .file())
        var file: String

        @OptionGroup var environmentOption: EnvironmentOption
        @OptionGroup var reasonOption: ReasonOption
        @OptionGroup var options: DaemonOptions

        func run() throws {
            let document = try Self.document(file, try Files.text(file))
            let body = try Self.body(
                file, document, environment: environmentOption.environment, reason: reasonOption.reason)
            do {
                try options.session().show(
                    DaemonClient.Call(
                        method: "POST", path: ["deployments", deployment, "experiments"], body: body.text)
                ) { answer, page in
                    let text = Cell.printable("\(answer.text("id")) has begun in \(answer.text("environment"))")
                    return page.renderer.paint("✓", .good) + " \(text). Audit record \(answer.count("record").text).\n"
                        + page.note("Read it: steward experiments show \(deployment) \(answer.text("id"))")
                }
            } catch let error as StewardError {
                throw Self.placed(error, file, document)
            }
        }

        static func document(_ file: String, _ text: String) throws -> YAMLNode {
            switch YAMLNode.parse(file: file, text: text) {
            case .success(let node): return node
            case .failure(let problems): throw StewardError(.invalidInput, problems.description)
            }
        }

        static func body(
            _ file: String, _ document: YAMLNode, environment: String, reason: String?
        ) throws -> JSONValue {
            guard let members = document.json.members else {
                throw StewardError(.invalidInput, "must hold keys such as name and arms", field: file)
            }
            var extra: [JSONValue.Member] = [.init(name: "environment", value: .string(environment))]
            if let reason { extra.append(.init(name: "reason", value: .string(reason))) }
            return .object(members.filter { member in !extra.contains { $0.name == member.name } } + extra)
        }

        /// What the daemon says of a field, with the place where the file has it.
        static func placed(_ error: StewardError, _ file: String, _ document: YAMLNode) -> StewardError {
            guard [.invalidInput, .refused, .notFound].contains(error.code), let field = error.field,
                let place = document.place(of: field)
            else { return error }
            var placed = error
            placed.field = "\(file):\(place.line):\(place.column): \(field)"
            return placed
        }
    }
}
