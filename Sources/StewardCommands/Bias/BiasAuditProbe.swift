import ArgumentParser
import StewardCurl
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics

struct BiasAuditProbe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Ask a model the same with a name, gender or religion swapped.",
        discussion: """
            Every request of the suite is sent both ways to an OpenAI-compatible endpoint, the answers are scored by \
            the suite's rules, and the pairs are tested: McNemar for yes or no, Wilcoxon for numbers, with Holm's \
            correction, and two one-sided tests for a claim of no difference. Exits 1 when one fails.

            Answers are kept in a file as they come. The same command goes on from there.

            Example:
              steward bias-audit probe support-bot --endpoint http://127.0.0.1:8000/v1 \\
                --suite policies/probes/names-and-beliefs.yaml --model gpt-4o-mini
            """)

    @Argument(help: "What is probed, for the report.")
    var deployment: String

    @Option(help: "The suite's file; policies/README.md has its fields.", completion: .file())
    var suite: String

    @Option(help: "Base address of the API, up to and with /v1. A key is taken from $STEWARD_PROBE_KEY.")
    var endpoint: String

    @Option(help: "The model to name in requests.")
    var model: String

    @Option(help: "Requests to send at most; the rest is sent by the next run.")
    var budget = 2000

    @Option(help: "Requests a second at most.")
    var rate = 5.0

    @Option(help: "File for the answers. (default: DEPLOYMENT-SUITE.answers)", completion: .file())
    var state: String?

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard budget > 0, rate > 0, rate <= 1000 else {
            throw ValidationError("--budget must be above 0, --rate above 0 and at most 1000.")
        }
    }

    func run() throws {
        let console = Console.live()
        let suite = try Self.suite(self.suite)
        let run = ProbeRun(
            suite: suite, url: endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint, model: model,
            key: console.environment["STEWARD_PROBE_KEY"], budget: budget, requestsPerSecond: rate,
            state: state ?? "\(deployment)-\(suite.name).answers")
        let answers = try run.answers(HTTPClient(peer: "the endpoint"), console)
        let report = ProbeReport(suite, answers, deployment: deployment, model: model)
        switch outputOptions.output {
        case .json: console.output(String(decoding: report.json.pretty, as: UTF8.self))
        case .table:
            console.output(report.text(Page(renderer: console.outputRenderer, now: console.now())))
        }
        if report.verdict == .fail { throw ExitCode(StewardError.Code.refused.exitStatus) }
    }

    static func suite(_ path: String) throws -> ProbeSuite {
        switch PolicyDocument.parse(file: path, text: try Files.text(path)) {
        case .success(.probes(let suite)): return suite
        case .success(let other):
            throw StewardError(.configuration, "is of kind \(other.kindName); a suite is of kind probes", field: path)
        case .failure(let problems): throw StewardError(.configuration, problems.description)
        }
    }
}
