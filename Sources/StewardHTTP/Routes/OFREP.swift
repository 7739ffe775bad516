import HTTPTypes
import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel
import StewardTransparency

/// OpenFeature's Remote Evaluation Protocol, 0.3: which version answers a caller.
///
/// A deployment is a flag whose value is the version's name; `NAME:spec` is a flag whose value is that version's spec,
/// for callers who take prompts and parameters from there. Both go by the same bucket.
extension Endpoints {
    static func ofrep(_ api: API) -> [Endpoint] {
        let environment = Endpoint.Parameter("environment", "production if left out, here and in the context")
        return [
            Endpoint(
                .post, "/ofrep/v1/evaluate/flags/{key}", .anyRole([.ingest, .viewer]),
                "Which version of a deployment answers this caller (OpenFeature OFREP)", query: [environment],
                content: .json, errors: .ofrep,
                direct: { call, body, done in
                    do {
                        try single(call, body, api) { done(.success($0)) }
                    } catch {
                        done(.failure(error))
                    }
                }),
            Endpoint(
                .post, "/ofrep/v1/evaluate/flags", .anyRole([.ingest, .viewer]),
                "Which version of every deployment answers this caller (OpenFeature OFREP)", query: [environment],
                content: .json, errors: .ofrep
            ) { try await bulk($0, api) },
        ]
    }

    private static func single(
        _ call: Call, _ body: [UInt8], _ api: API, done: @Sendable @escaping (Reply) -> Void
    ) throws {
        let key = try call.path("key")
        let result = Result { () throws(FlagProblem) in try FlagRequest(call, body) }
            .flatMap { $0.evaluate(key, call, api) }
        switch result {
        case .failure(let problem): done(problem.reply(key: key))
        case .success(let evaluation) where evaluation.wantsSpec:
            // Specs are read from the store, which takes a task.
            Task {
                switch await evaluation.withSpec(api) {
                case .success(let evaluation): done(.object { $0.members(evaluation.members) })
                case .failure(let problem): done(problem.reply(key: key))
                }
            }
        case .success(let evaluation): done(.object { $0.members(evaluation.members) })
        }
    }

    private static func bulk(_ call: Call, _ api: API) async throws -> Reply {
        let body = try await call.body()
        let request: FlagRequest
        do throws(FlagProblem) { request = try FlagRequest(call, body) } catch {
            return error.reply(key: nil)
        }
        let names = api.governor.state.deployments.keys.sorted()
        var flags: [JSONValue] = []
        for name in names where call.principal?.scope.map({ $0 == name }) ?? true {
            switch request.evaluate(name, call, api) {
            case .success(let evaluation): flags.append(.object(evaluation.members))
            case .failure(let problem) where problem.status == 404: continue
            case .failure(let problem): flags.append(.object(problem.members(key: name)))
            }
        }
        var reply = Reply.object { writer in
            writer.array("flags") { writer in for flag in flags { writer.value(flag) } }
        }
        // The answer names nothing but what was evaluated, so its digest changes with it and with nothing else.
        let tag = "\"\(Digest.sha256(reply.bytes).prefix(32))\""
        reply.headers[.eTag] = tag
        if call.request.headers[.ifNoneMatch].map({ matches($0, tag) }) == true {
            reply.status = 304
            reply.bytes = []
        }
        return reply
    }

    /// RFC 9110, section 13.1.2: a list of tags, weak or not, or `*`.
    private static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { entry in
            var entry = entry.drop { $0 == " " }
            while entry.last == " " { entry.removeLast() }
            if entry.hasPrefix("W/") { entry = entry.dropFirst(2) }
            return entry == "*" || entry == tag
        }
    }
}

/// Why a flag has no value, in OFREP's words.
private struct FlagProblem: Error {
    enum Code: String {
        case parseError = "PARSE_ERROR"
        case invalidContext = "INVALID_CONTEXT"
        case targetingKeyMissing = "TARGETING_KEY_MISSING"
        case flagNotFound = "FLAG_NOT_FOUND"
        case general = "GENERAL"
    }

    var code: Code
    var details: String

    var status: Int { code == .flagNotFound ? 404 : 400 }

    func members(key: String?) -> [JSONValue.Member] {
        let key = key.map { [JSONValue.Member(name: "key", value: .string($0))] } ?? []
        return key + [
            .init(name: "errorCode", value: .string(code.rawValue)),
            .init(name: "errorDetails", value: .string(details)),
        ]
    }

    func reply(key: String?) -> Reply { .object(status: status) { $0.members(members(key: key)) } }
}

/// What a flag evaluates to.
private struct FlagEvaluation: Sendable {
    var key: String
    var value: JSONValue?
    var reason: String
    var variant: String?
    var metadata: [JSONValue.Member]
    /// Set where the value is to be the spec with this digest.
    var specDigest: String?

    var wantsSpec: Bool { specDigest != nil }

    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [.init(name: "key", value: .string(key))]
        if let value { members.append(.init(name: "value", value: value)) }
        members.append(.init(name: "reason", value: .string(reason)))
        if let variant { members.append(.init(name: "variant", value: .string(variant))) }
        members.append(.init(name: "metadata", value: .object(metadata)))
        return members
    }

    func withSpec(_ api: API) async -> Result<FlagEvaluation, FlagProblem> {
        // Also when the store cannot be read: the caller then uses what it has built in.
        guard let specDigest, let spec = try? await api.governor.spec(digest: specDigest) else {
            return .failure(FlagProblem(code: .general, details: "the spec of this version cannot be read"))
        }
        var result = self
        result.value = spec
        return .success(result)
    }
}

/// The caller and where the question is asked for.
private struct FlagRequest {
    private static let specSuffix = ":spec"
    private var context: RoutingContext
    private var environment: String

    init(_ call: Call, _ body: [UInt8]) throws(FlagProblem) {
        let json: JSONValue
        do { json = try JSONValue(parsing: body) } catch {
            throw FlagProblem(code: .parseError, details: "the body is not JSON: \(error)")
        }
        guard json.members != nil else {
            throw FlagProblem(code: .parseError, details: "the body must be an object with a context")
        }
        let members = json["context"] ?? .object([])
        guard let members = members.members else {
            throw FlagProblem(code: .invalidContext, details: "context must be an object")
        }
        if let key = members.first(where: { $0.name == "targetingKey" }), key.value.string == nil {
            throw FlagProblem(code: .invalidContext, details: "context.targetingKey must be a string")
        }
        context = RoutingContext(members)
        context.token = call.principal?.name
        environment = call.query("environment") ?? json["context"]?["environment"]?.string ?? Endpoints.production
    }

    func evaluate(_ key: String, _ call: Call, _ api: API) -> Result<FlagEvaluation, FlagProblem> {
        let state = api.governor.state
        let isSpec = state.deployments[key] == nil && key.hasSuffix(Self.specSuffix)
        let name = isSpec ? String(key.dropLast(Self.specSuffix.count)) : key
        let isVisible = call.principal?.scope.map { $0 == name } ?? true
        guard isVisible, let deployment = state.deployments[name], let route = deployment.routes[environment] else {
            let details = "no version of '\(name)' serves \(environment), or the token may not see it"
            return .failure(FlagProblem(code: .flagNotFound, details: details))
        }
        guard !route.disabled else {
            return .success(
                FlagEvaluation(
                    key: key, reason: "DISABLED",
                    metadata: [.init(name: "environment", value: .string(environment))]))
        }
        guard let decision = route.compiled.evaluate(context) else {
            let needed = route.plan.stickyBy.map { "context member \($0.text)" } ?? "context.targetingKey"
            return .failure(
                FlagProblem(
                    code: .targetingKeyMissing, details: "callers are split here, which needs \(needed) as a string"))
        }
        guard let version = deployment.version(named: decision.version) else {
            return .failure(FlagProblem(code: .general, details: "the route names an unknown version"))
        }
        return .success(
            FlagEvaluation(
                key: key, value: .string(version.name), reason: decision.reason.rawValue, variant: decision.variant,
                metadata: metadata(decision, version), specDigest: isSpec ? version.digest : nil))
    }

    private func metadata(
        _ decision: RouteDecision, _ version: GovernanceState.Version
    ) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = [
            .init(name: "version", value: .string(version.name)),
            .init(name: "digest", value: .string(version.digest)),
            .init(name: "environment", value: .string(environment)),
        ]
        if let deprecation = version.deprecation {
            // Callers see the warning before the version is gone.
            members += VersionNote.deprecation(deprecation).members
        }
        if let rule = decision.rule { members.append(.init(name: "rule", value: .string(rule))) }
        if let shadow = decision.shadow { members.append(.init(name: "shadow", value: .string(shadow))) }
        return members
    }
}

extension RoutingContext {
    /// OFREP's evaluation context.
    init(_ members: [JSONValue.Member]) {
        self.init()
        for member in members {
            switch member.name {
            // An empty key would put everybody who forgot it into one bucket.
            case "targetingKey": key = member.value.string.flatMap { $0.isEmpty ? nil : $0 }
            case "segments": segments = Self.texts(member.value)
            case "tags": tags = Self.texts(member.value)
            default: if let text = Self.text(member.value) { fields.append((member.name, text)) }
            }
        }
    }

    private static func texts(_ value: JSONValue) -> [(name: String, value: String)] {
        (value.members ?? []).compactMap { member in text(member.value).map { (member.name, $0) } }
    }

    /// Values that a rule can be held against; structures cannot.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let number): String(describing: number)
        case .null, .array, .object: nil
        }
    }
}

/// What OFREP's clients read of an error that has nothing to do with a flag.
enum OFREPError {
    static func text(_ error: StewardError) -> String {
        let json: JSONValue = ["errorCode": "GENERAL", "errorDetails": .string(error.description)]
        return String(decoding: json.canonical, as: UTF8.self)
    }
}
