import ArgumentParser
import StewardModel

/// Decisions per second and latency of OFREP, measured from another process than the daemon.
struct OFREPBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ofrep", abstract: "Ask which version answers whom, as fast as the daemon answers.",
        discussion: """
            Asks about one deployment for 4,096 callers in turn. Every answer is checked; one without a version ends \
            the run.

            Example:
              steward bench ofrep support-bot --connections 64 --requests 200000
            """)

    @Argument(help: "A deployment that serves in production.") var deployment: String
    @OptionGroup var daemon: DaemonOptions
    @Option(help: "Keep-alive connections, one request in flight on each.") var connections = 64
    @Option(help: "Questions to ask in all.") var requests = 200_000
    @Option(help: "Stop after this many seconds, whatever was asked.") var seconds = 60

    func validate() throws {
        guard (1...1024).contains(connections) else { throw ValidationError("--connections must be 1 to 1024.") }
        guard (1...100_000_000).contains(requests) else { throw ValidationError("--requests must be 1 to 100000000.") }
        guard (1...3600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 3600.") }
    }

    func run() throws {
        let console = Console.live()
        let target = try LoadTarget(daemon, console)
        let path = "/ofrep/v1/evaluate/flags/" + DaemonClient.Call.escaped(deployment)
        let source = QuestionSource(target: target, path: path, total: requests)
        let report = try LoadRun.run(source, target: target, connections: connections, limit: .seconds(seconds))
        report.show(as: daemon.outputOptions.output, on: console)
    }
}

/// Questions of OFREP about one flag, for 4,096 callers in turn.
private struct QuestionSource: LoadSource {
    static let unit = LoadReport.Unit.decisions

    private let questions: [[UInt8]]
    private var asked = 0
    private let total: Int

    init(target: LoadTarget, path: String, total: Int) {
        let head = target.head(of: path, [(name: "Content-Type", value: "application/json")])
        questions = (0..<min(4096, total)).map { number in
            let key = "user-\(number * 7919)@example.com"
            let body = "{\"context\":{\"targetingKey\":\"\(key)\",\"plan\":\"free\",\"country\":\"se\"}}"
            return head + Array("\(body.utf8.count)\r\n\r\n\(body)".utf8)
        }
        self.total = total
    }

    mutating func next() -> LoadRequest? {
        guard asked < total else { return nil }
        defer { asked += 1 }
        return LoadRequest(bytes: questions[asked % questions.count], count: 1)
    }

    func check(_ answer: HTTPAnswer, to request: LoadRequest) throws(StewardError) {
        guard answer.has("value") else {
            throw StewardError(.verificationFailed, "the daemon answered without a version: \(answer.text)")
        }
    }
}
