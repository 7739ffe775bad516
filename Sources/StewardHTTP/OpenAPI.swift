import Hummingbird
import StewardJSON
import StewardModel

extension Endpoints {
    /// The document is written from the same list that the router serves, so it cannot name a call that is not there.
    static func openAPI(_ api: API) -> Endpoint {
        Endpoint(.get, "/openapi.json", .open, "This document (OpenAPI 3.1)") { _ in
            let document = OpenAPIDocument(endpoints: all(api), version: api.facts.version)
            return Reply(contentType: "application/json", bytes: document.json.pretty)
        }
    }
}

struct OpenAPIDocument {
    var endpoints: [Endpoint]
    var version: String

    var json: JSONValue {
        var paths: [JSONValue.Member] = []
        for endpoint in endpoints where !paths.contains(where: { $0.name == endpoint.path }) {
            let operations = endpoints.filter { $0.path == endpoint.path }
            paths.append(
                .init(
                    name: endpoint.path,
                    value: .object(
                        operations.map {
                            .init(name: $0.method.rawValue.lowercased(), value: Self.operation($0))
                        })))
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Steward", "version": .string(version),
                "summary": "Keeps the language models a company runs in production honest",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "security": [["bearer": []], ["key": []]],
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer"],
                    "key": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
                ],
                "schemas": ["Problem": Self.problem],
                "responses": [
                    "Problem": [
                        "description": "What is wrong and what to do (RFC 9457)",
                        "content": [
                            "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]
                        ],
                    ]
                ],
            ],
        ]
    }

    private static func operation(_ endpoint: Endpoint) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "operationId", value: .string(operationID(endpoint))),
            .init(name: "summary", value: .string(endpoint.summary)),
        ]
        switch endpoint.access {
        case .open: members.append(.init(name: "security", value: []))
        case .role(let role):
            members.append(
                .init(name: "description", value: .string("Needs a token with the role `\(role.rawValue)`.")))
        case .anyRole(let roles):
            let names = roles.map { "`\($0.rawValue)`" }.joined(separator: " or ")
            members.append(.init(name: "description", value: .string("Needs a token with the role \(names).")))
        }
        let parameters =
            endpoint.pathParameters.map { parameter($0, "path", "", required: true) }
            + endpoint.query.map { parameter($0.name, "query", $0.summary, required: $0.isRequired) }
        if !parameters.isEmpty { members.append(.init(name: "parameters", value: .array(parameters))) }
        if !endpoint.content.request.isEmpty {
            let body = content(endpoint.content.request, endpoint.content.body)
            members.append(.init(name: "requestBody", value: ["content": body]))
        }
        members.append(
            .init(
                name: "responses",
                value: [
                    "2XX": ["description": "Done", "content": content(endpoint.content.answer)],
                    "default": ["$ref": "#/components/responses/Problem"],
                ]))
        return .object(members)
    }

    private static func parameter(_ name: String, _ place: String, _ summary: String, required: Bool) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "name", value: .string(name)), .init(name: "in", value: .string(place)),
        ]
        if required { members.append(.init(name: "required", value: true)) }
        if !summary.isEmpty { members.append(.init(name: "description", value: .string(summary))) }
        members.append(.init(name: "schema", value: ["type": "string"]))
        return .object(members)
    }

    private static func content(_ types: [String], _ body: Shape? = nil) -> JSONValue {
        .object(types.map { .init(name: $0, value: body.map { ["schema": $0.schema] } ?? [:]) })
    }

    /// `get /v1/audit/proof/inclusion` → `getAuditProofInclusion`.
    private static func operationID(_ endpoint: Endpoint) -> String {
        let words = endpoint.path.split { "/{}.".contains($0) }.filter { $0 != "v1" }
        return endpoint.method.rawValue.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static let problem: JSONValue = [
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": [
            "type": [
                "type": "string", "format": "uri",
                "enum": .array(
                    StewardError.Code.allCases.map { .string("https://steward.dev/problems/\($0.rawValue)") }),
            ],
            "title": ["type": "string"], "status": ["type": "integer"], "detail": ["type": "string"],
            "field": ["type": "string", "description": "The field, setting or parameter that was wrong"],
        ],
    ]
}
