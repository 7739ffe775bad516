import Hummingbird
import StewardGovernance
import StewardJSON
import StewardModel

extension Endpoints {
    static func tokens(_ api: API) -> [Endpoint] {
        [
            Endpoint(.get, "/v1/tokens", .role(.admin), "Tokens, without their secrets") { call in
                let tokens = api.governor.state.tokens.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
                return Reply.object { writer in
                    writer.array("tokens") { writer in
                        for token in tokens { writer.object { $0.members(of: token, now: call.now) } }
                    }
                }
            },
            Endpoint(
                .post, "/v1/tokens", .role(.admin), "Make a token; its secret is shown this once", content: .json
            ) { call in
                let fields = try await call.json()
                try fields.allow(only: "name", "roles", "owner", "deployment", "expires")
                let (token, secret) = Token.make(
                    name: try fields.string("name"), roles: try roles(fields),
                    // Whoever makes a token without saying whose it is holds it: it is no second pair of eyes.
                    owner: try fields.optionalString("owner") ?? call.actor.identity,
                    deployment: try fields.optionalString("deployment"), expires: try expiry(fields, call.now),
                    random: api.random(Token.secretBytes))
                try await api.governor.perform(.createToken(token), by: call.actor)
                return Reply.object(status: 201) { writer in
                    writer.members(of: token, now: call.now)
                    writer.member("token", secret)
                }
            },
            Endpoint(.delete, "/v1/tokens/{id}", .role(.admin), "Revoke a token") { call in
                let id = try call.path("id")
                try await api.governor.perform(.revokeToken(id: id), by: call.actor)
                return Reply.object { writer in
                    writer.member("id", id)
                    writer.member("revoked", true)
                }
            },
        ]
    }

    private static func roles(_ fields: JSONFields) throws -> [Role] {
        try fields.strings("roles").map { name in
            guard let role = Role(rawValue: name) else {
                let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw StewardError(.invalidInput, "must be some of: \(known)", field: "roles")
            }
            return role
        }
    }

    private static func expiry(_ fields: JSONFields, _ now: Timestamp) throws -> Timestamp? {
        guard let text = try fields.optionalString("expires") else { return nil }
        guard let time = Timestamp(rfc3339: text) ?? Call.span(text).map({ now + $0 }), time > now else {
            throw StewardError(
                .invalidInput, "must be a time to come such as 2027-01-01T00:00:00Z, or a span such as 90d",
                field: "expires")
        }
        return time
    }
}

extension JSONWriter {
    fileprivate mutating func members(of token: Token, now: Timestamp) {
        member("id", token.id)
        member("name", token.name)
        array("roles") { writer in for role in token.roles { writer.string(role.rawValue) } }
        member("owner", token.owner)
        member("deployment", token.deployment)
        member("expires", token.expires)
        member("expired", token.expires.map { $0 <= now } ?? false)
    }
}
