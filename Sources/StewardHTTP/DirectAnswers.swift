import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import StewardModel

/// The endpoints that answer small requests without a task, and how such a request is answered.
///
/// A request through the router is a task, a stream and a handful of hops between threads, which together cost more
/// than what a post of one event or the evaluation of one flag is about. The answer is the same either way.
struct DirectAnswers: Sendable {
    /// Bodies up to this size do not hold up the other connections of an event loop for long.
    static let bodyLimitBytes = 65_536

    struct Match: Sendable {
        var endpoint: Endpoint
        var answer: Endpoint.Direct
        var parameters: [String: String]
    }

    private let endpoints: [Endpoint]
    private let api: API
    private let logger: Logger

    init(endpoints: [Endpoint], api: API, logger: Logger) {
        self.endpoints = endpoints.filter { $0.direct != nil }
        self.api = api
        self.logger = logger
    }

    /// The endpoint that answers a request directly; `nil` where the router has to: other endpoints, large or
    /// compressed bodies, bodies of unknown length, connections that are to be closed, clients that wait to be told to
    /// go on.
    func match(_ request: HTTPRequest) -> Match? {
        guard let path = request.path else { return nil }
        for endpoint in endpoints where endpoint.method == request.method {
            guard let answer = endpoint.direct, let parameters = endpoint.parameters(in: path) else { continue }
            let fields = request.headerFields
            guard fields[.transferEncoding] == nil, fields[.contentEncoding] == nil, fields[.expect] == nil,
                fields[.connection].map({ $0.lowercased() == "keep-alive" }) ?? true,
                let length = Int(fields[.contentLength] ?? "0"), length <= Self.bodyLimitBytes
            else { return nil }
            return Match(endpoint: endpoint, answer: answer, parameters: parameters)
        }
        return nil
    }

    /// Answers once, on any thread.
    func answer(
        _ match: Match, _ head: HTTPRequest, _ body: ByteBuffer, done: @Sendable @escaping (Reply) -> Void
    ) {
        let request = Request(head: head, body: .init(buffer: ByteBuffer()))
        let finish: @Sendable (Result<Reply, any Error>) -> Void = { [logger] result in
            switch result {
            case .success(let reply): done(reply)
            case .failure(let error): done(HTTPServer.reply(to: error, request, match.endpoint, logger))
            }
        }
        do {
            let principal = try HTTPServer.authorise(request, match.endpoint.access, api)
            let call = Call(
                request: request, parameters: match.parameters, principal: principal,
                bodyLimitBytes: api.facts.bodyLimitBytes, now: api.now(), shape: match.endpoint.content.body)
            match.answer(call, Array(body.readableBytesView), finish)
        } catch {
            finish(.failure(error))
        }
    }

    func now() -> Timestamp { api.now() }
}

extension Endpoint {
    /// The parameters of a path that this endpoint's template matches, as sent; `nil` where it does not match.
    fileprivate func parameters(in target: String) -> [String: String]? {
        let given = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        guard path.utf8.last == UInt8(ascii: "}") else { return given.elementsEqual(path.utf8) ? [:] : nil }
        // A template with one parameter, which is its last segment.
        guard let brace = path.utf8.firstIndex(of: UInt8(ascii: "{")) else { return nil }
        let prefix = path.utf8[..<brace]
        guard given.starts(with: prefix) else { return nil }
        let value = given.dropFirst(prefix.count)
        guard !value.isEmpty, !value.contains(UInt8(ascii: "/")), !value.contains(UInt8(ascii: "%")) else { return nil }
        return [String(path[brace...].dropFirst().dropLast()): String(Substring(value))]
    }
}
