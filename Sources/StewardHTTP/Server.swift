import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import StewardGovernance
import StewardModel
import StewardWire

/// Builds the HTTP application: the endpoints, and the dashboard's files for every other address.
package enum HTTPServer {
    /// - Parameter onReady: called with the port once the listener is bound.
    package static func application(
        _ api: API, host: String, port: Int, logger: Logger, onReady: @Sendable @escaping (Int) async -> Void
    ) -> some ApplicationProtocol {
        let router = Router(context: BasicRequestContext.self)
        let endpoints = Endpoints.all(api)
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                await respond(to: request, context, endpoint, api).response
            }
        }
        let direct = DirectAnswers(endpoints: endpoints, api: api, logger: logger)
        let dashboard = Dashboard(folder: api.facts.dashboards)
        let routes = router.buildResponder()
        return Application(
            responder: CallbackResponder<BasicRequestContext> { request, context in
                // HEAD is GET without the body (RFC 9110, section 9.3.2).
                var head = request.head
                if head.method == .head { head.method = .get }
                let asked = Request(head: head, body: request.body)
                var response = try await routes.respond(to: asked, context: context)
                // The router's own answer to what no endpoint matches; ours always have a type.
                if response.status == .notFound, response.headers[.contentType] == nil {
                    response = unmatched(asked, endpoints, dashboard).response
                }
                guard request.method == .head else { return response }
                return Response(status: response.status, headers: response.headers, body: ResponseBody())
            },
            server: .http1(configuration: .init(additionalChannelHandlers: [DirectHandler(direct)])),
            configuration: .init(address: .hostname(host, port: port), serverName: serverName),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? port) },
            logger: logger)
    }

    /// What a failure to listen means to whoever started the daemon; `nil` when it is something else.
    package static func startFailure(_ error: any Error, address: String) -> StewardError? {
        guard let error = error as? IOError else { return nil }
        let advice =
            error.errnoCode == EADDRINUSE
            ? "something else listens there; stop it, or choose another address" : "\(error)"
        return StewardError(.configuration, "cannot listen on \(address): \(advice)", field: "listen")
    }

    static let unknownAddress = StewardError(
        .notFound, "there is no such address; GET /openapi.json lists all", field: "path")

    /// What is answered where no endpoint is: the dashboard's files, or what is wrong with the address or method.
    private static func unmatched(_ request: Request, _ endpoints: [Endpoint], _ dashboard: Dashboard) -> Reply {
        let methods = endpoints.filter { $0.serves(request.uri.path) }.map(\.method.rawValue)
        guard !methods.isEmpty else {
            return request.method == .get ? dashboard.reply(path: request.uri.path) : Reply.problem(unknownAddress)
        }
        let names = methods.sorted().joined(separator: ", ")
        var reply = Reply.problem(
            StewardError(.wrongMethod, "this address takes \(names), not \(request.method.rawValue)", field: "method"))
        reply.headers[.allow] = names
        return reply
    }

    private static func respond(
        to request: Request, _ context: BasicRequestContext, _ endpoint: Endpoint, _ api: API
    ) async -> Reply {
        do {
            let principal = try authorise(request, endpoint.access, api)
            var parameters: [String: String] = [:]
            for name in endpoint.pathParameters {
                guard let value = context.parameters.get(name)?.removingPercentEncoding else {
                    throw StewardError(.invalidInput, "is not percent-encoded UTF-8", field: name)
                }
                parameters[name] = value
            }
            return try await endpoint.handle(
                Call(
                    request: request, parameters: parameters, principal: principal,
                    bodyLimitBytes: api.facts.bodyLimitBytes, now: api.now(), shape: endpoint.content.body))
        } catch {
            return reply(to: error, request, endpoint, context.logger)
        }
    }

    static func reply(
        to error: any Error, _ request: Request, _ endpoint: Endpoint, _ logger: Logger
    ) -> Reply {
        if !(error is StewardError) {
            // What went wrong inside may quote what users sent, so it is told at debug only.
            logger.debug("request failed", metadata: ["path": "\(endpoint.path)", "error": "\(error)"])
        }
        let error =
            error as? StewardError
            ?? StewardError(.internal, "something failed inside; the log says more at level debug")
        var reply = Reply.problem(error)
        if endpoint.errors == .otlp, let encoding = OTLPEncoding(contentType: request.headers[.contentType]) {
            reply.contentType = encoding.contentType
            reply.bytes = OTLPStatus.encode(error, encoding: encoding)
        }
        if endpoint.errors == .ofrep {
            reply.contentType = "application/json"
            reply.bytes = Array(OFREPError.text(error).utf8)
        }
        return reply
    }

    static let serverName = "steward"

    static func authorise(
        _ request: Request, _ access: Endpoint.Access, _ api: API
    ) throws -> Principal? {
        let roles: [Role]
        switch access {
        case .open: return nil
        case .role(let role): roles = [role]
        case .anyRole(let any): roles = any
        }
        guard let secret = secret(request) else {
            throw StewardError(.unauthenticated, "send 'Authorization: Bearer <token>' or 'X-API-Key: <token>'")
        }
        guard let token = api.governor.state.token(hash: Token.hash(ofSecret: secret), now: api.now()) else {
            throw StewardError(.unauthenticated, "the token is unknown, revoked or expired")
        }
        let principal = Principal(
            name: token.name, roles: token.roles, owner: token.owner, scope: token.deployment)
        guard roles.contains(where: principal.may) else {
            let names = roles.map { "'\($0.rawValue)'" }.joined(separator: " or ")
            throw StewardError(.forbidden, "this needs the role \(names), which the token does not have")
        }
        return principal
    }

    private static func secret(_ request: Request) -> String? {
        if let key = request.headers[.apiKey] { return key }
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let credentials = parts[1].trimmingPrefix { $0 == " " }
        switch parts[0].lowercased() {
        case "bearer": return String(credentials)
        case "basic":
            // RFC 7617: the token is the password, the user name says nothing.
            guard let data = Data(base64Encoded: String(credentials)) else { return nil }
            return String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1).dropFirst().first
                .map(String.init)
        default: return nil
        }
    }
}

extension HTTPField.Name {
    static let apiKey = HTTPField.Name("X-API-Key")!
}
