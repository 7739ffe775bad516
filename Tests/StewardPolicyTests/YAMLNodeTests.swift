import StewardJSON
import StewardPolicy
import Testing

struct YAMLNodeTests {
    static func json(_ text: String) throws -> JSONValue {
        try YAMLNode.parse(file: "test.yaml", text: text).get().json
    }

    @Test(arguments: Fixtures.names("yaml", ".bad.yaml"))
    func refuses(_ name: String) throws {
        let text = try Fixtures.text("yaml/" + name)
        try Fixtures.expectProblems(YAMLNode.parse(file: name, text: text), "yaml", name)
    }

    @Test(arguments: Fixtures.names("yaml", ".good.yaml"))
    func accepts(_ name: String) throws {
        let text = try Fixtures.text("yaml/" + name)
        #expect(throws: Never.self) { try YAMLNode.parse(file: name, text: text).get() }
    }

    @Test(arguments: [
        ("null", JSONValue.null), ("~", nil), ("", nil), ("true", true), ("False", false), ("0", 0), ("-12", -12),
        ("+7", 7), ("0x1F", 31), ("0o17", 15), ("9223372036854775807", 9_223_372_036_854_775_807),
        ("9223372036854775808", .number(9.223372036854775808e18)), ("1.5", 1.5), (".5", 0.5), ("1.", .number(1)),
        ("1e3", .number(1000)), ("-2.5E-1", -0.25),
        // What older readers take for something else, or JSON cannot say, is text.
        ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("1:30", "1:30"), ("0777", "0777"), ("2026-11-21", "2026-11-21"),
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"), (".inf", ".inf"), (".nan", ".nan"), ("1e999", "1e999"),
        ("0x", "0x"), ("0x-1", "0x-1"), ("1_000", "1_000"), ("1.2.3", "1.2.3"), ("1e", "1e"), ("-", nil), ("+", "+"),
        // Quotes and blocks are text, whatever they look like.
        ("\"5\"", "5"), ("'true'", "true"), ("!!str 5", "5"), ("|\n    5", "5"),
    ])
    func typesPlainScalars(_ text: String, _ value: JSONValue) throws {
        // A lone `-` begins a list.
        let expected: JSONValue = text == "-" ? .array([nil]) : value
        let written = text == "-" ? "\n  -" : text
        #expect(try Self.json("value: \(written)") == ["value": expected])
    }

    @Test func keepsOrderAndPlaces() throws {
        let node = try YAMLNode.parse(file: "f", text: "z: [1, {a: b}]\ny:\n  - c: 2.50\n").get()
        #expect(node.json == ["z": [1, ["a": "b"]], "y": [["c": 2.5]]])
        guard case .mapping(let entries) = node.content, case .sequence(let list) = entries[1].value.content,
            case .mapping(let inner) = list[0].content
        else {
            Issue.record("wrong shape")
            return
        }
        #expect((inner[0].line, inner[0].column) == (3, 5))
        #expect((inner[0].value.line, inner[0].value.column) == (3, 8))
        #expect(inner[0].value.content == .scalar("2.50", .plain))
    }

    @Test func limitsSizeAndCount() throws {
        let large = String(repeating: "#", count: YAMLNode.Limit.bytes + 1)
        #expect(throws: Problems.self) { try YAMLNode.parse(file: "f", text: large).get() }
        let many = "[" + String(repeating: "1,", count: YAMLNode.Limit.nodes + 10) + "]"
        let result = YAMLNode.parse(file: "f", text: many)
        #expect(throws: Problems.self) { try result.get() }
        guard case .failure(let problems) = result else { return }
        #expect(problems.all.count == 1)
    }
}
