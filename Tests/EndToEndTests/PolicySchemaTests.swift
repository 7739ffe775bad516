import Foundation
import StewardJSON
import Testing

/// The JSON Schema of policy files, held against a validator that other people wrote.
@Suite struct PolicySchemaTests {
    private static let fixtures = "Tests/StewardPolicyTests/Fixtures"

    /// What only several values together are wrong in, or what only a check of Steward's own can tell. Editors show no
    /// mistake there; `steward policy check` does.
    private static let onlyStewardRefuses: Set<String> = [
        "rollback/not-a-number.bad.yaml", "signals/twice.bad.yaml", "prices/same-name-twice.bad.yaml",
    ]

    @Test func theShippedSchemasAreWhatTheProgramPrints() async throws {
        for (file, arguments) in [("schema.json", []), ("test.schema.json", ["--tests"])] {
            let printed = try await Program.run(try Program.steward(), ["policy", "schema"] + arguments)
            #expect(printed.status == 0)
            let url = Repository.root.appendingPathComponent("policies/\(file)")
            if ProcessInfo.processInfo.environment["STEWARD_RECORD"] != nil {
                try Data(printed.output.utf8).write(to: url)
            }
            #expect(try String(contentsOf: url, encoding: .utf8) == printed.output, "\(file)")
        }
    }

    @Test func everyShippedAndGoodFileIsValid() async throws {
        let policies = Self.yaml(below: "policies").filter { !$0.hasSuffix(".test.yaml") }
        #expect(policies.count > 20)
        let good = Self.yaml(below: Self.fixtures).filter { $0.hasSuffix(".good.yaml") && !$0.contains("/yaml/") }
        for (file, problem) in try await Self.validate("schema.json", policies + good) {
            #expect(problem == nil, "\(file)")
        }
        let tests = Self.yaml(below: "policies").filter { $0.hasSuffix(".test.yaml") }
        for (file, problem) in try await Self.validate("test.schema.json", tests) { #expect(problem == nil, "\(file)") }
        for file in policies + tests {
            let name = file.hasSuffix(".test.yaml") ? "test.schema.json" : "schema.json"
            let text = try String(contentsOf: Repository.root.appendingPathComponent(file), encoding: .utf8)
            #expect(
                text.contains("# yaml-language-server: $schema=../\(name)\n"), "\(file) does not name its schema")
        }
    }

    @Test func badFilesAreRefusedByIt() async throws {
        let bad = Self.yaml(below: Self.fixtures).filter { $0.hasSuffix(".bad.yaml") && !$0.contains("/yaml/") }
        #expect(bad.count > 20)
        for (file, problem) in try await Self.validate("schema.json", bad) {
            let name = String(file.dropFirst(Self.fixtures.count + 1))
            #expect((problem == nil) == Self.onlyStewardRefuses.contains(name), "\(name): \(problem ?? "valid")")
        }
    }

    @Test func aPolicyWithoutCasesAndACaseThatIsWrongFailTheCheck() async throws {
        try await withTemporaryFolder { folder in
            func write(_ name: String, _ text: String) throws {
                try Data(text.utf8).write(to: folder.appendingPathComponent(name))
            }
            func test() async throws -> Program.Result {
                try await Program.run(try Program.steward(), ["policy", "test", folder.path])
            }
            let rule =
                "kind: rollback\nname: a\nwhen: {metric: error_rate, window: 5m, above: 0.05}\n"
                + "minimum_sample: 10\naction: alert\n"
            try write("a.yaml", rule)
            try write("a.test.yaml", "cases: [{name: bad, current: {value: 0.06, sample: 50}, expect: fail}]\n")
            #expect(try await test().status == 0)
            try write("b.yaml", rule.replacing("name: a", with: "name: b"))
            let untested = try await test()
            #expect(untested.status == 1 && untested.output.contains("b.yaml: b: has no test file"), "\(untested)")
            try write("b.test.yaml", "cases: [{name: fine, current: {value: 0.06, sample: 50}, expect: pass}]\n")
            let wrong = try await test()
            #expect(wrong.status == 1, "\(wrong)")
            #expect(wrong.output.contains("b.test.yaml: fine: expected pass, but it says fail: "), "\(wrong)")
            for number in ["0.06", "0.05", "50"] { #expect(wrong.output.contains(number), "\(wrong)") }
        }
    }

    private static func yaml(below folder: String) -> [String] {
        let root = Repository.root.appendingPathComponent(folder).path
        let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }

    /// - Returns: each file, and the first thing wrong with it.
    private static func validate(_ schema: String, _ files: [String]) async throws -> [(String, String?)] {
        let python = Repository.root.appendingPathComponent(".build/clients/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw Program.Missing(name: "jsonschema", package: "python3-venv")
        }
        let script = "Tests/EndToEndTests/Clients/json_schema.py"
        let result = try await Program.run(python, [script, "policies/\(schema)"] + files)
        guard result.status == 0 else { throw Failure("the validator failed: \(result)") }
        let found = try JSONValue(parsing: Array(result.output.utf8)).members ?? []
        #expect(found.count == files.count)
        return found.map { ($0.name, $0.value.string) }
    }
}
