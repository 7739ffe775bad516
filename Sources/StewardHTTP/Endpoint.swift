import HTTPTypes
import Hummingbird
import StewardModel

/// One call of the API: what the router serves, what authorisation asks for, and what `/openapi.json` says of it.
struct Endpoint: Sendable {
    struct Parameter: Sendable {
        var name: String
        var summary: String
        var isRequired = false

        init(_ name: String, _ summary: String, required: Bool = false) {
            self.name = name
            self.summary = summary
            self.isRequired = required
        }
    }

    /// Who may call.
    enum Access: Sendable, Equatable {
        case open
        case role(Role)
        /// Any one of several.
        case anyRole([Role])
    }

    /// How errors are written: as problem documents, or as the clients of another protocol expect them.
    enum ErrorShape: Sendable { case problem, otlp, ofrep }

    /// What a request brings and what it gets, by media type.
    struct Content: Sendable {
        var request: [String] = []
        /// What a JSON body holds, where it is declared.
        var body: Shape?
        var answer: [String] = ["application/json"]
    }

    var method: HTTPRequest.Method
    /// As OpenAPI writes it: `/v1/deployments/{deployment}`.
    var path: String
    var access: Access
    var summary: String
    var query: [Parameter]
    var content: Content
    var errors: ErrorShape
    var handle: @Sendable (Call) async throws -> Reply
    /// Set where answering needs no task of its own: small requests then never leave the event loop that read them.
    var direct: Direct?

    /// Answers a call with its whole body; calls back once, on any thread.
    typealias Direct =
        @Sendable (Call, [UInt8], @Sendable @escaping (Result<Reply, any Error>) -> Void) -> Void

    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, _ summary: String, query: [Parameter] = [],
        content: Content = Content(), errors: ErrorShape = .problem,
        _ handle: @Sendable @escaping (Call) async throws -> Reply
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.summary = summary
        self.query = query
        self.content = content
        self.errors = errors
        self.handle = handle
    }

    /// An endpoint that answers by calling back, whether a small request comes to it directly or a large one through
    /// the router.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, _ summary: String, query: [Parameter] = [],
        content: Content = Content(), errors: ErrorShape = .problem, direct: @escaping Direct
    ) {
        self.init(method, path, access, summary, query: query, content: content, errors: errors) { call in
            let body = try await call.body()
            return try await withCheckedThrowingContinuation { continuation in
                direct(call, body) { continuation.resume(with: $0) }
            }
        }
        self.direct = direct
    }

    /// The names in braces.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// Whether the path of an address is one of this endpoint's.
    func serves(_ address: String) -> Bool {
        let (template, given) = (path.split(separator: "/"), address.split(separator: "/"))
        return template.count == given.count && zip(template, given).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}

extension Endpoint.Content {
    static let json = Self(request: ["application/json"])
    static func json(_ fields: Shape.Field...) -> Self { json(.object(fields)) }
    static func json(_ body: Shape) -> Self { Self(request: ["application/json"], body: body) }
    static let text = Self(answer: ["text/plain"])
}

/// Who is calling.
struct Principal: Sendable {
    var name: String
    var roles: [Role]
    /// The person whose token it is.
    var owner: String?
    /// The one deployment the token works for, if it is limited.
    var scope: String?

    func may(_ role: Role) -> Bool { roles.contains { $0.grants(role) } }
}
