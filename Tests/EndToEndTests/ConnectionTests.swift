import Foundation
import Testing

/// Small posts are answered on the event loop, other requests by the router: a client must not be able to tell.
@Suite struct ConnectionTests {
    private static func request(
        _ line: String, _ body: String = "", token: String?, type: String = "application/json", extra: String = ""
    ) -> [UInt8] {
        var text = "\(line) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n\(extra)"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if !extra.lowercased().contains("transfer-encoding") { text += "Content-Length: \(body.utf8.count)\r\n" }
        return Array((text + "\r\n" + body).utf8)
    }

    private static func chunked(_ body: String) -> String {
        "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
    }

    @Test(arguments: [Int.max, 700, 13])
    func pipelinedRequestsAreAnsweredInTheirOrder(piece: Int) async throws {
        try await Daemon.run { daemon in
            let token = daemon.client.token
            let large = (0..<600).map { Traffic.event(id: "large-\($0)") }.joined(separator: "\n")
            let requests: [(bytes: [UInt8], status: Int, says: String)] = [
                (Self.request("POST /v1/events", Traffic.event(id: "a"), token: token), 202, "\"accepted\":1"),
                (Self.request("GET /healthz", token: nil), 200, "ok"),
                (Self.request("POST /v1/events", Traffic.event(id: "a"), token: token), 202, "\"duplicates\":1"),
                (Self.request("POST /v1/events", large, token: token, type: "application/x-ndjson"), 202, ":600"),
                (Self.request("POST /v1/events", "{", token: token), 400, "JSON"),
                (
                    Self.request(
                        "POST /v1/events", Self.chunked(Traffic.event(id: "b")), token: token,
                        extra: "Transfer-Encoding: chunked\r\n"), 202, "\"accepted\":1"
                ),
                (Self.request("POST /v1/events", Traffic.event(id: "c"), token: "wrong"), 401, "token"),
                (Self.request("POST /v1/events?x=1", Traffic.event(id: "c"), token: token), 202, "\"accepted\":1"),
                (Self.request("POST /v1/nothing", Traffic.event(id: "d"), token: token), 404, "address"),
                (
                    Self.request(
                        "POST /v1/events", Traffic.event(id: "e"), token: token, extra: "Connection: close\r\n"),
                    202, "\"accepted\":1"
                ),
            ]
            let connection = try RawConnection(to: daemon.client.base)
            // On a thread of its own beside the reading, because a full pipeline stops being read.
            let bytes = requests.flatMap(\.bytes)
            Thread.detachNewThread {
                for start in stride(from: 0, to: bytes.count, by: min(piece, bytes.count)) {
                    // A failure shows as an answer that does not come.
                    try? connection.send(bytes[start..<min(bytes.count, start + min(piece, bytes.count))])
                }
            }
            for (index, request) in requests.enumerated() {
                let answer = try #require(try connection.answer(), "answer \(index)")
                #expect(answer.status == request.status, "answer \(index): \(answer.body)")
                #expect(answer.body.contains(request.says), "answer \(index): \(answer.body)")
                #expect(answer.headers["date"]?.hasSuffix("GMT") == true)
                #expect(answer.headers["server"] == "steward")
            }
            #expect(try connection.answer() == nil, "the last request asked to close")
            #expect(try await daemon.client.allEvents().count == 604)
        }
    }
}
