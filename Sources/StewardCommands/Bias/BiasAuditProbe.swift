import ArgumentParser
import StewardCurl
import StewardJSON
import StewardModel
import StewardPolicy
import StewardStatistics
import StewardTransparency

struct BiasAuditProbe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Ask a model the same with a name, gender or religion swapped.",
        discussion: """
            Every request of the suite is sent both ways to an OpenAI-compatible endpoint, the answers are scored by \
            the suite's rules, and the pairs are tested: McNemar for yes or no, Wilcoxon for numbers, with Holm's \
            correction, and two one-sided tests for a claim of no difference. Exits 1 when one fails.

            Questions of a suite are asked where the text does not tell the answer and where it does, told of each \
            side in turn; how often the side is named that prejudice would name is tested too.

            Answers are kept in a file as they come. The same command goes on from there. With --record the result \
            is put into the audit log of the daemon, by the digests of suite, answers and report.

            Example:
              steward bias-audit probe support-bot --endpoint http://127.0.0.1:8000/v1 \\
                --suite policies/probes/names-and-beliefs.yaml --model gpt-4o-mini --record
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

    @Flag(help: "Put the result on record in the daemon's audit log.")
    var record = false

    @OptionGroup var options: DaemonOptions

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
        let sequence = try record ? put(report, answers) : nil
        switch options.outputOptions.output {
        case .json: console.output(String(decoding: report.json.pretty, as: UTF8.self))
        case .table:
            let page = Page(renderer: console.outputRenderer, now: console.now())
            console.output(report.text(page) + (sequence.map { page.note("On record as entry \($0).") } ?? ""))
        }
        if report.verdict == .fail { throw ExitCode(StewardError.Code.refused.exitStatus) }
    }

    /// - Returns: the number of the record.
    private func put(_ report: ProbeReport, _ answers: [String: String]) throws -> Int64? {
        func digest(_ bytes: [UInt8]) -> JSONValue { .string("sha256:" + Digest.sha256(bytes)) }
        let told = JSONValue.object(
            answers.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) })
        let answer = try options.session().daemon.json(
            .send(
                "POST", "deployments", deployment, "bias-probes",
                body: [
                    "suite_digest": digest(Array(try Files.text(suite).utf8)), "answers_digest": digest(told.canonical),
                    "report": report.json,
                ]))
        return answer["record"]?.int64
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
