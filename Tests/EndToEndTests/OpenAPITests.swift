import Foundation
import StewardJSON
import Testing

/// The published document against the program that publishes it.
@Suite struct OpenAPITests {
    /// What others script against, whatever else there is.
    static let promised = [
        "post /v1/events", "post /v1/traces", "post /v1/feedback", "get /v1/events", "get /v1/events/{id}",
        "get /v1/sessions/{id}", "get /v1/series", "get /v1/findings", "get /v1/costs", "get /v1/budgets",
        "post /v1/deployments", "get /v1/deployments", "get /v1/deployments/{deployment}",
        "post /v1/deployments/{deployment}/versions", "get /v1/deployments/{deployment}/versions",
        "get /v1/deployments/{deployment}/versions/{version}",
        "put /v1/deployments/{deployment}/routes/{environment}", "post /v1/deployments/{deployment}/promote",
        "post /v1/deployments/{deployment}/rollback", "post /v1/deployments/{deployment}/freeze",
        "post /v1/deployments/{deployment}/unfreeze", "post /v1/deployments/{deployment}/rollouts",
        "post /v1/deployments/{deployment}/rollouts/{id}/abort",
        "post /v1/deployments/{deployment}/rollouts/{id}/resume",
        "post /v1/deployments/{deployment}/rollouts/{id}/approve", "post /v1/deployments/{deployment}/experiments",
        "get /v1/deployments/{deployment}/experiments/{id}", "get /v1/deployments/{deployment}/history",
        "get /v1/approvals", "post /v1/approvals", "get /v1/policies", "post /v1/policies/check",
        "post /ofrep/v1/evaluate/flags/{key}", "post /ofrep/v1/evaluate/flags", "get /v1/audit/records",
        "get /v1/audit/checkpoint", "get /v1/audit/proof/inclusion", "get /v1/audit/proof/consistency",
        "get /v1/audit/export", "get /metrics", "get /healthz", "get /readyz", "get /openapi.json",
    ]

    private struct Operation {
        var method: String
        var template: String
        var description: JSONValue
        /// With something in place of every parameter.
        var path: String {
            template.replacing("{deployment}", with: "bot").replacing("{environment}", with: "production")
                .replacing("{version}", with: "v1").replacing(/\{[a-z]+\}/, with: "nothing")
        }
        var isOpen: Bool { description["security"]?.array?.isEmpty ?? false }
        var body: JSONValue? { description["requestBody"]?["content"]?["application/json"]?["schema"] }
    }

    private func operations(_ daemon: Daemon) async throws -> [Operation] {
        let nobody = Client(base: daemon.client.base)
        let document = try await nobody.json("/openapi.json")
        #expect(document["openapi"]?.string?.hasPrefix("3.1.") == true)
        return (document["paths"]?.members ?? []).flatMap { path in
            (path.value.members ?? []).map {
                Operation(method: $0.name, template: path.name, description: $0.value)
            }
        }
    }

    @Test func everyPromisedCallIsThereAndNoOtherMethod() async throws {
        try await Daemon.run { daemon in
            let operations = try await operations(daemon)
            let names = Set(operations.map { "\($0.method) \($0.template)" })
            #expect(Set(Self.promised).subtracting(names).isEmpty)
            let nobody = Client(base: daemon.client.base)
            for operation in operations where !operation.isOpen {
                let answer = try await nobody.send(operation.method.uppercased(), operation.path)
                #expect(answer.status == 401, "\(operation.method) \(operation.path): \(answer)")
            }
            for (template, group) in Dictionary(grouping: operations, by: \.template) {
                let wrong = try await daemon.client.send("PATCH", group[0].path)
                #expect(wrong.status == 405, "\(template): \(wrong)")
                let allowed = group.map { $0.method.uppercased() }.sorted().joined(separator: ", ")
                #expect(wrong.headers["allow"] == allowed, "\(template)")
                #expect(try wrong.json()["field"] == "method")
            }
            let unknown = try await daemon.client.send("PATCH", "/v1/nothing")
            #expect(unknown.status == 404)
            let head = try await nobody.send("HEAD", "/healthz")
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test func bodiesAreWhatTheirSchemasSay() async throws {
        try await Daemon.run { daemon in
            var seen = 0
            for operation in try await operations(daemon) {
                guard let schema = operation.body else { continue }
                let required = (schema["required"]?.array ?? []).compactMap(\.string)
                let whole = required.map { name in
                    JSONValue.Member(name: name, value: example(schema["properties"]?[name]))
                }
                func send(_ members: [JSONValue.Member]) async throws -> (status: Int, field: String?) {
                    let answer = try await daemon.client.send(
                        operation.method.uppercased(), operation.path, body: JSONValue.object(members).canonical,
                        headers: ["Content-Type": "application/json"])
                    return (answer.status, try answer.json()["field"]?.string)
                }
                let name = "\(operation.method) \(operation.path)"
                if schema["additionalProperties"] == false {
                    let more = try await send(whole + [.init(name: "surely_not", value: 1)])
                    #expect(more.status == 400 && more.field == "surely_not", "\(name): \(more)")
                    seen += 1
                }
                for missing in required {
                    let less = try await send(whole.filter { $0.name != missing })
                    #expect(less.status == 400 && less.field == missing, "\(name) without \(missing): \(less)")
                }
                for member in schema["properties"]?.members ?? [] where member.value["type"]?.string != nil {
                    // No member may be this: it is neither text, number, list nor object of what is declared.
                    let wrong: JSONValue = member.value["type"] == "boolean" ? "yes" : true
                    let odd = try await send(
                        whole.filter { $0.name != member.name } + [.init(name: member.name, value: wrong)])
                    #expect(odd.status == 400 && odd.field == member.name, "\(name), \(member.name): \(odd)")
                }
            }
            #expect(seen > 10)
        }
    }

    private func example(_ schema: JSONValue?) -> JSONValue {
        switch schema?["type"]?.string {
        case "integer", "number": 1
        case "boolean": false
        case "array": []
        case "object": .object([])
        default: "x"
        }
    }
}
