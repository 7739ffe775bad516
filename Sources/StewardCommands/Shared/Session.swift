import StewardCurl
import StewardJSON
import StewardModel

/// What a verb that talks to the daemon works with.
struct Session {
    var daemon: DaemonClient
    var console: Console
    var format: OutputFormat

    /// Makes a call and prints its answer: as it came for programs, through `report` for people.
    ///
    /// - Parameter noting: sees the answer of a success first.
    func show(
        _ call: DaemonClient.Call, noting: (JSONValue) -> Void = { _ in }, _ report: (JSONValue, Page) -> String
    ) throws {
        let response = try daemon.response(call)
        guard response.isSuccess else {
            // A refusal is an answer, too: programs get its numbers where they look for answers.
            if format == .json, response.status == 409, let answer = try? JSONValue(parsing: response.body) {
                print(answer)
            }
            throw response.problem
        }
        let answer = try DaemonClient.json(response.body, from: "the daemon")
        noting(answer)
        switch format {
        case .json: print(answer)
        case .table: console.output(report(answer, Page(renderer: console.outputRenderer, now: console.now())))
        }
    }

    private func print(_ answer: JSONValue) { console.output(String(decoding: answer.pretty, as: UTF8.self)) }
}

/// What a report is laid out with: where it is printed and when. Reports are functions from an answer of the API and a
/// page to text, so that tests can hold them to golden files.
struct Page: Sendable {
    var renderer: TableRenderer
    var now: Timestamp

    func table(_ columns: [Column], _ rows: [[Cell]]) -> String { renderer.table(columns, rows) }

    func heading(_ text: String) -> String { renderer.paint(text, .strong) + "\n" }

    func note(_ text: String) -> String { renderer.paint(text, .faint) + "\n" }
}
