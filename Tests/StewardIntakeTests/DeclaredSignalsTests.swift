import StewardModel
import StewardPolicy
import Testing

@testable import StewardIntake

struct DeclaredSignalsTests {
    static let payload = """
        {"a":{"b":[{"c":1.5},{"c":true}],"":"empty","m~n":2,"x/y":3,"ü":"Grüße"},"list":[1,2,3],"text":"vier",\
        "no":null,"long":"\(String(repeating: "x", count: 65))","esc\\u0061ped":7}
        """

    static let cases: [(pointer: String, type: SignalDeclarations.ValueType, expected: Observation?)] = [
        ("/a/b/0/c", .number, .named("signal.s", 1.5)), ("/a/b/1/c", .flag, .named("signal.s", 1)),
        ("/a/b/1/c", .category, .namedCategory("signal.s", "true")), ("/a/b/1/c", .number, nil),
        ("/a/b/2/c", .number, nil), ("/a/b/-/c", .number, nil), ("/a/b/00/c", .number, nil),
        ("/a/", .category, .namedCategory("signal.s", "empty")), ("/a/m~0n", .number, .named("signal.s", 2)),
        ("/a/x~1y", .number, .named("signal.s", 3)), ("/a/ü", .length, .named("signal.s", 5)),
        ("/list", .length, .named("signal.s", 3)), ("/list/2", .category, .namedCategory("signal.s", "3")),
        ("/text", .category, .namedCategory("signal.s", "vier")), ("/text/0", .number, nil), ("/no", .number, nil),
        ("/long", .category, nil), ("/long", .length, .named("signal.s", 65)),
        ("/escaped", .number, .named("signal.s", 7)), ("", .number, nil),
    ]

    @Test(arguments: cases)
    func pointersFindValuesOfTheirType(
        pointer: String, type: SignalDeclarations.ValueType, expected: Observation?
    ) throws {
        let declarations = SignalDeclarations(
            name: "n", deployments: [Glob("*")],
            signals: [.init(name: "s", pointer: try #require(JSONPointer(pointer)), type: type)])
        #expect(declarations.observations(payload: Array(Self.payload.utf8)) == [expected].compactMap(\.self))
    }

    @Test(arguments: ["a", "a/b", "/a~", "/a~2b"])
    func whatIsNoPointerIsRefused(text: String) { #expect(JSONPointer(text) == nil) }
}
