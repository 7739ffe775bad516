import Foundation
import StewardModel
import Testing

@testable import StewardCurl

@Suite struct HTTPClientTests {
    private func send(
        _ answers: [LoopbackServer.Answer], path: String = "/", change: (inout HTTPRequest) -> Void = { _ in }
    ) throws -> (response: HTTPResponse, requests: [String]) {
        let server = try LoopbackServer(answers)
        defer { server.stop() }
        var request = HTTPRequest("GET", server.url + path)
        change(&request)
        let response = try HTTPClient(peer: "the daemon").send(request)
        return (response, server.requests)
    }

    private func failure(_ work: () throws -> Void) -> StewardError? {
        do {
            try work()
            return nil
        } catch { return error as? StewardError }
    }

    @Test func sendsMethodHeadersAndBodyAndReadsTheAnswer() throws {
        let (response, requests) = try send(
            [LoopbackServer.answer("202 Accepted", ["X-Thing: one: two "], "done")], path: "/v1/events?a=b"
        ) {
            $0.method = "PUT"
            $0.headers = [HTTPHeader("Authorization", "Bearer stw_1")]
            $0.body = Array("{\"a\":1}".utf8)
        }
        #expect(response.status == 202)
        #expect(response.isSuccess)
        #expect(response.header("x-thing") == "one: two")
        #expect(String(decoding: response.body, as: UTF8.self) == "done")
        let request = try #require(requests.first)
        #expect(request.hasPrefix("PUT /v1/events?a=b HTTP/1.1\r\n"))
        #expect(request.contains("\r\nAuthorization: Bearer stw_1\r\n"))
        #expect(request.contains("\r\nContent-Length: 7\r\n"))
        #expect(!request.contains("Expect"))
        #expect(request.hasSuffix("\r\n\r\n{\"a\":1}"))
    }

    @Test func sendsAnEmptyBodyAsSuch() throws {
        let (_, requests) = try send([LoopbackServer.answer("200 OK")]) {
            $0.method = "POST"
            $0.body = []
        }
        #expect(requests.first?.contains("\r\nContent-Length: 0\r\n") == true)
    }

    @Test func readsAChunkedBody() throws {
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n"
        let (response, _) = try send([.bytes(chunked)])
        #expect(String(decoding: response.body, as: UTF8.self) == "hello, world")
    }

    @Test func doesNotFollowRedirects() throws {
        let (response, requests) = try send([LoopbackServer.answer("302 Found", ["Location: /elsewhere"])])
        #expect(response.status == 302)
        #expect(requests.count == 1)
    }

    @Test func handsOnlyASuccessfulBodyToTheStream() throws {
        let server = try LoopbackServer([
            LoopbackServer.answer("200 OK", [], "good"), LoopbackServer.answer("500 Oops", [], "bad"),
        ])
        defer { server.stop() }
        let client = try HTTPClient()
        var streamed: [UInt8] = []
        let good = try client.stream(HTTPRequest("GET", server.url)) { streamed += $0 }
        #expect(good.body.isEmpty)
        let bad = try client.stream(HTTPRequest("GET", server.url)) { streamed += $0 }
        #expect(String(decoding: bad.body, as: UTF8.self) == "bad")
        #expect(String(decoding: streamed, as: UTF8.self) == "good")
    }

    @Test func whatTheStreamThrowsEndsTheCall() throws {
        let server = try LoopbackServer([LoopbackServer.answer("200 OK", [], "good")])
        defer { server.stop() }
        let error = failure {
            _ = try HTTPClient().stream(HTTPRequest("GET", server.url)) { _ in
                throw StewardError(.storage, "the disk is full")
            }
        }
        #expect(error == StewardError(.storage, "the disk is full"))
    }

    @Test func aBodyOverTheLimitIsAbandoned() throws {
        let error = failure {
            _ = try send([LoopbackServer.answer("200 OK", [], String(repeating: "x", count: 101))]) {
                $0.maximumResponseBytes = 100
            }
        }
        #expect(error?.code == .tooLarge)
        let (response, _) = try send([LoopbackServer.answer("200 OK", [], String(repeating: "x", count: 100))]) {
            $0.maximumResponseBytes = 100
        }
        #expect(response.body.count == 100)
    }

    @Test func saysThatTheConnectionWasRefused() throws {
        let port = try LoopbackServer.unusedPort()
        let error = failure {
            _ = try HTTPClient(peer: "the daemon").send(HTTPRequest("GET", "http://127.0.0.1:\(port)/secret"))
        }
        #expect(
            error
                == StewardError(.unreachable, "cannot reach the daemon at http://127.0.0.1:\(port): connection refused")
        )
    }

    @Test(arguments: [
        (LoopbackServer.Answer.silence, "no answer within 0.05 s"),
        (.close, "the connection was closed without an answer"),
    ]) func saysWhyNoAnswerCame(answer: LoopbackServer.Answer, reason: String) throws {
        let error = failure { _ = try send([answer]) { $0.timeoutMilliseconds = 50 } }
        #expect(error?.code == .unreachable)
        #expect(error?.message.hasSuffix(reason) == true, "\(error as Any)")
    }

    @Test(arguments: ["", "nonsense", "ftp://127.0.0.1/", "http://", "file:///etc/passwd"])
    func refusesWhatIsNoWebAddress(url: String) {
        #expect(failure { _ = try HTTPClient().send(HTTPRequest("GET", url)) }?.code == .invalidInput)
    }

    @Test func refusesAHeaderThatWouldBecomeTwo() throws {
        let error = failure {
            _ = try send([]) { $0.headers = [HTTPHeader("Authorization", "Bearer a\r\nX-Admin: yes")] }
        }
        #expect(error == StewardError(.invalidInput, "must not contain line breaks", field: "Authorization"))
    }

    /// For these no proxy of the environment is asked.
    @Test(arguments: [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080", true), ("http://127.9.9.9", "http://127.9.9.9", true),
        ("http://localhost/", "http://localhost", true), ("http://App.Localhost/", "http://App.Localhost", true),
        ("https://[::1]:9/", "https://[::1]:9", true), ("http://128.0.0.1/", "http://128.0.0.1", false),
        ("http://127.0.0.1.example.com/", "http://127.0.0.1.example.com", false),
        ("https://user:secret@example.com/path?token=x", "https://example.com", false),
    ]) func knowsLoopbackAddresses(url: String, origin: String, isLoopback: Bool) throws {
        let address = try HTTPClient.parse(url)
        #expect(address.origin == origin)
        #expect(address.isLoopback == isLoopback)
    }
}

@Suite struct ProblemTests {
    private func problem(_ status: Int, _ json: String, headers: [HTTPHeader] = []) -> StewardError {
        HTTPResponse(
            status: status, headers: [HTTPHeader("Content-Type", "application/problem+json")] + headers,
            body: Array(json.utf8)
        ).problem
    }

    @Test(arguments: StewardError.Code.allCases) func everyCodeIsReadBackFromItsType(code: StewardError.Code) {
        let json = #"{"type":"https://steward.dev/problems/\#(code.rawValue)","detail":"d","field":"f"}"#
        #expect(problem(code.httpStatus, json) == StewardError(code, "d", field: "f"))
    }

    @Test(arguments: [
        (400, StewardError.Code.invalidInput), (401, .unauthenticated), (403, .forbidden), (404, .notFound),
        (409, .conflict), (413, .tooLarge), (415, .unsupportedMedia), (418, .invalidInput), (429, .overloaded),
        (500, .internal), (502, .overloaded), (503, .overloaded), (302, .internal),
    ]) func withoutAKnownTypeTheStatusDecides(status: Int, code: StewardError.Code) {
        #expect(problem(status, #"{"type":"about:blank","title":"T"}"#) == StewardError(code, "T"))
        let plain = HTTPResponse(status: status, headers: [HTTPHeader("Content-Type", "text/html")], body: [0x3C])
        #expect(plain.problem == StewardError(code, "the answer was HTTP status \(status)"))
    }

    @Test func keepsFurtherMembersAndRetryAfter() {
        let error = problem(
            503, #"{"type":"x/overloaded","detail":"full","gates":[{"value":0.10}],"status":503}"#,
            headers: [HTTPHeader("retry-after", "7")])
        #expect(error.retryAfterSeconds == 7)
        #expect(error.details == [.init(name: "gates", json: #"[{"value":0.1}]"#)])
    }

    @Test(arguments: ["-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"]) func ignoresOtherRetryAfter(value: String) {
        #expect(HTTPResponse(status: 503, headers: [HTTPHeader("Retry-After", value)]).retryAfterSeconds == nil)
    }

    @Test func survivesAProblemThatIsNoJSON() {
        #expect(problem(500, "{oops") == StewardError(.internal, "the answer was HTTP status 500"))
    }
}
