import StewardCurl
import StewardJSON
import StewardModel
import Testing

@testable import StewardCommands

@Suite struct DaemonClientTests {
    @Test(arguments: [
        (DaemonClient.Call.get("status"), "/v1/status"),
        (
            .get("deployments", "a b/ü?", query: ["since": "1h", "none": nil]),
            "/v1/deployments/a%20b%2F%C3%BC%3F?since=1h"
        ),
        (.get("deployments", "..", "versions", "v1.2"), "/v1/deployments/%2E%2E/versions/v1.2"),
        (
            .get("costs", query: ["group_by": "team,model", "until": "a&b=c+d"]),
            "/v1/costs?group_by=team,model&until=a%26b%3Dc%2Bd"
        ),
    ]) func escapesPathsAndQueries(call: DaemonClient.Call, target: String) { #expect(call.target == target) }

    @Test func sendsTokenAndJSON() throws {
        let daemon = ScriptedDaemon([ScriptedDaemon.json("{}")])
        _ = try daemon.client.json(.send("POST", "tokens", body: ["name": "n", "expires": nil, "roles": ["viewer"]]))
        let request = try #require(daemon.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == "http://daemon/v1/tokens")
        #expect(request.headers.contains(HTTPHeader("Authorization", "Bearer stw_1")))
        #expect(request.headers.contains(HTTPHeader("Content-Type", "application/json")))
        #expect(daemon.bodies == [#"{"name":"n","roles":["viewer"]}"#])
    }

    @Test func anEmptyTokenIsNone() throws {
        var sent: HTTPRequest?
        let client = DaemonClient(url: "http://daemon", token: "") {
            sent = $0
            return HTTPResponse(status: 200)
        }
        _ = try client.bytes(.get("status"))
        #expect(sent?.headers.contains { $0.name == "Authorization" } == false)
    }

    @Test func anAnswerThatIsNoJSONIsAnError() {
        let daemon = ScriptedDaemon([ScriptedDaemon.json("<html>")])
        let error = #expect(throws: StewardError.self) { try daemon.client.json(.get("status")) }
        #expect(error?.code == .internal)
    }

    @Test func jsonIsPrintedAsItCame() throws {
        let recording = RecordingConsole()
        let daemon = ScriptedDaemon([ScriptedDaemon.json(#"{"b":1.50,"a":[]}"#)])
        let session = Session(daemon: daemon.client, console: recording.console(), format: .json)
        try session.show(.get("status")) { _, _ in "table" }
        #expect(recording.output == "{\n  \"b\": 1.5,\n  \"a\": []\n}\n")
        #expect(recording.error.isEmpty)
    }

    @Test(arguments: [(OutputFormat.json, true), (.table, false)])
    func aRefusalIsAnAnswerForPrograms(format: OutputFormat, isPrinted: Bool) throws {
        let recording = RecordingConsole()
        let refusal = ScriptedDaemon.problem(409, #"{"type":"x/refused","detail":"no"}"#)
        let session = Session(daemon: ScriptedDaemon([refusal]).client, console: recording.console(), format: format)
        let error = #expect(throws: StewardError.self) { try session.show(.get("x")) { _, _ in "table" } }
        #expect(error == StewardError(.refused, "no"))
        #expect(recording.output.isEmpty == !isPrinted)
    }
}

@Suite struct TailFeedTests {
    @Test func startsWithTheLatestAndGoesOnBehindThem() throws {
        let daemon = ScriptedDaemon([
            ScriptedDaemon.json(#"{"events":[{"sequence":9},{"sequence":7}]}"#),
            ScriptedDaemon.json(#"{"events":[{"sequence":12}],"last_sequence":15}"#),
            ScriptedDaemon.json(#"{"events":[],"last_sequence":15}"#),
        ])
        var feed = TailFeed(deployment: "bot", errorsOnly: true)
        #expect(try feed.latest(2, daemon.client).map { $0["sequence"]?.int64 } == [7, 9])
        #expect(feed.lastSequence == 9)
        #expect(try feed.next(daemon.client).count == 1)
        #expect(feed.lastSequence == 15)
        #expect(try feed.next(daemon.client).isEmpty)
        #expect(feed.lastSequence == 15)
        #expect(
            daemon.requests.map { String($0.url.dropFirst("http://daemon/v1/events?".count)) } == [
                "limit=2&deployment=bot&status=error", "after=9&limit=1000&deployment=bot&status=error",
                "after=15&limit=1000&deployment=bot&status=error",
            ])
    }

    @Test func noLinesStillFindThePlaceToGoOn() throws {
        let daemon = ScriptedDaemon([ScriptedDaemon.json(#"{"events":[{"sequence":9}]}"#)])
        var feed = TailFeed(deployment: nil, errorsOnly: false)
        #expect(try feed.latest(0, daemon.client).isEmpty)
        #expect(feed.lastSequence == 9)
    }
}
