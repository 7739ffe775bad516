import StewardCurl
import StewardModel

@testable import StewardCommands

/// A daemon without a socket: answers calls from a script and keeps what it was asked. Used by one thread.
final class ScriptedDaemon {
    private(set) var requests: [HTTPRequest] = []
    private var script: [Result<HTTPResponse, StewardError>]

    init(_ script: [Result<HTTPResponse, StewardError>]) { self.script = script }

    var client: DaemonClient {
        DaemonClient(url: "http://daemon/", token: "stw_1") { [self] request in
            requests.append(request)
            guard !script.isEmpty else { throw StewardError(.unreachable, "nothing more was expected") }
            return try script.removeFirst().get()
        }
    }

    var bodies: [String] { requests.map { String(decoding: $0.body ?? [], as: UTF8.self) } }

    static func json(_ text: String, status: Int = 200) -> Result<HTTPResponse, StewardError> {
        .success(HTTPResponse(status: status, body: Array(text.utf8)))
    }

    static func problem(_ status: Int, _ json: String, retryAfter: Int? = nil) -> Result<HTTPResponse, StewardError> {
        let headers =
            [HTTPHeader("Content-Type", "application/problem+json")]
            + (retryAfter.map { [HTTPHeader("Retry-After", String($0))] } ?? [])
        return .success(HTTPResponse(status: status, headers: headers, body: Array(json.utf8)))
    }
}

/// Collects what is printed; its clock moves only when something waits.
final class RecordingConsole {
    private(set) var output = ""
    private(set) var error = ""
    private(set) var waits: [Duration] = []
    var now = Timestamp(rfc3339: "2026-03-03T14:00:00Z") ?? .earliest

    func console(isTerminal: Bool = false) -> Console {
        Console(
            output: { [self] in output += $0 }, error: { [self] in error += $0 },
            outputRenderer: TableRenderer(colour: false), errorRenderer: TableRenderer(colour: false),
            errorIsTerminal: isTerminal, environment: [:], now: { [self] in now },
            sleep: { [self] in
                waits.append($0)
                now = now + $0
            })
    }
}
