import StewardJSON
import Testing

@Suite struct AccessTests {
    struct Case: Sendable {
        var role: String?
        var method: String
        var path: String
        var status: Int
        var body: String?

        init(_ role: String?, _ method: String, _ path: String, _ status: Int, _ body: String? = nil) {
            self.role = role
            self.method = method
            self.path = path
            self.status = status
            self.body = body
        }
    }

    static let event = Traffic.event(id: "access")
    static let token = "{\"name\":\"more\",\"roles\":[\"viewer\"]}"
    static let cases = [
        Case(nil, "GET", "/healthz", 200),
        Case(nil, "GET", "/readyz", 200),
        Case(nil, "GET", "/metrics", 200),
        Case(nil, "GET", "/", 200),
        Case(nil, "GET", "/v1/events", 401),
        Case(nil, "GET", "/v1/me", 401),
        Case(nil, "POST", "/v1/events", 401, event),
        Case(nil, "POST", "/v1/tokens", 401, token),
        Case("ingest", "POST", "/v1/events", 202, event),
        Case("ingest", "GET", "/v1/events", 403),
        Case("viewer", "GET", "/v1/events", 200),
        Case("viewer", "GET", "/v1/costs?group_by=day", 200),
        Case("viewer", "POST", "/v1/events", 403, event),
        Case("viewer", "GET", "/v1/audit/records", 403),
        Case("viewer", "POST", "/v1/deployments", 403, "{\"name\":\"x\"}"),
        Case("auditor", "GET", "/v1/audit/records", 200),
        Case("auditor", "POST", "/v1/deployments", 403, "{\"name\":\"x\"}"),
        Case("operator", "POST", "/v1/deployments", 201, "{\"name\":\"x\"}"),
        Case("operator", "POST", "/v1/tokens", 403, token),
        Case("operator", "GET", "/v1/tokens", 403),
        Case("admin", "GET", "/v1/tokens", 200),
        Case("admin", "POST", "/v1/tokens", 201, token),
    ]

    @Test func everyRoleMayDoItsOwnAndNoMore() async throws {
        try await Daemon.run { daemon in
            var clients: [String?: Client] = [nil: Client(base: daemon.client.base)]
            for role in Set(Self.cases.compactMap(\.role)) { clients[role] = try await daemon.client(role: role) }
            for one in Self.cases {
                let client = try #require(clients[one.role])
                let answer = try await client.send(
                    one.method, one.path, body: one.body.map { Array($0.utf8) },
                    headers: one.body == nil ? [:] : ["Content-Type": "application/json"])
                #expect(answer.status == one.status, "\(one.role ?? "nobody") \(one.method) \(one.path): \(answer)")
            }
        }
    }

    @Test func aTokenWorksInBothHeadersUntilItIsRevoked() async throws {
        try await Daemon.run { daemon in
            let made = try await daemon.client.posted("/v1/tokens", Self.token, status: 201)
            let (id, secret) = (try #require(made["id"]?.string), try #require(made["token"]?.string))
            let nobody = Client(base: daemon.client.base)
            let viewer = Client(base: daemon.client.base, token: secret)
            #expect(try await viewer.get("/v1/me").json()["name"] == "more")
            #expect(try await nobody.send("GET", "/v1/me", headers: ["X-API-Key": secret]).status == 200)
            #expect(try await nobody.send("GET", "/v1/me", headers: ["X-API-Key": secret + "0"]).status == 401)

            let revoked = try await daemon.client.send("DELETE", "/v1/tokens/\(id)")
            #expect((200...204).contains(revoked.status), "\(revoked)")
            #expect(try await viewer.get("/v1/me").status == 401)
        }
    }

    @Test func aScopedTokenSeesAndWritesItsDeploymentOnly() async throws {
        try await Daemon.run { daemon in
            let ingest = try await daemon.client(role: "ingest", deployment: "mine")
            let viewer = try await daemon.client(role: "viewer", deployment: "mine")
            let answer = try await ingest.postEvents([
                Traffic.event(id: "1", deployment: "mine"), Traffic.event(id: "2", deployment: "theirs"),
            ])
            #expect(try answer.json()["accepted"] == 1, "\(answer)")
            #expect(try await viewer.get("/v1/events?deployment=mine").status == 200)
            #expect(try await viewer.get("/v1/events?deployment=theirs").status == 403)
        }
    }
}
