import StewardJSON
import StewardModel
import StewardWire
import Testing

/// Which deployment and version a span belongs to, and by which names attributes are read.
@Suite("OTLP: attribution")
struct OTLPAttributionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var rules: JSONValue = []
        var span: JSONValue = [:]
        var resource: JSONValue = ["service.name": "shop"]
        /// Deployment, environment, version, team, project.
        var expected: [String?]
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "defaults", expected: ["shop", "production", "gpt-4o", nil, nil]),
        Case(name: "no resource", resource: [:], expected: ["unknown-service", "production", "gpt-4o", nil, nil]),
        Case(
            name: "the response model is the version", span: ["gen_ai.response.model": "gpt-4o-2024-08-06"],
            expected: ["shop", "production", "gpt-4o-2024-08-06", nil, nil]),
        Case(
            name: "steward.version before it", span: ["gen_ai.response.model": "m", "steward.version": "v7"],
            expected: ["shop", "production", "v7", nil, nil]),
        Case(
            name: "steward.version of the resource", resource: ["service.name": "shop", "steward.version": "v8"],
            expected: ["shop", "production", "v8", nil, nil]),
        Case(
            name: "environment, new name before old",
            resource: ["deployment.environment": "old", "deployment.environment.name": "new", "service.name": "shop"],
            expected: ["shop", "new", "gpt-4o", nil, nil]),
        Case(
            name: "environment, old name", resource: ["deployment.environment": "old", "service.name": "shop"],
            expected: ["shop", "old", "gpt-4o", nil, nil]),
        Case(
            name: "Langfuse's environment", span: ["langfuse.environment": "staging"],
            expected: ["shop", "staging", "gpt-4o", nil, nil]),
        Case(
            name: "names are made to fit", span: ["gen_ai.response.model": " openai/gpt-4o\n"],
            expected: ["shop", "production", "openai-gpt-4o-", nil, nil]),
        Case(
            name: "a rule by service",
            rules: [["match": ["service": "sh*"], "set": ["deployment": "bot", "team": "red"]]],
            expected: ["bot", "production", "gpt-4o", "red", nil]),
        Case(
            name: "a rule that does not hold", rules: [["match": ["service": "x*"], "set": ["deployment": "bot"]]],
            expected: ["shop", "production", "gpt-4o", nil, nil]),
        Case(
            name: "all conditions must hold",
            rules: [["match": ["service": "shop", "model": "claude-*"], "set": ["deployment": "bot"]]],
            expected: ["shop", "production", "gpt-4o", nil, nil]),
        Case(
            name: "the first rule wins, a later one adds",
            rules: [
                ["match": ["model": "gpt-?o"], "set": ["deployment": "first"]],
                ["set": ["deployment": "second", "project": "p"]],
            ], expected: ["first", "production", "gpt-4o", nil, "p"]),
        Case(
            name: "from attributes, of the span before the resource",
            rules: [["set": ["version": ["attribute": "v"], "environment": ["attribute": "stage"]]]],
            span: ["v": 12], resource: ["service.name": "shop", "stage": "blue", "v": "no"],
            expected: ["shop", "blue", "12", nil, nil]),
        Case(
            name: "an attribute that is missing leaves it to the next rule",
            rules: [["set": ["version": ["attribute": "v"]]], ["set": ["version": "fixed"]]],
            expected: ["shop", "production", "fixed", nil, nil]),
        Case(
            name: "conditions on attributes",
            rules: [
                [
                    "match": ["resource": ["k8s.namespace.name": "prod"], "span": ["tier": "g*d"]],
                    "set": ["deployment": "gold"],
                ]
            ], span: ["tier": "gold"], resource: ["k8s.namespace.name": "prod"],
            expected: ["gold", "production", "gpt-4o", nil, nil]),
    ]

    @Test(arguments: cases) func spansAreAttributed(_ test: Case) throws {
        let rules = try SpanAttribution(json: test.rules)
        let decoded = try OTLPRequest.decode([.chat(1, test.span)], resource: test.resource, rules: rules)
        let event = try #require(decoded.events.first)
        let actual = [
            event.series.deployment, event.series.environment, event.series.version, event.team, event.project,
        ]
        #expect(actual == test.expected)
    }

    static let refused: [(JSONValue, String?)] = [
        ([:], nil), ([1], "[0]"), ([["match": [:]]], "[0].set"), ([["set": [:]]], "[0].set"),
        ([["set": ["deploy": "x"]]], "[0].set.deploy"), ([["set": ["version": "a/b"]]], "[0].set.version"),
        ([["set": ["version": ["attribute": ""]]]], "[0].set.version.attribute"),
        ([["set": ["version": ["attr": "x"]]]], "[0].set.version.attr"),
        ([["set": ["version": "v"]], ["match": ["models": "x"], "set": ["version": "v"]]], "[1].match.models"),
        ([["match": ["model": 4], "set": ["version": "v"]]], "[0].match.model"),
        ([["match": ["span": ["a": ""]], "set": ["version": "v"]]], "[0].match.span.a"),
        ([["match": ["span": "a"], "set": ["version": "v"]]], "[0].match.span"),
    ]

    @Test(arguments: refused) func wrongRulesAreNamed(_ json: JSONValue, _ field: String?) {
        let error = #expect(throws: StewardError.self) { try SpanAttribution(json: json) }
        #expect(error?.code == .configuration)
        #expect(error?.field == field)
    }

    static let names: [(String, String?)] = [
        ("plain", "plain"), ("a/b/c", "a-b-c"), ("tab\there", "tab-here"), ("  spaces  ", "spaces"), ("", nil),
        ("   ", nil),
        (String(repeating: "é", count: 100), String(repeating: "é", count: 64)),
        (String(repeating: "a", count: 127) + " b", String(repeating: "a", count: 127)),
    ]

    @Test(arguments: names) func namesAreMadeToFit(_ text: String, _ expected: String?) {
        let name = SpanAttribution.fitting(text)
        #expect(name == expected)
        if let name { #expect(Name.problem(name) == nil) }
    }

    static let providers: [(String, String)] = [
        ("openai", "openai"), ("OpenAI", "openai"), ("az.ai.openai", "azure.ai.openai"),
        ("vertex_ai", "gcp.vertex_ai"), ("vertexai", "gcp.vertex_ai"), ("gemini", "gcp.gemini"), ("xai", "x_ai"),
        ("mistralai", "mistral_ai"), ("amazon-bedrock", "aws.bedrock"), ("anthropic.messages", "anthropic"),
        ("openai.responses", "openai"), ("acme.custom", "acme.custom"), ("ollama", "ollama"),
    ]

    @Test(arguments: providers) func providersAreNormalised(_ name: String, _ expected: String) throws {
        let span = OTLPSpanSpec(
            id: 1, attributes: ["gen_ai.operation.name": "chat", "gen_ai.provider.name": .string(name)])
        #expect(try OTLPRequest.decode([span]).events.first?.provider == expected)
    }

    static let firstTokens: [(JSONValue, Int64?)] = [
        (["gen_ai.response.time_to_first_chunk": .number(0.25)], 250_000),
        (["gen_ai.server.time_to_first_token": .number(0.0015742778778076172)], 1574),
        (["ai.response.msToFirstChunk": 12], 12_000),
        (["langfuse.observation.completion_start_time": "2026-03-03T15:00:00.040Z"], 40_000),
        (["langfuse.observation.completion_start_time": "\"2026-03-03T15:00:00.040Z\""], 40_000),
        (["langfuse.observation.completion_start_time": "2026-03-03T14:00:00Z"], nil),
        (["gen_ai.response.time_to_first_chunk": -1], nil),
    ]

    @Test(arguments: firstTokens) func timeToFirstToken(_ attributes: JSONValue, _ microseconds: Int64?) throws {
        #expect(
            try OTLPRequest.decode([.chat(1, attributes)]).events.first?.timeToFirstTokenMicroseconds == microseconds)
    }
}
